"""Tests that registering 100,000 partitions fits into the memory of its Lambda."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
LIMIT_MIB = 128


def test_a_hundred_thousand_partitions_stay_below_128_mib() -> None:
    script = Path(__file__).with_name("registration_memory.py")
    done = subprocess.run(
        [sys.executable, script], env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    measured = json.loads(done.stdout)
    assert measured["created"] == measured["sent"] == 100_000
    assert measured["receipt"] > 5_000_000  # it lists all of them
    assert measured["mib"] < LIMIT_MIB
