"""Tests of Spark's jobs on S3A: their output, and least privilege in both directions."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from cloud_under_test.extras import needs_java, needs_maven
from partitioned_pipelines.lake.key_layout import receipts_prefix
from tests.end_to_end.deployment import PROJECTS, ROOT, Deployment, deployed
from tests.end_to_end.permissions.recording import Recording, begin, machine_recording, script_calls
from tests.iam.calls.logged_calls import list_call, object_call
from tests.synthesized.resolved_stack import as_list

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

MORE = ROOT / "examples" / "more"
WORDS, FLIGHTS = "shouted_words", "flights_spark"
# Operations by which S3A and Spark commit, with both kinds of committers, without those that SageMaker performs for a job.
OPERATIONS = {
    *("HeadObject", "ListObjectsV2", "GetObject", "PutObject", "CopyObject", "DeleteObject"),
    *("CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "ListMultipartUploads"),
}

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.heavy,
    pytest.mark.spark,
    pytest.mark.xdist_group("spark_permissions"),
    pytest.mark.timeout(900),
    needs_java,
    needs_maven,
]


@dataclass(frozen=True)
class Run:
    """A run of a pipeline: its report, the calls of all of its roles, and its script's calls as S3 operations."""

    result: dict[str, Any]
    recording: Recording
    operations: set[str]


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Yield the flights pipeline of examples/more, and one with fixed folders and both kinds of committers."""
    project = shutil.copytree(PROJECTS / "managed_spark", tmp_path_factory.mktemp("spark") / "project")
    shutil.copy(MORE / "pipelines" / f"{FLIGHTS}.yaml", project / "pipelines")
    shutil.copytree(MORE / "processing_scripts" / FLIGHTS, project / "processing_scripts" / FLIGHTS)
    with deployed(project) as cloud:
        begin(cloud)
        yield cloud


def run(cloud: Deployment, pipeline: str, *arguments: str) -> Run:
    result = cloud.json("run", pipeline, *arguments)
    logged, calls = script_calls(cloud, pipeline)
    recording = machine_recording(cloud, pipeline, [result["execution_arn"]])
    return Run(result, replace(recording, calls=[*recording.calls, *calls]), {entry["operation"] for entry in logged})


@pytest.fixture(scope="module")
def words(spark: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("words")
    for name, text in (("text", "a cat\na dog\nhush\n"), ("quiet", "hush\n")):
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    given = [f"--input={name}={folder / name}.txt" for name in ("text", "quiet")]
    return run(spark, WORDS, "--date", "2026-11-20", *given)


@pytest.fixture(scope="module")
def flights(spark: Deployment, raw_flights: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    days = pd.read_csv(raw_flights, dtype=str).query("month == '6' and day in ('7', '8', '9')")
    raw = tmp_path_factory.mktemp("days") / "flights.csv"
    days.to_csv(raw, index=False)
    return run(spark, FLIGHTS, "--from", "2013-06-07", "--to", "2013-06-09", "--input", f"raw={raw}")


@pytest.fixture(params=["words", "flights"])
def either(request: pytest.FixtureRequest) -> Run:
    made: Run = request.getfixturevalue(request.param)
    return made


def test_a_run_on_two_instances_of_the_managed_spark_image(words: Run, spark: Deployment) -> None:
    assert words.result["partitions"] == {"created": 1, "repointed": 0, "unchanged": 0, "kept_newer": 0}
    rows = spark.json("query", "SELECT word FROM shouted.words WHERE dt = DATE '2026-11-20' ORDER BY word")
    assert [row["word"] for row in rows] == ["A CAT", "A DOG"]


def test_the_flights_are_written_by_s3a(flights: Run, spark: Deployment, raw_flights: Path) -> None:
    assert flights.result["partitions"] == {"created": 2, "repointed": 0, "unchanged": 0, "kept_newer": 0}
    (counted,) = spark.json("query", "SELECT count(*) AS flights FROM analytics.flights")
    raw = pd.read_csv(raw_flights).query("month == 6 and day in (7, 8)")
    assert counted["flights"] == len(raw)


def test_it_was_s3a_that_talked_to_s3(words: Run, flights: Run) -> None:
    """And not the folders that replace it without a client."""
    assert words.operations == OPERATIONS
    assert flights.operations == OPERATIONS - {
        *("CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "ListMultipartUploads")
    }


def test_every_call_of_a_run_is_allowed(either: Run) -> None:
    assert either.recording.denied(either.recording.calls) == []


def test_without_a_statement_a_call_is_denied(words: Run) -> None:
    assert words.recording.needless(words.recording.outputs["ProcessingRoleArn"]) == []


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:ListBucketMultipartUploads", ""),
        ("s3:DeleteObject", "/tables/shouted/words/runs/*"),
        ("s3:GetObject", "/raw/quiet_words"),
    ],
)
def test_what_spark_alone_needs_is_missed(words: Run, action: str, resource: str) -> None:
    """One action on one resource is removed, and a recorded call is denied."""
    recorded, arn = words.recording, words.recording.outputs["ProcessingRoleArn"]
    role = recorded.roles[arn]
    taken = f"arn:aws:s3:::{recorded.lake}{resource}"
    left, found = [], False
    for statement in role.statements:
        if action in as_list(statement["Action"]) and taken in as_list(statement["Resource"]):
            found = True
            others = [each for each in as_list(statement["Resource"]) if each != taken]
            actions = [each for each in as_list(statement["Action"]) if each != action]
            left += [{**statement, "Resource": others}] if others else []
            left += [{**statement, "Action": actions, "Resource": [taken]}] if actions else []
        else:
            left.append(statement)
    assert found, f"no statement has {action} on {taken}"
    assert replace(recorded, roles={**recorded.roles, arn: replace(role, statements=left)}).denied(recorded.calls)


def test_what_spark_must_not_reach_is_denied(words: Run) -> None:
    role, lake = words.recording.outputs["ProcessingRoleArn"], words.recording.lake
    calls = [
        object_call(role, "s3:DeleteObject", lake, "raw/quiet_words/quiet.txt"),
        object_call(role, "s3:DeleteObject", lake, f"{receipts_prefix('shouted', 'words')}x.json"),
        object_call(role, "s3:PutObject", lake, "raw/quiet_words/"),
        object_call(role, "s3:GetObject", lake, "raw/quiet_words2"),
        list_call(role, lake, "raw/quiet_words2"),
        list_call(role, lake, "raw/"),
    ]
    assert len(words.recording.denied(calls)) == len(calls)
