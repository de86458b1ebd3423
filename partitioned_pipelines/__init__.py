"""The package's own name: ``python -m partitioned_pipelines`` is ``pipelines``, and ``app`` holds what the CDK CLI runs.

The files of ``app`` are links to those at the top of a clone; a wheel holds copies.
"""
