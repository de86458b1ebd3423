"""Snapshots of tables: they hold while nothing has changed, and never longer than a quarter of an hour."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.cli.lake import table_snapshots
from partitioned_pipelines.cli.lake.table_snapshots import Snapshot, TableSnapshots
from partitioned_pipelines.lake.key_layout import receipt_key
from partitioned_pipelines.lake.runs.interval_mark import IntervalMark
from partitioned_pipelines.lake.runs.run_facts import build_run_id
from partitioned_pipelines.runtime.history.table_address import TableAddress
from partitioned_pipelines.runtime.intervals.evidence import Answers, ShownPartition, TableEvidence
from tests.moto_lake import aws, s3

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

__all__ = ["aws", "s3"]

ADDRESS = TableAddress("lake", "analytics", "features", "versioned")
DAY = (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))
MONTH = (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
EVIDENCE = TableEvidence(
    "analytics.features",
    Answers.PARTITIONS,
    partitions=[ShownPartition(*DAY, "r1", rolled_back=True, objects=2, bytes=30, rows=4), ShownPartition(*DAY)],
    marks=[IntervalMark(*DAY, "skipped", "r2")],
    dropped=[DAY],
    withdrawn={"r3": "rolled back"},
)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> datetime:
    monkeypatch.setattr(table_snapshots, "_CLOCKS_DIFFER", timedelta())
    return datetime.now(UTC)


def kept(path: Path, now: datetime) -> TableSnapshots:
    snapshots = TableSnapshots(path / "p.json")
    snapshots.keep(Snapshot(EVIDENCE, MONTH, "runs", True, now))
    snapshots.save()
    return TableSnapshots(path / "p.json")


def test_what_is_kept_is_found_again(s3: S3Client, tmp_path: Path, now: datetime) -> None:
    found = kept(tmp_path, now).find(s3, ADDRESS, MONTH, "runs", now + timedelta(minutes=14))
    assert found
    assert replace(found, read_at=now) == Snapshot(EVIDENCE, MONTH, "runs", True, now)
    assert (tmp_path / "p.json").stat().st_mode & 0o777 == 0o600


def test_it_holds_for_a_part_of_its_time_for_the_same_runs_and_a_quarter_of_an_hour(
    s3: S3Client, tmp_path: Path, now: datetime
) -> None:
    snapshots = kept(tmp_path, now)
    assert snapshots.find(s3, ADDRESS, DAY, "runs", now)
    wider = (MONTH[0] - timedelta(days=1), MONTH[1])
    for span, runs, at in (
        (wider, "runs", now),
        (None, "runs", now),
        (MONTH, "others", now),
        (MONTH, "runs", now + timedelta(minutes=16)),
        (MONTH, "runs", now - timedelta(minutes=1)),
    ):
        assert snapshots.find(s3, ADDRESS, span, runs, at) is None
    assert snapshots.find(s3, replace(ADDRESS, table_name="other"), MONTH, "runs", now) is None


def test_a_newer_receipt_ends_it(s3: S3Client, tmp_path: Path, now: datetime) -> None:
    snapshots = kept(tmp_path, now)
    old = build_run_id(now - timedelta(days=2), "arn:old")
    s3.put_object(Bucket="lake", Key=receipt_key("analytics", "features", old), Body=b"{}")
    assert snapshots.find(s3, ADDRESS, MONTH, "runs", now), "of a run that its execution tells of"
    rollback = build_run_id(now + timedelta(seconds=1), "rollback:1")
    s3.put_object(Bucket="lake", Key=receipt_key("analytics", "features", rollback), Body=b"{}")
    later = kept(tmp_path, now - timedelta(seconds=2))
    assert later.find(s3, ADDRESS, MONTH, "runs", now) is None


def test_a_forgotten_table_is_not_found(s3: S3Client, tmp_path: Path, now: datetime) -> None:
    snapshots = kept(tmp_path, now)
    snapshots.forget("analytics.features")
    snapshots.save()
    assert TableSnapshots(tmp_path / "p.json").find(s3, ADDRESS, MONTH, "runs", now) is None


@pytest.mark.parametrize(
    "content", ["", "[]", '{"version": 1, "tables": {"analytics.features": {}}}', '{"version": 9}']
)
def test_a_file_that_cannot_be_understood_counts_as_empty(
    s3: S3Client, tmp_path: Path, now: datetime, content: str
) -> None:
    (tmp_path / "p.json").write_text(content)
    assert TableSnapshots(tmp_path / "p.json").find(s3, ADDRESS, MONTH, "runs", now) is None
