"""The Notify function."""
