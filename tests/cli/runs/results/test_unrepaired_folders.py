"""Tests that exactly the folders skipped by MSCK REPAIR TABLE are reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.cli.runs.results.unrepaired_folders import find_unrepaired, unrepaired_warning
from partitioned_pipelines.lake.s3_uri import S3Folder
from tests.moto_lake import aws, s3

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["aws", "s3"]

DATA = S3Folder("lake", "tables/analytics/t/output/")


def put(s3: S3Client, *folders: str) -> None:
    for folder in folders:
        s3.put_object(Bucket="lake", Key=f"{DATA.prefix}{folder}/a.csv", Body=b"1\n")


@pytest.mark.parametrize(
    ("folder", "says"),
    [
        ("year=2024/eventDate=2024-01-01", "its key is 'eventDate', and must be written 'eventdate'"),
        ("year=2024/eventdate=2024-01-01 10:00:00", "has a colon"),
        ("year=2024/eventdate=2024-01-01 10%3A00", "has a colon"),
        ("_year=2024/eventdate=x", "begin with '_' or '.'"),
        (".tmp/eventdate=x", "begin with '_' or '.'"),
        ("year=2024/eventdate=50%", "not escaped as Hive escapes it: eventdate=50%25"),
        ("year=2024/day=1", "its key is 'day', and the table's is 'eventdate'"),
        ("2024/eventdate=1", "it is not year=VALUE"),
    ],
)
def test_a_folder_that_is_not_added(s3: S3Client, folder: str, says: str) -> None:
    put(s3, folder, "year=2023/eventdate=2023-01-01", "year=2023/eventdate=a%2Fb", "year=2023/eventdate=x/below")
    (found,) = find_unrepaired(s3, DATA, ["year", "eventdate"])
    assert says in found.reason
    assert found.uri.startswith(DATA.uri)
    assert "1 folder of analytics.t" in unrepaired_warning("analytics.t", [found])


def test_many_are_counted(s3: S3Client) -> None:
    put(s3, *(f"Year={year}/eventdate=x" for year in range(2000, 2012)))
    found = list(find_unrepaired(s3, DATA, ["year", "eventdate"]))
    assert len(found) == 12
    assert unrepaired_warning("analytics.t", found).endswith("… and 7 more")
