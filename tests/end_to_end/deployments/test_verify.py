"""Tests of a complete verification on a separate local cloud."""

import json
import os
import subprocess
import sys

import pytest

from tests.end_to_end.deployment import ROOT

NOT_ON_LOCAL = {"A06", "A18", "A20", "A29", "A41", "A43"}

pytestmark = [pytest.mark.e2e, pytest.mark.heavy, pytest.mark.timeout(900)]


def test_all_that_the_local_cloud_can_show_holds_and_nothing_is_left() -> None:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "PYTEST_"))}
    finished = subprocess.run(
        [sys.executable, "-m", "partitioned_pipelines", "verify", "--target", "local", "--json"],
        cwd=ROOT,
        env=clean,
        capture_output=True,
        text=True,
        timeout=800,
        check=False,
    )
    document = json.loads(finished.stdout)
    outcomes = {one["id"]: one["outcome"] for one in document["assumptions"]}
    wrong = [one for one in document["assumptions"] if one["outcome"] not in {"held", "by hand", "not on local"}]
    assert wrong == []
    assert {one for one, outcome in outcomes.items() if outcome == "not on local"} == NOT_ON_LOCAL
    steps = {step["name"]: step["status"] for step in document["steps"]}
    assert {name: status for name, status in steps.items() if status != "ok"} == {"transport": "not on local"}
    assert (document["left"], document["held"], document["interrupted"]) == ([], True, False)
    assert finished.returncode == 0, finished.stderr
