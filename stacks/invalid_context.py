"""The error of a context value that cannot be."""

from __future__ import annotations


class InvalidContextError(ValueError):
    """A context value that is not one of those that are possible."""
