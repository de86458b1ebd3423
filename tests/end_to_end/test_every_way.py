"""Steps side by side, several hosts, commands of an image, tables as inputs, MSCK and projection, on the local cloud."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.end_to_end.deployment import PROJECTS, Deployment, deployed

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("end_to_end")]

DAYS = {"2026-11-20": ["one two", "three"], "2026-11-21": ["four", "five six seven"]}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    project = tmp_path_factory.mktemp("every_way") / "project"
    shutil.copytree(PROJECTS / "every_way", project)
    with deployed(project) as deployment:
        yield deployment


@pytest.fixture(scope="module")
def words(cloud: Deployment) -> list[dict[str, Any]]:
    """Run the pipeline for each day; its reports."""
    s3 = cloud.client("s3")
    for day, files in DAYS.items():
        for number, text in enumerate(files):
            s3.put_object(Bucket=cloud.lake, Key=f"raw/letters/{day}/{number}.txt", Body=text.encode())
    return [cloud.json("run", "letters", "--date", day) for day in DAYS]


def test_a_run_whose_table_athena_repairs(cloud: Deployment, words: list[dict[str, Any]]) -> None:
    assert [report["status"] for report in words] == ["SUCCEEDED", "SUCCEEDED"]
    rows = cloud.json("query", "SELECT word, total, dt FROM letters.words ORDER BY dt, word")
    assert [(row["dt"], row["word"], int(row["total"])) for row in rows] == [
        ("2026-11-20", "ONE", 3),
        ("2026-11-20", "THREE", 3),
        ("2026-11-20", "TWO", 3),
        ("2026-11-21", "FIVE", 4),
        ("2026-11-21", "FOUR", 4),
        ("2026-11-21", "SEVEN", 4),
        ("2026-11-21", "SIX", 4),
    ]
    registered = cloud.json("partitions", "letters")
    assert [partition["values"]["dt"] for partition in registered] == list(DAYS)


def test_the_layers_and_the_repair_are_in_the_execution(cloud: Deployment, words: list[dict[str, Any]]) -> None:
    output = cloud.finished(words[0]["execution_arn"])
    assert set(output["results"]) == {"Layer1", "join"}
    assert set(output["results"]["Layer1"]) == {"upper", "total"}
    (registration,) = output["registrations"].values()
    assert (registration["table"], registration["outcome"]) == ("letters.words", "repaired")
    sagemaker = cloud.client("sagemaker")
    name = output["results"]["Layer1"]["upper"]["ProcessingJobArn"].rpartition("/")[2]
    assert (
        sagemaker.describe_processing_job(ProcessingJobName=name)["ProcessingResources"]["ClusterConfig"][
            "InstanceCount"
        ]
        == 2
    )


def test_a_table_as_input_and_projected_partitions(cloud: Deployment, words: list[dict[str, Any]]) -> None:
    assert len(words) == 2
    report = cloud.json("run", "summary", "--date", "2026-11-21")
    assert report["partitions"] == {"created": 0, "repointed": 0, "unchanged": 0}
    assert cloud.json("partitions", "summary") == []
    cloud.json("run", "summary", "--from", "2026-11-20", "--to", "2026-11-22")
    rows = cloud.json("query", "SELECT dt, files, words FROM letters.summary WHERE dt >= '2026-11-20' ORDER BY dt")
    assert [(row["dt"], row["files"], int(row["words"])) for row in rows] == [
        ("2026-11-20", "dt=2026-11-20/words.csv;dt=2026-11-21/words.csv", 7),
        ("2026-11-21", "dt=2026-11-21/words.csv", 4),
    ]


def test_a_day_that_the_table_does_not_have_is_a_missing_input(cloud: Deployment, words: list[dict[str, Any]]) -> None:
    assert len(words) == 2
    failed = cloud.command("run", "summary", "--date", "2026-11-25")
    assert failed.returncode == 1
    assert "the partitions of the run's interval of letters.words hold no files" in failed.stderr
