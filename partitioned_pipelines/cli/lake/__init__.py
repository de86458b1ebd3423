"""The readers of the read model of a lake: what they find in a cloud becomes ``operations.lake_state``."""
