"""PlanRun: the plan of a run, decided before its first job starts."""
