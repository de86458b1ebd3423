"""Tests of the repository's pipelines on ministack, which shares no code with the local cloud: the same receipts and partitions, and IAM.

ministack enforces IAM here. Its known deviations are not tested: queries, the time zones of schedules, encryption in S3.
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from partitioned_pipelines.lake.key_layout import receipt_key
from tests.end_to_end.deployment import ROOT, Deployment, deployed
from tests.ministack.ministack_deployment import Decision, Ministack, ministack_deployed
from tests.ministack.permissions import Permission, data_permissions, taken_away
from tests.ministack.permissions_not_shown import reason_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Minutes on an idle machine; the first run builds ministack's environment.
pytestmark = [pytest.mark.ministack, pytest.mark.heavy, pytest.mark.xdist_group("ministack"), pytest.mark.timeout(3000)]


@dataclass(frozen=True)
class Example:
    """A pipeline of the repository, and inputs of executions.

    Attributes
    ----------
    month
        Inputs run in sequence: a month or days of one, a scheduled day, and its event again.
    day
        A scheduled day, its event again, and the same day by hand, so that each permission is used.
    """

    name: str
    table: str
    month: tuple[dict[str, str], ...]
    day: tuple[dict[str, str], ...]


EXAMPLES = [
    Example(
        "flights",
        "flights",
        month=(
            {"from": "2013-01-01", "to": "2013-02-01"},
            {"scheduled_time": "2013-01-08T10:30:00Z"},
            {"scheduled_time": "2013-01-08T10:30:00Z"},
        ),
        day=(
            {"scheduled_time": "2013-06-08T09:30:00Z"},
            {"scheduled_time": "2013-06-08T09:30:00Z"},
            {"date": "2013-06-07"},
        ),
    ),
    Example(
        "feature_table",
        "partitioned_table_sample",
        month=(
            {"date": "2021-12-15"},
            {"scheduled_time": "2021-12-16T21:00:00Z"},
            {"scheduled_time": "2021-12-16T21:00:00Z"},
            {"date": "2021-12-15"},
        ),
        day=(
            {"scheduled_time": "2021-11-30T21:00:00Z"},
            {"scheduled_time": "2021-11-30T21:00:00Z"},
            {"date": "2021-11-30"},
        ),
    ),
]
RAW_FEATURES = ROOT / "examples" / "feature_table" / "raw.csv"
ATTEMPT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # an output's own folder within its run's
MEASURED = {"ended_at", "milliseconds", "name", "started_at"}  # of a function or job, whose generated name differs, too
ids = [example.name for example in EXAMPLES]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the repository's pipelines and scripts, unchanged."""
    folder = tmp_path_factory.mktemp("project") / "project"
    for name in ("pipelines", "processing_scripts"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def local(project: Path, raw_files: dict[str, bytes]) -> Iterator[Deployment]:
    """Yield the local cloud."""
    with deployed(project) as running:
        put_raw_files(running, raw_files)
        yield running


@pytest.fixture(scope="module")
def ministack(
    project: Path, local: Deployment, raw_files: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ministack]:
    """Yield ministack, after the local cloud, whose deployment has built the images: ministack reports that every image exists."""
    with ministack_deployed(project, tmp_path_factory.mktemp("ministack")) as running:
        put_raw_files(running, raw_files)
        yield running


@pytest.fixture(scope="module")
def raw_files(raw_flights: Path) -> dict[str, bytes]:
    """Return January's flights and those of a day in June, and the article's features for each day that is run."""
    flights = pd.read_csv(raw_flights, dtype=str).query("month == '1' or (month == '6' and day == '7')")
    days = ("2021/11/30", "2021/12/15", "2021/12/16")
    return {
        "raw/flights/2013/flights.csv": flights.to_csv(index=False).encode(),
        **{f"raw/feature_table/{day}/raw.csv": RAW_FEATURES.read_bytes() for day in days},
    }


def put_raw_files(cloud: Deployment, files: dict[str, bytes]) -> None:
    for key, content in files.items():
        cloud.client("s3").put_object(Bucket=cloud.lake, Key=key, Body=content)


def run(cloud: Deployment, example: Example, execution_input: dict[str, str]) -> dict[str, Any]:
    """Run an execution of a pipeline's state machine to its end, with any status."""
    sfn = cloud.client("stepfunctions")
    machine = cloud.outputs(cloud.stack(example.name))["StateMachineArn"]
    arn = sfn.start_execution(stateMachineArn=machine, input=json.dumps(execution_input))["executionArn"]
    cloud.wait_until(lambda: sfn.describe_execution(executionArn=arn)["status"] != "RUNNING", seconds=600)
    described: dict[str, Any] = sfn.describe_execution(executionArn=arn)
    return described


@dataclass(frozen=True)
class Account:
    """The results of runs, without values that differ between clouds: names of buckets, ids of runs, and times."""

    outcomes: list[str]
    receipts: list[Any]
    partitions: list[Any]


def account_of(cloud: Deployment, example: Example) -> Account:
    """Run a month; return its results."""
    ended = [run(cloud, example, each) for each in example.month]
    assert [each["status"] for each in ended] == ["SUCCEEDED"] * len(ended), ended
    plans = [json.loads(each["output"])["plan"] for each in ended]
    same = {cloud.lake: "LAKE", **{plan["run_id"]: f"RUN-{number}" for number, plan in enumerate(plans)}}
    for number, each in enumerate(ended):
        same[each["executionArn"]] = f"EXECUTION-{number}"
    times = [plan["started_at"] for plan in plans]
    s3, glue = cloud.client("s3"), cloud.client("glue")
    receipts = []
    for plan in plans:
        if plan["outcome"] != "run":
            continue
        key = receipt_key("analytics", example.table, plan["run_id"])
        receipt = json.load(s3.get_object(Bucket=cloud.lake, Key=key)["Body"])
        for used in (*receipt["usage"]["functions"], *receipt["usage"]["jobs"]):
            for measured in MEASURED & used.keys():
                del used[measured]
        receipts.append(receipt)
    times += [receipt["registered_at"] for receipt in receipts]
    times += [read["newest"] for receipt in receipts for read in receipt["inputs"]["objects"]]
    same |= dict.fromkeys(times, "TIME")
    pages = glue.get_paginator("get_partitions").paginate(DatabaseName="analytics", TableName=example.table)
    days = {tuple(partition["values"]) for receipt in receipts for partition in receipt["partitions"]}
    kept = ("Values", "StorageDescriptor", "Parameters")
    partitions = [
        {name: partition[name] for name in kept}
        for page in pages
        for partition in page["Partitions"]
        if tuple(partition["Values"]) in days
    ]
    partitions.sort(key=lambda partition: partition["Values"])
    return Account([plan["outcome"] for plan in plans], *(_renamed(each, same) for each in (receipts, partitions)))


def _renamed(document: Any, names: dict[str, str]) -> Any:
    text = json.dumps(document, sort_keys=True)
    for name, same in names.items():
        text = text.replace(name, same)
    return json.loads(ATTEMPT.sub("ATTEMPT", text))


@pytest.mark.parametrize("example", EXAMPLES, ids=ids)
def test_a_month_leaves_the_receipts_and_partitions_of_the_local_cloud(
    example: Example, local: Deployment, ministack: Ministack
) -> None:
    ours, theirs = account_of(local, example), account_of(ministack, example)
    assert theirs.outcomes == ours.outcomes
    assert len(theirs.receipts) == len(example.month) - 1, "the repeated event must have run nothing"
    assert theirs.receipts == ours.receipts
    assert len(theirs.partitions) == (31 if example.name == "flights" else 2)
    assert theirs.partitions == ours.partitions


def denials_of_a_day(ministack: Ministack, example: Example) -> list[Decision]:
    """Run a day as if for the first time, until a call is denied; return the denials."""
    s3, glue = ministack.client("s3"), ministack.client("glue")
    for key in ministack.keys("locks/"):
        s3.delete_object(Bucket=ministack.lake, Key=key)
    table = {"DatabaseName": "analytics", "TableName": example.table}
    for partition in glue.get_partitions(**table)["Partitions"]:
        glue.delete_partition(**table, PartitionValues=partition["Values"])
    since = ministack.decided
    for execution_input in example.day:
        run(ministack, example, execution_input)
        if denied := [decision for decision in ministack.decisions(since) if not decision.allowed]:
            return denied
    return []


@pytest.mark.parametrize("example", EXAMPLES, ids=ids)
def test_no_right_is_missing_and_each_is_needed_or_has_a_reason(example: Example, ministack: Ministack) -> None:
    since = ministack.decided
    assert denials_of_a_day(ministack, example) == []
    permissions = data_permissions(ministack, ministack.stack(example.name))
    at_work = {decision.role for decision in ministack.decisions(since)}
    data_roles = {permission.role for permission in permissions}
    assert data_roles <= at_work, "each data role must have been at work"
    # Notify comes after the end of a run, which does not wait for it: its permissions are tested on the local cloud.
    assert all("Notices" in role for role in at_work - data_roles)

    needless: list[Permission] = []
    needed: list[Permission] = []
    for permission in permissions:
        with taken_away(ministack, permission):
            denied = denials_of_a_day(ministack, example)
        # Without the permission, only its action is denied: any other denial would be a permission that is missing in general.
        assert {(each.role, each.action) for each in denied} <= {(permission.role, permission.action)}, (
            f"{permission}: {denied}"
        )
        (needed if denied else needless).append(permission)
    assert [str(permission) for permission in needless if reason_of(permission) is None] == [], "no run needs these"
    assert [str(permission) for permission in needed if reason_of(permission)] == [], (
        "these have a reason that they do not need"
    )
    assert len(needed) >= 20, [str(permission) for permission in needed]
    assert denials_of_a_day(ministack, example) == [], "each permission must be back"
