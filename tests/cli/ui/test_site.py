"""The served pages of a lake in moto: a walk over all of them, the documents, what is refused, and what is kept."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from moto.sagemaker.models import sagemaker_backends

from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.lake.problems import ACTIONS
from partitioned_pipelines.cli.lake.report_reader import read_report
from partitioned_pipelines.cli.settings import Settings, Target
from partitioned_pipelines.cli.target.target import Cloud
from partitioned_pipelines.cli.ui.lake_store import LakeStore
from partitioned_pipelines.lake.runs.job_logs import LOG_GROUP
from partitioned_pipelines.lake.runs.run_facts import build_run_id
from partitioned_pipelines.operations.lake_state.documents.document import from_document
from partitioned_pipelines.operations.lake_state.documents.lake import Lake as LakeState
from partitioned_pipelines.spec import job_stem, load_project
from tests.cli.commands.test_runs_cost import keep_usage, start_job
from tests.cli.commands.test_status import Calls, calls, deploy, machine, status
from tests.cli.runs.test_looking_back import pipelines
from tests.cli.ui.site import Visitor
from tests.moto_lake import REGION, Lake, aws, glue, lake, s3
from tests.runtime.registration.published_runs import publish

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["aws", "calls", "glue", "lake", "pipelines", "s3", "status"]

NOW = datetime.now(UTC)
RUN = build_run_id(NOW - timedelta(days=1), "arn:one")
JOB = f"{job_stem('features', 'extract')}-0123"
LINK = re.compile(r'href="(/[^"]*)"')


@pytest.fixture
def visitor(lake: Lake, pipelines: Callable[..., Any], tmp_path: Path, calls: Calls) -> Iterator[Visitor]:
    """Sign in to the site of a table with two days, written by a run whose job has a log, and a run that was stopped."""
    lake.create_table()
    publish(lake, RUN, NOW - timedelta(days=1), 1, 2)
    keep_usage(lake, RUN)
    outputs = machine()
    deploy(outputs)
    states = boto3.client("stepfunctions", region_name=REGION)
    arn = outputs["StateMachineArn"]["Value"]
    stopped = states.start_execution(stateMachineArn=arn, input='{"date": "2026-01-04"}')["executionArn"]
    states.stop_execution(executionArn=stopped)
    start_job(JOB, RUN, 0.5)
    made: Any = sagemaker_backends["123456789012"][REGION].processing_jobs[JOB]
    made.processing_job_status = "Completed"
    logs = boto3.client("logs", region_name=REGION)
    logs.create_log_group(logGroupName=LOG_GROUP)
    logs.create_log_stream(logGroupName=LOG_GROUP, logStreamName=f"{JOB}/algo-1-1")
    events: Any = [
        {"timestamp": int(NOW.timestamp() * 1000) - 60_000 + at, "message": f"line {at}"} for at in range(1500)
    ]
    logs.put_log_events(logGroupName=LOG_GROUP, logStreamName=f"{JOB}/algo-1-1", logEvents=events)
    visitor = Visitor.of(tmp_path, calls, kept=tmp_path / "kept")
    visitor.sign_in()
    visitor.site.store.wait_until_read(60)
    yield visitor
    visitor.site.store.stop()


def document(visitor: Visitor, path: str, code: int = 200) -> Any:
    answer = visitor.get(path)
    assert answer.status_code == code, answer.text
    assert answer.mimetype == "application/json"
    return json.loads(answer.text)


def settled(visitor: Visitor, path: str, words: str) -> str:
    """Return a page as soon as it contains some words."""
    for _ in range(100):
        text = visitor.get(path).text
        if words in text:
            return text
        time.sleep(0.1)
    raise AssertionError(text)


def test_a_walk_over_all_pages_reads_only(visitor: Visitor, calls: Calls) -> None:
    left, seen = ["/", "/api/lake.json", f"/api/log/{JOB}", f"/log/{JOB}.txt", "/cost"], set()
    settled(visitor, "/cost", "features")
    while left:
        path = unescape(left.pop())
        if path in seen or path.startswith("/assets/"):
            continue
        seen.add(path)
        answer = visitor.get(path)
        assert answer.status_code == 200, path
        assert visitor.client.head(path, base_url="http://127.0.0.1:8123").status_code == 200
        left += LINK.findall(answer.text)
    kinds = {path.split("/")[1].partition("?")[0] for path in seen}
    assert kinds == {"", "table", "run", "runs", "cost", "api", "log"}
    assert f"/run/{RUN}" in seen
    made = set(calls.made) - {"GetCallerIdentity"}
    assert made <= set(ACTIONS), "the permissions are documented"
    assert all(name.startswith(("Get", "List", "Describe", "BatchGet")) for name in made)


def test_the_documents_agree_with_status_and_the_report(
    visitor: Visitor, status: Callable[..., Any], tmp_path: Path, calls: Calls
) -> None:
    served = document(visitor, "/api/lake.json")
    printed = status("--json", "--target", "aws", code=ExitCode.FAILED)
    timeless = {"as_of": None, "cost": None, "no_cost": None}
    tables = [{**table, "as_of": None} for table in served["tables"]]
    assert {**served, **timeless, "tables": tables} == {
        **printed,
        **timeless,
        "tables": [{**table, "as_of": None} for table in printed["tables"]],
    }
    found = from_document(LakeState, served)
    report = read_report(
        Settings(tmp_path, Target.AWS, None, json=False),
        Cloud(calls.session(), None),
        load_project(tmp_path).pipelines,
        now=NOW,
        intervals=400,
        runs=10,
        logs=True,
    )
    for html in (visitor.get("/").text, report.html()):
        assert f">{found.verdict}</h1>" in html
        assert "analytics.features" in html
    assert report.lake.needs == found.needs
    assert [table.states for table in report.lake.tables] == [table["states"] for table in served["tables"]] == ["t2.f"]


def test_the_version_is_that_of_the_page(visitor: Visitor) -> None:
    answer = visitor.client.head("/api/lake.json", base_url="http://127.0.0.1:8123")
    version = answer.headers["ETag"].strip('"')
    assert answer.get_data() == b""
    assert f'data-version="{version}"' in visitor.get("/").text
    visitor.site.store._read_at = float("-inf")
    for _ in range(100):
        again = visitor.client.head("/api/lake.json", base_url="http://127.0.0.1:8123").headers["ETag"].strip('"')
        if again != version:
            return
        time.sleep(0.1)
    raise AssertionError(version)


def test_nothing_is_read_while_nobody_looks(visitor: Visitor, calls: Calls) -> None:
    calls.made.clear()
    time.sleep(0.3)
    assert calls.made == []
    for _ in range(3):
        visitor.get("/")
    assert calls.made == [], "what was read is new enough"


NOWHERE = [
    "/table/analytics.other",
    "/table/../../etc/passwd",
    "/run/x",
    "/run/20260101T000000Z-0123ABCD",
    "/run/..%2f..%2fetc",
    "/runs?pipeline=other",
    "/api/table/x.json",
    "/api/run/x.json",
    "/api/log/other--extract-1",
    "/api/log/features--extract",
    "/api/log/features--extract-1%2Fx",
    "/log/features--extract-%0d%0aX-Y.txt",
    "/%00",
    "/api/x",
]


def test_what_is_not_in_the_model_is_not_found(visitor: Visitor, calls: Calls) -> None:
    calls.made.clear()
    for path in NOWHERE:
        answer = visitor.get(path)
        assert answer.status_code == 404, path
        if not path.startswith(("/api/", "/log/")):
            assert 'href="/"' in answer.text, "a link home"
    assert calls.made == []


def test_a_run_that_no_pipeline_had(visitor: Visitor) -> None:
    assert visitor.get("/run/20260101T000000Z-01234567").status_code == 404
    assert "is not in this lake" in document(visitor, "/api/run/20260101T000000Z-01234567.json", 404)["error"]


def test_a_run_with_its_log_and_who_sees_what(visitor: Visitor) -> None:
    run = document(visitor, f"/api/run/{RUN}.json")
    assert (run["id"], run["receipts"][0]["partitions"]) == (RUN, 2)


def test_older_lines_and_the_whole_log(visitor: Visitor) -> None:
    older = document(visitor, f"/api/log/{JOB}?shown=200")
    assert (older["lines"][0], older["lines"][-1]) == ("line 300", "line 1299")
    oldest = document(visitor, f"/api/log/{JOB}?after={older['next']}")
    assert (oldest["lines"][0], oldest["lines"][-1], oldest["next"]) == ("line 0", "line 299", None)
    assert "is not a token" in document(visitor, f"/api/log/{JOB}?after=x", 400)["error"]
    whole = visitor.get(f"/log/{JOB}.txt")
    assert whole.text.splitlines() == [f"line {at}" for at in range(1500)]
    assert whole.headers["Content-Disposition"] == f'attachment; filename="{JOB}.txt"'
    assert whole.mimetype == "text/plain"


def test_intervals_before_those_that_are_shown(visitor: Visitor) -> None:
    newest = document(visitor, "/api/table/analytics.features.json")
    assert (newest["starts"], newest["states"]) == (["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"], "t2.f")
    assert [each["values"] for each in newest["shown"]] == [["2026-01-02"], ["2026-01-01"]]
    assert newest["shown"][0]["run"] == RUN
    older = document(visitor, "/api/table/analytics.features.json?from=2026-01-01&to=2026-01-02")
    assert (older["starts"], older["states"]) == (["2026-01-01"], "t")
    assert [each["values"] for each in older["shown"]] == [["2026-01-01"]]
    before = document(visitor, "/api/table/analytics.features.json?to=2020-01-01")
    assert (before["span"], before["starts"], len(before["columns"])) == (None, [], 2)
    assert "invalid date" in document(visitor, "/api/table/analytics.features.json?to=x", 400)["error"]
    assert "2025" in visitor.get("/table/analytics.features?year=2025").text
    shown = visitor.get("/table/analytics.features").text
    assert f"{NOW - timedelta(days=1):%Y-%m-%d}" in shown.partition("Registered")[2], "when the run was registered"


OUTSIDE = [
    ("/table/analytics.features?at=0%C2%B2%C2%B2%C2%B2", 200),  # digits, but not of a year
    ("/table/analytics.features?at=0001-01-01", 400),
    ("/table/analytics.features?year=1", 400),
    ("/table/analytics.features?year=9998", 200),
    ("/api/table/analytics.features.json?from=0001-01-01", 400),
    ("/api/table/analytics.features.json?to=9999-12-31", 400),
]


def test_dates_that_no_calendar_has(visitor: Visitor, tmp_path: Path) -> None:
    file = tmp_path / "pipelines" / "features.yaml"
    zone = "schedule: {interval: day, timezone: Asia/Tokyo}"  # its year 1 begins before that of UTC
    file.write_text(file.read_text(encoding="utf-8").replace("name: features\n", f"name: features\n{zone}\n", 1))
    visitor.site.store.pipelines = load_project(tmp_path).pipelines
    assert [(path, visitor.get(path).status_code) for path, _ in OUTSIDE] == OUTSIDE


def test_the_runs_of_a_page_have_their_intervals(visitor: Visitor, calls: Calls) -> None:
    assert "2026-01-04" in visitor.get("/runs").text
    assert "2026-01-04" in visitor.get("/runs?state=failed&page=9").text
    assert "2026-01-04" not in visitor.get("/runs?state=succeeded").text


DENIED = [
    ("GetPartitions", "/table/analytics.features", 200),
    ("GetLogEvents", f"/api/log/{JOB}", 502),
    ("GetLogEvents", f"/log/{JOB}.txt", 502),
    ("ListObjectsV2", f"/api/run/{RUN}.json", 502),
]


def test_a_denied_call_is_told_in_its_place(visitor: Visitor, calls: Calls) -> None:
    for operation, path, code in DENIED:
        calls.denied = {operation}
        answer = visitor.get(path)
        assert answer.status_code == code, path
        assert "AccessDeniedException" in answer.text, path
    assert visitor.get("/").status_code == 200


def test_the_next_start_shows_the_last_snapshot_at_once(visitor: Visitor, calls: Calls, tmp_path: Path) -> None:
    visitor.site.store._workers["lake"].join()
    (kept,) = (tmp_path / "kept").glob("ui.json")
    assert kept.stat().st_mode & 0o777 == 0o600

    def no_cloud() -> Cloud:
        raise CommandError("no local cloud of this project is running")

    store = visitor.site.store
    again = LakeStore(store.settings, no_cloud, store.pipelines, None, tmp_path / "kept")
    snapshot = again._snapshot
    assert snapshot.lake.verdict == store.look().lake.verdict
    assert "reading again" in snapshot.note
    assert snapshot.reading == frozenset()
    failed = again.wait_until_read(30)
    assert "could not be read again: no local cloud of this project is running" in failed.note
    assert failed.lake.tables == snapshot.lake.tables
    kept.write_text("{", encoding="utf-8")
    first = LakeStore(store.settings, no_cloud, store.pipelines, None, tmp_path / "kept")
    assert first._snapshot.reading == {"analytics.features"}
    first.stop()
    again.stop()


def test_a_lake_that_cannot_be_listed_any_more_stays_with_a_note(visitor: Visitor, calls: Calls) -> None:
    before = visitor.site.store.look()
    calls.denied = {"DescribeStacks"}
    visitor.site.store._read_at = float("-inf")
    text = settled(visitor, "/", "could not be read again")
    assert "AccessDeniedException" in text
    assert before.lake.verdict in text
    calls.denied = set()
    visitor.site.store._read_at = float("-inf")
    for _ in range(100):
        if "could not be read again" not in visitor.get("/").text:
            return
        time.sleep(0.1)
    raise AssertionError("it was not read again")


def test_a_server_that_is_stopped_makes_no_call(visitor: Visitor, calls: Calls) -> None:
    visitor.site.store.stop()
    visitor.site.store._read_at = float("-inf")
    calls.made.clear()
    visitor.get("/")
    time.sleep(0.2)
    assert calls.made == []


def test_throttled_calls_are_repeated_and_lists_have_pages(
    visitor: Visitor, calls: Calls, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Three executions on as many pages; each first call of an operation is refused by the service."""
    monkeypatch.setattr("partitioned_pipelines.runtime.executions.listing._PAGE", 1)
    states = boto3.client("stepfunctions", region_name=REGION)
    (arn,) = (each["stateMachineArn"] for each in states.list_state_machines()["stateMachines"])
    for day in ("05", "06"):
        started = states.start_execution(stateMachineArn=arn, input=json.dumps({"date": f"2026-01-{day}"}))
        states.stop_execution(executionArn=started["executionArn"])
    refused: set[str] = set()

    def throttle(request: Any, event_name: str, **_: object) -> Any:
        operation = event_name.rpartition(".")[2]
        if operation in refused or operation not in ("ListExecutions", "GetPartitions"):
            return None
        refused.add(operation)
        answer: Any = AWSResponse(request.url, 400, {}, None)  # type: ignore[arg-type]  # no headers
        answer._content = json.dumps({"__type": "ThrottlingException", "message": "Rate exceeded"}).encode()
        return answer

    session = calls.session
    monkeypatch.setattr(calls, "session", lambda: _with(session(), throttle))
    other = Visitor.of(tmp_path, calls)
    other.sign_in()
    calls.made.clear()
    read = other.site.store.wait_until_read(60).read
    assert read
    assert refused == {"ListExecutions", "GetPartitions"}
    assert len(read.pipelines[0].executions) == 3
    assert calls.made.count("ListExecutions") == 3
    assert read.lake.errors == ()
    other.site.store.stop()


def _with(session: boto3.Session, handler: Callable[..., Any]) -> boto3.Session:
    session.events.register_first("before-send", handler)
    return session
