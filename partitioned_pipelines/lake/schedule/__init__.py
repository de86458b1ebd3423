"""Schedules: cron expressions, their firings, and the intervals that runs are about."""
