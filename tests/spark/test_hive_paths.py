"""Tests that our path codec registers what Spark shows for a table of hostile values that it wrote and repaired."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cloud_under_test.extras import needs_java, needs_pyspark
from partitioned_pipelines.lake.partitions.hive_path import build_partition_path, parse_partition_path
from partitioned_pipelines.lake.partitions.key_value import PartitionKey
from tests.moto_lake import aws, glue, lake, s3  # noqa: F401  # fixtures
from tests.spark.spark_process import run_by_spark
from tests.spark.write_and_repair import VALUES

if TYPE_CHECKING:
    from tests.moto_lake import Lake

ROOT = Path(__file__).parents[2]
FIXTURE = ROOT / "tests" / "fixtures" / "hive_paths" / "spark_partitions.json"
KEYS = [PartitionKey("k"), PartitionKey("j")]

REFUSED_BY_GLUE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def recorded() -> dict[str, Any]:
    answers: dict[str, Any] = json.loads(FIXTURE.read_text(encoding="utf-8"))
    return answers


def test_our_codec_says_what_spark_said() -> None:
    """By the recorded answers: we build what Spark shows, and parse what it lists."""
    built = sorted(build_partition_path([value, str(number)], KEYS).folder[:-1] for number, value in enumerate(VALUES))
    assert built == recorded()["shown"]
    parsed = sorted(list(parse_partition_path(f"{folder}/", KEYS).values) for folder in recorded()["shown"])
    assert parsed == recorded()["listed"]


@pytest.mark.heavy
@pytest.mark.spark
@needs_pyspark
@needs_java
@pytest.mark.timeout(600)
def test_a_tree_that_spark_wrote_is_registered_as_spark_repairs_it(lake: Lake, tmp_path: Path) -> None:  # noqa: F811
    spark: dict[str, list[Any]] = run_by_spark(ROOT / "tests" / "spark" / "write_and_repair.py", tmp_path)

    lake.create_table(keys="k:string j:string")
    tree = tmp_path / "table"
    for path in tree.rglob("*"):
        if path.is_file():
            lake.write(path.relative_to(tree).as_posix(), b"a,1\n" if path.suffix == ".csv" else path.read_bytes())
    # Glue rejects control characters, which Hive's own metastore accepts.
    taken = [values for values in spark["listed"] if not any(REFUSED_BY_GLUE.search(value) for value in values)]
    left_out = len(spark["listed"]) - len(taken)
    assert left_out > 20
    assert lake.register(on_bad_path="skip")["bad_path_count"] == left_out
    assert sorted(list(values) for values in lake.partitions()) == taken
    root = f"s3://lake/{lake.root()}"
    assert {location.removeprefix(root)[:-1] for location in lake.locations().values()} < set(spark["shown"])
    assert spark == recorded(), "Spark answers differently: see what changed, then keep its answers as the fixture"
