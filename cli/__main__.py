"""``python -m cli``: the same as ``pipelines``."""

from cli.main import run

run()
