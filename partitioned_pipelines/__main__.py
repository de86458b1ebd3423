"""``python -m partitioned_pipelines``: the same as ``pipelines``."""

from cli.main import run

run()
