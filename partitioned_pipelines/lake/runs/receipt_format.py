"""The format of receipts, which functions write, and which functions and commands read."""

FORMAT_VERSION = 2
"""The version of a receipt's document."""
