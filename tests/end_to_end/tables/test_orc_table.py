"""Tests of a table of ORC files, from a script that writes them with PyArrow to rows in a query."""

import json
import shutil
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import orc

from tests.end_to_end.deployment import PROJECTS, deployed, pipelines

pytestmark = pytest.mark.e2e

READINGS = """\
Station,humidity,count,at
Tokyo,0.5,3,2026-11-20 06:00:00
大阪,,4,2026-11-20 07:30:00
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return shutil.copytree(PROJECTS / "orc_table", tmp_path / "project")


def test_a_run_is_audited_registered_and_queried(project: Path, tmp_path: Path) -> None:
    raw = tmp_path / "20261120.csv"
    raw.write_text(READINGS, encoding="utf-8")
    with deployed(project) as deployment:
        finished = deployment.json("run", "readings", "--date", "2026-11-20", "--input", f"raw={raw}")
        assert finished["partitions"] == {"created": 1, "repointed": 0, "unchanged": 0, "kept_newer": 0}
        sql = "SELECT station, humidity, count, CAST(at AS varchar) AS at, tags[1] AS tag, dt FROM weather.readings ORDER BY count"
        assert deployment.json("query", sql) == [
            {
                "station": "Tokyo",
                "humidity": 0.5,
                "count": 3,
                "at": "2026-11-20 06:00:00.000",
                "tag": "0",
                "dt": "2026-11-20",
            },
            {
                "station": "大阪",
                "humidity": None,
                "count": 4,
                "at": "2026-11-20 07:30:00.000",
                "tag": "1",
                "dt": "2026-11-20",
            },
        ]
        audited = deployment.json("audit", "readings", finished["run_id"], "--full")
        assert (audited["files"], audited["findings"]) == (1, [])
        assert deployment.command("doctor", "readings").returncode == 0


def test_files_of_other_types_are_found_without_a_cloud(project: Path, tmp_path: Path) -> None:
    partition = tmp_path / "output" / "dt=2026-11-20"
    partition.mkdir(parents=True)
    orc.write_table(pa.table({"station": ["Tokyo"], "humidity": [1], "count": [1]}), partition / "readings.orc")
    finished = pipelines("audit", "readings", tmp_path / "output", "--json", project=project)
    assert finished.returncode == 1, finished.stdout + finished.stderr
    problems = [finding["problem"] for finding in json.loads(finished.stdout)["findings"]]
    assert problems[:2] == [
        "humidity is LONG, the table's is double: write DOUBLE (pyarrow: float64)",
        "count is LONG, the table's is int: write INT (pyarrow: int32)",
    ]
    assert [problem.partition(",")[0] for problem in problems[2:]] == [
        "it has no column 'at'",
        "it has no column 'tags'",
    ]
