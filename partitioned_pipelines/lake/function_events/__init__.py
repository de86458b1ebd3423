"""The payloads of the two Lambda functions: written by the stacks, carried by the orchestrator, read by the functions."""
