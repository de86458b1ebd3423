"""A test of the pipeline $pipeline: its script on a few rows, in its step's image, as in a processing job."""

import subprocess
import sys
from pathlib import Path

import duckdb

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
    rows = duckdb.connect().execute(
        "SELECT item, sold, total, dt FROM read_parquet(?, hive_types_autocast = false) ORDER BY item",
        [f"{output}/**/*.parquet"],
    )
    assert rows.fetchall() == [
        ("apple", 2, 4.0, "2026-01-31"),
        ("pear", 1, 2.0, "2026-01-31"),
    ]
