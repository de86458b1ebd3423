"""StartRun: starts a pipeline's runs when their inputs are there, and decides at their deadlines."""
