"""The events of the two Lambda functions: what the stacks write, the state machine carries and the functions read."""
