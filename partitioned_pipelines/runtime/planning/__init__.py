"""PlanRun: what a run is about, decided before its first job starts."""
