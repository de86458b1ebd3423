"""From a project to deployed stacks and back."""
