"""EventBridge Scheduler: schedules that can be fired at a given time."""
