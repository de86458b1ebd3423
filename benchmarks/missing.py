"""The cost of finding missing intervals in a table with many partitions: calls and seconds.

    python benchmarks/missing.py [--partitions 100000] [--latency 50]

The clients are boto3's; canned pages answer them in this process after a latency, as on a network. The table has a partition for each hour,
each published by a run of its own, which left a mark. A whole table is read in segments, and a week by one expression.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.awsrequest import AWSResponse, HTTPHeaders
from botocore.config import Config

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from partitioned_pipelines.lake.intervals.clock import Clock
from partitioned_pipelines.lake.key_layout import interval_mark_key, interval_marks_prefix
from partitioned_pipelines.lake.partitions.key_value import PartitionKey
from partitioned_pipelines.lake.runs.interval_mark import IntervalMark
from partitioned_pipelines.lake.runs.run_facts import build_run_id
from partitioned_pipelines.lake.schedule.expected import expected_intervals
from partitioned_pipelines.lake.schedule.interval_rule import schedule_rule
from partitioned_pipelines.runtime.history.table_address import TableAddress
from partitioned_pipelines.runtime.intervals.partitions import TableKeys
from partitioned_pipelines.runtime.intervals.state_rule import find_states
from partitioned_pipelines.runtime.intervals.table_reader import IntervalTable, read_evidence
from partitioned_pipelines.spec import Schedule

if TYPE_CHECKING:
    from collections.abc import Iterator

HOURLY = Schedule(cron="5 * * * ? *", timezone="America/New_York", interval="hour", offset=-1)
FIRST = datetime(2015, 1, 1, 5, tzinfo=UTC)
PAGE = 1000
KEYS = (PartitionKey("dt", "string", "%Y-%m-%d"), PartitionKey("hour", "string", "%H%z"))


class RawResponse:
    """A body that is complete."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        yield self._body


class Cloud:
    """S3 and Glue clients whose calls are answered by canned pages."""

    def __init__(self, partitions: int, latency: float) -> None:
        rule = schedule_rule(HOURLY)
        self.latency = latency / 1000
        self.calls: Counter[str] = Counter()
        self.table = IntervalTable(
            TableAddress("lake", "analytics", "hourly", "versioned"),
            TableKeys(KEYS, Clock(HOURLY.timezone)),
            "lambda",
            rule,
        )
        self.end = FIRST + timedelta(hours=partitions)
        self.partitions, self.marks = [], []
        for interval in rule.calendar.between(FIRST, self.end):
            local = rule.calendar.clock.local(interval.start)
            run_id = build_run_id(interval.end, f"arn:{interval.key}")
            self.partitions.append(_partition([f"{local:%Y-%m-%d}", f"{local:%H%z}"], run_id))
            name = IntervalMark(interval.start, interval.end, "published", run_id).name
            self.marks.append(interval_mark_key("analytics", "hourly", name))
        config = Config(region_name="ap-northeast-1", max_pool_connections=10)
        self.glue: Any = boto3.client("glue", config=config, aws_access_key_id="a", aws_secret_access_key="b")  # noqa: S106
        self.s3: Any = boto3.client("s3", config=config, aws_access_key_id="a", aws_secret_access_key="b")  # noqa: S106
        glue_events: Any = self.glue.meta.events  # the types do not include handlers that answer
        s3_events: Any = self.s3.meta.events
        glue_events.register("before-send.glue.GetPartitions", self._get_partitions)
        s3_events.register("before-send.s3.ListObjectsV2", self._list_objects)

    def _get_partitions(self, request: Any, **_: object) -> AWSResponse:
        asked = json.loads(request.body)
        found = self.partitions
        if bounds := re.findall("'(.*?)'", asked.get("Expression", "")):
            found = [one for one in found if bounds[0] <= one["Values"][0] <= bounds[1]]
        if segment := asked.get("Segment"):
            found = found[segment["SegmentNumber"] :: segment["TotalSegments"]]
        at = int(asked.get("NextToken", 0))
        answer: dict[str, Any] = {"Partitions": found[at : at + PAGE]}
        if at + PAGE < len(found):
            answer["NextToken"] = str(at + PAGE)
        return self._answer(request, "GetPartitions", json.dumps(answer).encode())

    def _list_objects(self, request: Any, **_: object) -> AWSResponse:
        prefix, begin = interval_marks_prefix("analytics", "hourly"), _query(request.url, "start-after")
        token = int(_query(request.url, "continuation-token") or 0)
        keys = [key for key in self.marks if key > begin] if prefix in _query(request.url, "prefix") else []
        more = token + PAGE < len(keys)
        body = "".join(
            f"<Contents><Key>{key}</Key><Size>0</Size><ETag>e</ETag></Contents>" for key in keys[token : token + PAGE]
        )
        following = f"<NextContinuationToken>{token + PAGE}</NextContinuationToken>" if more else ""
        document = f"<ListBucketResult><IsTruncated>{'true' if more else 'false'}</IsTruncated>{following}{body}</ListBucketResult>"
        return self._answer(request, "ListObjectsV2", document.encode())

    def _answer(self, request: Any, operation: str, body: bytes) -> AWSResponse:
        self.calls[operation] += 1
        time.sleep(self.latency)
        return AWSResponse(request.url, 200, HTTPHeaders(), RawResponse(body))


def _query(url: str, name: str) -> str:
    from urllib.parse import parse_qs, urlsplit

    return parse_qs(urlsplit(url).query).get(name, [""])[0]


def _partition(values: list[str], run_id: str) -> dict[str, Any]:
    return {
        "Values": values,
        "StorageDescriptor": {
            "Location": f"s3://lake/tables/analytics/hourly/runs/{run_id}/0b1c/dt={values[0]}/hour={values[1]}/",
            "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
            "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
            "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
        },
        "Parameters": {"run_id": run_id, "run_started_at": "2026-11-01T05:00:00.000Z", "objects": "1", "bytes": "1024"},
    }


def measure(cloud: Cloud, what: str, span: tuple[datetime, datetime] | None) -> None:
    """Print the calls and the seconds to find the states of the intervals of a span, or of all of them."""
    cloud.calls.clear()
    begun, begun_computing = time.perf_counter(), time.process_time()
    evidence = read_evidence(cloud.s3, cloud.glue, cloud.table, span)
    read = time.perf_counter()
    expected = expected_intervals(HOURLY, *(span or (FIRST, cloud.end)))
    listed = time.perf_counter()
    states = find_states(expected, [evidence], [])
    done = time.perf_counter()
    computed = time.process_time() - begun_computing
    missing = sum(each.missing for each in states)
    print(
        f"{what}: {len(states):,} intervals, {missing:,} missing, {done - begun:.2f} s, {computed:.2f} s of them computing "
        f"(reading {read - begun:.2f}, schedule {listed - read:.2f}, states {done - listed:.2f}); calls: {dict(cloud.calls)}"
    )


def main() -> None:
    """Measure a whole table, and a week of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--partitions", type=int, default=100_000)
    parser.add_argument("--latency", type=float, default=50, help="milliseconds of each call")
    arguments = parser.parse_args()
    cloud = Cloud(arguments.partitions, arguments.latency)
    measure(cloud, "all", None)
    week = FIRST + timedelta(hours=arguments.partitions // 2)
    measure(cloud, "a week", (week, week + timedelta(days=7)))


if __name__ == "__main__":
    main()
