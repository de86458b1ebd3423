"""The removal of deployed stacks, and of resources that CloudFormation does not delete with them."""
