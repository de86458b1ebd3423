"""The CDK stacks: wiring in ``*_stack.py``, one construct per file beside it."""
