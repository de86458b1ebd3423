"""The commands, one module each: reading the options, calling the operation, printing the result."""
