"""Tests that receipts are validated, and invalid ones report the reason."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from partitioned_pipelines.lake.key_layout import receipt_key
from partitioned_pipelines.runtime.history.receipts import InvalidReceiptError, parse_receipt
from partitioned_pipelines.runtime.history.table_address import TableAddress

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.moto_lake import Lake

TABLE = TableAddress("lake", "analytics", "features", "versioned")
KEY = receipt_key("analytics", "features", "r1")


def registered(lake: Lake) -> dict[str, Any]:
    """Return a receipt as written by a registration."""
    lake.create_table()
    lake.write("dt=2021-12-15/a.csv")
    lake.register()
    document: dict[str, Any] = json.loads(lake.s3.get_object(Bucket="lake", Key=KEY)["Body"].read())
    return document


def test_what_registering_writes_is_read(lake: Lake) -> None:
    receipt = parse_receipt(KEY, json.dumps(registered(lake)).encode(), TABLE)
    assert (receipt.kind, receipt.receipt_id, receipt.pipeline) == ("run", "r1", "feature_table")
    assert receipt.started_at.isoformat() == "2026-11-23T16:25:08.123000+00:00"
    (entry,) = receipt.partitions
    assert entry.location == lake.locations()["2021-12-15",]
    assert (entry.run_id, entry.objects, entry.bytes) == ("r1", 1, 4)
    assert receipt.kept_newer == ()


def test_what_a_later_version_adds_is_no_harm(lake: Lake) -> None:
    document = registered(lake)
    document["audit"] = {"files": 3}
    document["run"]["attempt"] = 2
    assert parse_receipt(KEY, json.dumps(document).encode(), TABLE).receipt_id == "r1"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "not JSON"),
        (b'{"format_version": 1, "table": "analy', "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[]", "is a list"),
        (b"{}", "format_version is None"),
        (b'{"format_version": 1}', "of the table None"),
    ],
)
def test_what_is_no_receipt_is_refused(body: bytes, says: str) -> None:
    with pytest.raises(InvalidReceiptError, match=says):
        parse_receipt(KEY, body, TABLE)


def _set(*path: str | int, value: object) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        target: Any = document
        for step in path[:-1]:
            target = target[step]
        target[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_set("format_version", value=3), "format_version is 3: this program reads 1 and 2"),
        (_set("table", value="analytics.other"), "analytics.other"),
        (_set("run", "run_id", value="r2"), "receipt of 'r2', under another's name"),
        (_set("run", "started_at", value="yesterday"), "yesterday"),
        (_set("run", value=None), "incomplete"),
        (_set("root", value="s3://lake/tables/analytics/features2/runs/r1/"), "lies outside"),
        (_set("root", value="s3://other/tables/analytics/features/runs/r1/"), "lies outside"),
        (_set("root", value="lake"), "not s3://"),
        (_set("partitions", 0, "folder", value="../../x"), "is not below the root"),
        (_set("partitions", 0, "folder", value="/dt=1/"), "is not below the root"),
        (_set("partitions", 0, "objects", value=-1), "not a count"),
        (_set("partitions", 0, "bytes", value=True), "not a count"),
        (_set("partitions", 0, "values", value=[1]), "not a string"),
        (_set("partitions", 0, "values", value=[]), "no partition's"),
        (_set("partitions", value=None), "incomplete"),
        (_set("kind", value="merge"), "'merge' is not one of"),
    ],
)
def test_a_receipt_that_is_not_right_is_refused(
    lake: Lake, change: Callable[[dict[str, Any]], None], says: str
) -> None:
    document = registered(lake)
    change(document)
    with pytest.raises(InvalidReceiptError, match=says):
        parse_receipt(KEY, json.dumps(document).encode(), TABLE)
