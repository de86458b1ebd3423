"""``status``, ``show`` and ``report`` of a backfill in which a script fails on one day and an input is missing on another."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
import time
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import jsonschema
import pytest

from partitioned_pipelines.operations.lake_state.documents.document import schema_of
from partitioned_pipelines.operations.lake_state.documents.lake import Lake
from partitioned_pipelines.operations.lake_state.documents.run import Run
from partitioned_pipelines.operations.lake_state.run_length import decode
from tests.page.parsed import parse

if TYPE_CHECKING:
    from pathlib import Path

    from tests.end_to_end.deployment import Deployment

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("end_to_end")]

NO_INPUT, SCRIPT_FAILS = "2026-06-02", "2026-06-03"
MONTH = ("--from", "2026-06-01", "--to", "2026-06-05")


def status(both: Deployment, pipeline: str) -> dict[str, Any]:
    finished = both.command("status", pipeline, "--json")
    document: dict[str, Any] = json.loads(finished.stdout)
    jsonschema.validate(document, schema_of(Lake))
    assert finished.returncode == bool(document["needs"]), finished.stderr
    assert document["errors"] == []
    return document


def letter(document: dict[str, Any], day: str) -> str:
    """Return the letter of a day of the only table."""
    (table,) = document["tables"]
    return decode(table["states"])[(date.fromisoformat(day) - date.fromisoformat(table["start"])).days]


def show(both: Deployment, run: str) -> dict[str, Any]:
    document: dict[str, Any] = both.json("show", run)
    jsonschema.validate(document, schema_of(Run))
    assert document["errors"] == []
    return document


def run_about(both: Deployment, pipeline: str, day: str) -> dict[str, Any]:
    """Return the newest listed run about a day."""
    return next(run for run in both.json("runs", pipeline) if run["process_start"] == day)


@pytest.mark.parametrize("pipeline", ["daily_lines", "daily_by_pipelines"])
def test_a_backfill_with_two_bad_days(both: Deployment, pipeline: str, tmp_path: Path) -> None:
    s3, lake, raw = both.client("s3"), both.lake, "raw/daily_lines"
    for day in ("2026-06-01", "2026-06-04"):
        s3.put_object(Bucket=lake, Key=f"{raw}/{day}/lines.csv", Body=b"a\nb\n")
    s3.delete_object(Bucket=lake, Key=f"{raw}/{NO_INPUT}/lines.csv")
    s3.put_object(Bucket=lake, Key=f"{raw}/{SCRIPT_FAILS}/folder/lines.csv", Body=b"a\n")
    assert both.command("backfill", pipeline, *MONTH, "--yes", "--no-deploy").returncode == 0
    assert both.command("backfills", pipeline, "--follow").returncode == 1

    document = status(both, pipeline)
    assert [letter(document, f"2026-06-0{day}") for day in (1, 2, 3, 4)] == ["t", "f", "f", "t"]
    (need,) = document["needs"]
    assert need["state"] == "f"
    assert any(span["from"] <= NO_INPUT < span["to"] for span in need["intervals"])
    assert need["command"][:3] == ["pipelines", "backfill", pipeline]
    said = both.command("status", pipeline).stdout.splitlines()
    assert said[0] == "1 of 1 table needs you"

    failed = show(both, run_about(both, pipeline, SCRIPT_FAILS)["run_id"][:20])
    assert (failed["pipeline"], failed["from"], failed["by"]) == (pipeline, SCRIPT_FAILS, "backfill")
    assert failed["status"] == "FAILED"
    assert failed["error"]["state"] == "copy"
    assert "IsADirectoryError" in "\n".join(failed["error"]["traceback"])
    assert "IsADirectoryError" in "\n".join(failed["log"]["lines"])
    assert failed["no_receipt"] == "the run failed before it published anything"
    assert failed["instead"][0]["shown"] is False
    states = [(state["name"], state["status"]) for state in failed["states"]]
    assert states == [("PlanRun", "succeeded"), ("copy", "failed")]
    (job,) = failed["jobs"]
    assert (job["step"], job["type"], job["status"]) == ("copy", "ml.t3.medium", "Failed")
    assert failed["commands"]["repeat its job on this machine"][1:4] == ["step", pipeline, "copy"]
    printed = both.command("show", failed["id"]).stdout
    assert printed.startswith(f"{pipeline}, for {SCRIPT_FAILS}: FAILED\n")
    assert "by a backfill" in printed

    file = tmp_path / "lake.html"
    assert both.command("report", pipeline, "--output", str(file)).returncode == 0
    page = parse(file.read_text(encoding="utf-8"))
    assert page.one("main").one("h1").text == document["verdict"]
    (table,) = document["tables"]
    of_table = page.one("template", id=f"page:/table/{table['id']}")
    shown = json.loads(of_table.one("script", class_="intervals").raw_text)
    assert shown["states"] == "".join(decode(table["states"]))
    of_run = page.one("template", id=f"page:/run/{failed['id']}")
    assert "IsADirectoryError" in of_run.one(class_="why-box").text
    assert "IsADirectoryError" in of_run.one("pre", class_="log").text

    planned = show(both, run_about(both, pipeline, NO_INPUT)["run_id"])
    assert planned["error"]["state"] == "PlanRun"
    assert "no objects under" in planned["error"]["message"]
    assert planned["jobs"] == []

    good = show(both, run_about(both, pipeline, "2026-06-04")["run_id"])
    assert (good["status"], good["error"], good["receipts"][0]["live"]) == ("SUCCEEDED", None, 1)
    assert [state["status"] for state in good["states"]] == ["succeeded"] * 3
    assert good["usual_seconds"] > 0
    assert good["seconds"] > 0

    s3.put_object(Bucket=lake, Key=f"{raw}/{NO_INPUT}/lines.csv", Body=b"a\n")
    again = both.json("run", pipeline, "--date", NO_INPUT, "--no-deploy")
    assert letter(status(both, pipeline), NO_INPUT) == "t"
    seen = show(both, planned["id"])["instead"]
    assert [(each["run"], each["shown"]) for each in seen] == [(again["run_id"], True)]

    s3.delete_object(Bucket=lake, Key=f"{raw}/{NO_INPUT}/lines.csv")
    assert both.command("run", pipeline, "--date", NO_INPUT, "--no-deploy").returncode == 1
    assert letter(status(both, pipeline), NO_INPUT) == "o", "readers see the earlier run"


def test_what_is_kept_is_private(both: Deployment) -> None:
    both.command("status")
    kept = [path for path in (both.project / ".pipelines" / "lake").rglob("*") if path.is_file()]
    assert kept
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in kept)


# SIGINT may be ignored in a test's process, so it is restored.
_PROGRAM = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("partitioned_pipelines", run_name="__main__")
"""


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_the_served_pages_agree_and_end_with_ctrl_c(both: Deployment, end: signal.Signals) -> None:
    """With a browser's steps: the page that asks for the token, the session, the first page, all pipelines' tables."""
    command = [sys.executable, "-c", _PROGRAM, "ui", "--json", "--project", str(both.project)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        address = json.loads(process.stdout.readline())
        origin, _, token = address["url"].partition("/#token=")
        browser = build_opener(HTTPCookieProcessor())
        assert "sign-in" in browser.open(origin).read().decode()
        home = browser.open(f"{origin}/session", urlencode({"token": token}).encode()).read().decode()
        assert "<h1" in home
        for _ in range(150):
            served = json.load(browser.open(f"{origin}/api/lake.json"))
            if any(table["states"] for table in served["tables"]):
                break
            time.sleep(0.2)
        for table in served["tables"]:
            assert browser.open(f"{origin}/table/{table['id']}").status == 200
        process.send_signal(end)
        _, notes = process.communicate(timeout=60)
    assert process.returncode == 0, notes
    assert token not in notes
    printed = json.loads(both.command("status", "--json").stdout)
    assert [table["states"] for table in served["tables"]] == [table["states"] for table in printed["tables"]]
    assert served["verdict"] == printed["verdict"]
