"""``python -m partitioned_pipelines``: the same as ``pipelines``."""

from partitioned_pipelines.cli.main import run

run()
