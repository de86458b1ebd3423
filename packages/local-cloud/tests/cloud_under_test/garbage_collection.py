"""Hooks of pytest that keep imported modules out of garbage collection, which takes a tenth to a half of the time of tests."""

import gc

from local_cloud.garbage_collection import keep_what_exists


def pytest_collection_finish() -> None:
    """Keep what the tests have imported."""
    keep_what_exists()


def pytest_sessionfinish() -> None:
    """Let the interpreter collect everything when it exits; otherwise DuckDB prints a report of leaks."""
    gc.unfreeze()
