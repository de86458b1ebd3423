"""Tests of the rows and the usage that a receipt keeps: counted or null, never guessed."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any, cast

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import orc

from partitioned_pipelines.lake.key_layout import receipt_key
from partitioned_pipelines.lake.runs.usage import CallUsage, FunctionUsage, JobUsage, RequestCounts
from partitioned_pipelines.runtime.audit.sample import SAMPLED_FILES
from partitioned_pipelines.runtime.history.receipts import Receipt, parse_receipt
from partitioned_pipelines.runtime.history.table_address import TableAddress
from partitioned_pipelines.runtime.registration.registration import register_partitions
from tests.runtime.registration.published_runs import prepare_rollback
from tests.runtime.registration.test_continuation import limit

if TYPE_CHECKING:
    from tests.moto_lake import Lake

TABLE = TableAddress("lake", "analytics", "features", "versioned")


def parquet(rows: int) -> bytes:
    written = io.BytesIO()
    frame = pd.DataFrame({"feature1": ["a"] * rows, "y": range(rows)})
    frame.astype({"feature1": "string", "y": "int32"}).to_parquet(written)
    return written.getvalue()


def orc_file(rows: int) -> bytes:
    written = io.BytesIO()
    orc.write_table(pa.table({"feature1": ["a"] * rows, "y": pa.array(range(rows), pa.int32())}), written)
    return written.getvalue()


def document(lake: Lake, run: str = "r1") -> dict[str, Any]:
    key = receipt_key("analytics", "features", run)
    found: dict[str, Any] = json.loads(lake.s3.get_object(Bucket="lake", Key=key)["Body"].read())
    return found


def rows_of(receipt: dict[str, Any]) -> tuple[int | None, list[int | None]]:
    return receipt["rows"], [entry["rows"] for entry in receipt["partitions"]]


def stamped(lake: Lake) -> list[str | None]:
    return [each["Parameters"].get("rows") for _, each in sorted(lake.partitions().items())]


@pytest.mark.parametrize(("format_", "write"), [("parquet", parquet), ("orc", orc_file)])
def test_the_rows_of_each_file_are_added_up(lake: Lake, format_: str, write: Any) -> None:
    lake.create_table()
    for key, rows in (("dt=2021-12-15/a", 3), ("dt=2021-12-15/b", 4), ("dt=2021-12-16/a", 5)):
        lake.write(key, write(rows))
    lake.register(format=format_)
    assert rows_of(document(lake)) == (12, [7, 5])
    assert stamped(lake) == ["7", "5"]


def test_a_partition_that_was_not_read_wholly_has_no_number(lake: Lake) -> None:
    """The sample leaves out some of the files, so that neither their partitions nor the run have a number of rows."""
    lake.create_table()
    data = parquet(2)
    for number in range(SAMPLED_FILES + 40):
        lake.write(f"dt=2021-12-15/{number:03}", data)
    lake.write("dt=2021-12-16/a", parquet(1))
    lake.register(format="parquet")
    total, (large, small) = rows_of(document(lake))
    assert (total, large, small) == (None, None, 1)
    assert stamped(lake) == [None, "1"]


def test_text_does_not_say_how_many_rows_it_has(lake: Lake) -> None:
    lake.create_table()
    lake.write("dt=2021-12-15/a.csv")
    lake.register()
    assert rows_of(document(lake)) == (None, [None])
    assert stamped(lake) == [None]


def test_an_empty_run_has_no_rows(lake: Lake) -> None:
    lake.create_table()
    lake.register(allow_empty=True)
    assert rows_of(document(lake)) == (0, [])


def test_a_rollback_keeps_the_numbers_of_the_run_that_it_shows(lake: Lake) -> None:
    lake.create_table()
    for run, rows in (("r1", 3), ("r2", 4)):
        lake.write("dt=2021-12-15/a", parquet(rows), run=run)
        lake.register(run, format="parquet")
    assert stamped(lake) == ["4"]
    plan = prepare_rollback(lake).run()
    assert [move.entry.rows for move in plan.moves] == [3]
    assert stamped(lake) == ["3"]


def call(milliseconds: int) -> CallUsage:
    return CallUsage(FunctionUsage("f", 1024, "arm64", 1, milliseconds), RequestCounts(s3_list=1, glue=2))


def test_a_registration_of_two_calls_adds_up_its_usage_and_counts_no_rows(lake: Lake) -> None:
    lake.create_table()
    for day in (15, 16):
        lake.write(f"dt=2021-12-{day}/a", parquet(1))
    lake.layout = "versioned"
    event = {**lake.event(format="parquet"), "usage": {"jobs": [], "planning": call(7).text()}}
    limit(lake, "PutObject", 1)  # the lease: nothing is published by this call
    usage = {"first": 100, "second": 20}

    def register(name: str) -> dict[str, Any]:
        answer = register_partitions(
            event, lake.s3, lake.glue, budget=lake.budget, threads=1, usage=lambda: call(usage[name])
        )
        return cast("dict[str, Any]", answer)

    first = register("first")
    assert first["outcome"] == "continue"
    assert (first["continuation"]["calls"], first["continuation"]["milliseconds"]) == (1, 100)
    event["registrations"] = {"analytics__features": json.loads(json.dumps(first))}
    limit(lake, "PutObject", 1000)
    assert register("second")["outcome"] == "registered"
    receipt = document(lake)
    assert [(each["calls"], each["milliseconds"]) for each in receipt["usage"]["functions"]] == [(1, 7), (2, 120)]
    assert (receipt["usage"]["requests"]["s3_list"], receipt["usage"]["requests"]["glue"]) == (3, 6)
    assert receipt["usage"]["jobs"] == []
    assert rows_of(receipt) == (None, [None, None])


def test_jobs_that_are_asked_for_replace_those_of_the_payload(lake: Lake) -> None:
    lake.create_table()
    lake.write("dt=2021-12-15/a.csv")
    asked = [JobUsage("x", "x-1", "ml.t3.medium", 1, 30, None, None)]
    event = {**lake.event(), "usage": {"jobs": []}}
    for jobs, expected in ((asked, ["x-1"]), (None, None)):
        register_partitions(event, lake.s3, lake.glue, threads=1, usage=lambda: call(1), jobs=lambda jobs=jobs: jobs)  # type: ignore[misc]
        kept = document(lake)["usage"]["jobs"]
        assert (kept if kept is None else [job["job_name"] for job in kept]) == expected


def parsed(found: dict[str, Any]) -> Receipt:
    return parse_receipt(receipt_key("analytics", "features", "r1"), json.dumps(found).encode(), TABLE)


def test_receipts_of_version_1_and_2_are_read(lake: Lake) -> None:
    """Version 1 is what this project wrote before: it lacks the rows, the usage and the region."""
    lake.create_table()
    lake.write("dt=2021-12-15/a", parquet(3))
    event = {**lake.event(format="parquet"), "usage": {"jobs": []}}
    register_partitions(event, lake.s3, lake.glue, threads=1, usage=lambda: call(5))
    second = document(lake)
    receipt = parsed(second)
    assert receipt.usage is not None
    assert (receipt.rows, receipt.partitions[0].rows, receipt.region) == (3, 3, "ap-northeast-1")
    assert (receipt.usage.functions[0].milliseconds, receipt.usage.jobs) == (5, ())
    first = {name: value for name, value in second.items() if name not in ("rows", "usage", "region")}
    first["format_version"] = 1
    for entry in first["partitions"]:
        del entry["rows"]
    before = parsed(first)
    assert (before.rows, before.partitions[0].rows, before.region, before.usage) == (None, None, None, None)
    assert before.partitions[0].location == receipt.partitions[0].location
