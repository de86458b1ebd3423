"""The schedule of a pipeline: its cron expression, its firings and the rule of its intervals."""
