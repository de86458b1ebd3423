"""The StartRun function."""
