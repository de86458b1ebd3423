"""The removal of deployed stacks, and of what CloudFormation does not delete with them."""
