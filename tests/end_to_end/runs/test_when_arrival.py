"""Tests of a pipeline that starts when the last object of its interval arrives in the lake."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.end_to_end.deployment import PROJECTS, Deployment, deployed

# The first test also deploys; each waits for several runs.
pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("when_arrival"), pytest.mark.timeout(900)]

TODAY = datetime.now(UTC).date()


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    project = tmp_path_factory.mktemp("when_arrival") / "project"
    shutil.copytree(PROJECTS / "arriving", project)
    with deployed(project) as deployment:
        yield deployment


def names(landing: Deployment) -> list[str]:
    machine = landing.outputs(landing.stack("landed"))["StateMachineArn"]
    answer = landing.client("stepfunctions").list_executions(stateMachineArn=machine)
    return sorted(each["name"] for each in answer["executions"] if each["status"] == "SUCCEEDED")


def test_many_objects_and_their_marker_are_one_run(landing: Deployment) -> None:
    folder = f"raw/landed/{TODAY:%Y/%m/%d}/"
    s3 = landing.client("s3")
    for number in range(5):
        s3.put_object(Bucket=landing.lake, Key=f"{folder}part-{number}.csv", Body=b"x\ny\n")
    for _ in range(3):
        s3.put_object(Bucket=landing.lake, Key=f"{folder}_SUCCESS", Body=b"")
    landing.wait_until(lambda: names(landing), seconds=120)
    assert names(landing) == [f"arrival-{TODAY}"]
    assert landing.json("query", "SELECT n FROM waiting.landed") == [{"n": 10}]


def test_at_the_deadline_it_runs_with_what_is_there(landing: Deployment) -> None:
    yesterday = TODAY - timedelta(days=1)
    key = f"raw/landed/{yesterday:%Y/%m/%d}/part-0.csv"
    landing.client("s3").put_object(Bucket=landing.lake, Key=key, Body=b"x\n")
    deadline = datetime.combine(TODAY + timedelta(days=1), datetime.min.time(), UTC)
    fired = landing.command("local", "fire", "landed", "--at", deadline.isoformat())
    assert fired.returncode == 0, fired.stderr
    landing.wait_until(lambda: len(names(landing)) == 2, seconds=120)
    assert names(landing) == [f"arrival-{yesterday}", f"arrival-{TODAY}"]


def test_the_bucket_tells_of_its_objects(landing: Deployment) -> None:
    answer = landing.client("s3").get_bucket_notification_configuration(Bucket=landing.lake)
    assert "EventBridgeConfiguration" in answer, json.dumps(answer, default=str)
