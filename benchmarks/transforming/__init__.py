"""The ways of splitting one file into a partitioned table, each run in a separate process by ``benchmarks/processing.py``."""
