"""Checks of when a pipeline starts, and by when its intervals must be there."""
