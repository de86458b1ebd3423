"""Intervals: the span of time that a run processes, defined once for planning, commands and checks."""
