"""A test of the pipeline $pipeline: its script on a few rows, in its step's image, as in a processing job."""

import csv
import math
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
RAW = Path(__file__).with_name("raw.csv")


def pipelines(*arguments: str | Path) -> None:
    command = [
        sys.executable,
        "-m",
        "partitioned_pipelines",
        *map(str, arguments),
        "--project",
        str(PROJECT),
    ]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_interval_becomes_a_partition(tmp_path: Path) -> None:
    output = tmp_path / "output"
    pipelines(
        "step",
        "$pipeline",
        "transform",
        "--date",  # only: day
        "2026-01-31",  # only: day
        "--at",  # only: hour
        "2026-01-31T05",  # only: hour
        "--input",
        f"raw={RAW}",
        "--output",
        output,
    )
    pipelines("audit", "$pipeline", output)  # as a run does before it registers: check the table's columns and keys
    partition = output / "dt=2026-01-31"  # only: day
    partition = output / "dt=2026-01-31" / "hour=05"  # only: hour
    with (partition / "amounts.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert [(item, float(amount)) for item, amount, _ in rows] == [
        ("apple", 1.5),
        ("pear", 2.0),
        ("apple", 2.5),
    ]
    # Three equal distances: the outer two are the square root of 3/2 away from the mean.
    assert [float(value) for _, _, value in rows] == pytest.approx([-math.sqrt(1.5), 0, math.sqrt(1.5)])
