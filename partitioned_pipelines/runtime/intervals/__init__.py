"""What became of each interval of a pipeline: the calendar, compared with the catalog, the interval marks and the executions."""
