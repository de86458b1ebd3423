"""One module for each command: read the options, ask for what is to be done, print the result."""
