"""Tests of the processing benchmark at a small size: every way, and the flights pipeline's own script, writes pandas' partitions."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.deployment import ROOT

pytestmark = pytest.mark.heavy

WAYS = {"pandas", "polars", "pyarrow", "duckdb", "cp"}


def test_every_way_writes_the_same_rows(tmp_path: Path) -> None:
    sizes = ("--rows", "20000", "--flights", "3000", "--repeat", "1")
    command = [sys.executable, str(ROOT / "benchmarks" / "processing.py"), *sizes, "--folder", str(tmp_path), "--json"]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    to_csv, to_parquet, flights = json.loads(finished.stdout).values()
    assert [set(to_csv), set(to_parquet), set(flights)] == [WAYS, WAYS, {"pandas", "transform.py", "cp"}]
    assert all(row["peak_mib"] > 0 for contest in (to_csv, to_parquet, flights) for row in contest.values())
    assert list(tmp_path.iterdir()) == []


def test_a_way_that_writes_other_rows_does_not_count(tmp_path: Path) -> None:
    fingerprint = ROOT / "benchmarks" / "transforming" / "fingerprint.py"

    def of(*lines: str) -> list[int]:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        (folder / "dt=2013-11-01").mkdir(parents=True)
        (folder / "dt=2013-11-01" / "a.csv").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        said = subprocess.run(
            [sys.executable, fingerprint, "csv", folder, "x,y,dt"], capture_output=True, text=True, check=True
        ).stdout
        seen: list[int] = json.loads(said)
        return seen

    rows = of("0.10,a", "2.0,b")
    assert rows[:2] == [1, 2]
    assert of("2.0,b", "0.1,a") == rows, "the order and how a number is written do not matter"
    assert of("0.1,b", "2.0,a") != rows, "which values stand in one row does"
    assert of("0.1,a", "2.0,b", "2.0,b") != rows
