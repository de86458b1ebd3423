"""Templates: what CloudFormation checks of them before a stack is created or changed."""
