"""One step, run alone on this machine."""
