"""Tests that SIGTERM ends a command like Ctrl-C, both with 128 + the signal's number."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

# The entry point itself, with a waiting command; SIGINT may be ignored in a test's process, so it is restored.
WAITS = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
import partitioned_pipelines.cli.commands.validate, partitioned_pipelines.cli.main

def wait(*_given, **_options):
    try:
        print("ready", flush=True)
        time.sleep(60)
    finally:
        print("cleaned", flush=True)

partitioned_pipelines.cli.commands.validate._load = wait
sys.argv = ["pipelines", "validate", "--project", "."]
partitioned_pipelines.cli.main.run()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_both_signals_end_in_order(number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WAITS], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert out == "cleaned\n"
    assert "Traceback" not in err
