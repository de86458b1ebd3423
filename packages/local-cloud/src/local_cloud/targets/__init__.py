"""Targets of rules and schedules: how each kind is started, and the dead-letter queues of what could not be delivered."""
