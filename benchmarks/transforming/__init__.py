"""Ways to turn one file into a partitioned table, each run in a process of its own by ``benchmarks/processing.py``."""
