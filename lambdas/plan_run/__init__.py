"""The PlanRun function."""
