"""Tests of the state of a project's local cloud, identified by a lock that is held as long as the cloud runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.settings import Settings, Target
from partitioned_pipelines.cli.target.cloud_process import CloudProcess, start_cloud, stop_process
from partitioned_pipelines.cli.target.clouds import find_running, start_project_cloud
from partitioned_pipelines.cli.target.local_endpoint import LocalEndpoint
from partitioned_pipelines.cli.target.local_state import LocalState, RunningCloud

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Invoke

ENDPOINT = LocalEndpoint("http://localhost:1", "AKIA", "secret")
SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


@pytest.fixture
def state(tmp_path: Path) -> LocalState:
    return LocalState(tmp_path)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path, Target.LOCAL, "pipelines", json=False)


@pytest.fixture
def holder(state: LocalState) -> Iterator[subprocess.Popen[bytes]]:
    """Yield a process that holds the lock and has written its content like a cloud."""
    with state.claim() as lock:
        assert lock
        process = subprocess.Popen([*SLEEP, str(state.cloud_folder)], pass_fds=[lock.fileno()], start_new_session=True)
    say(state, process.pid)
    yield process
    stop_process(process)


def say(state: LocalState, pid: object) -> None:
    """Write the content of a cloud's lock file."""
    said = {"pid": pid, "endpoint": ENDPOINT.url, "access_key_id": "AKIA", "secret_access_key": "secret"}
    state.lock_file.write_text(json.dumps(said), encoding="utf-8")


def test_a_project_that_never_had_one(state: LocalState, tmp_path: Path) -> None:
    assert state.running() is None
    assert list(tmp_path.iterdir()) == [], "looking leaves nothing behind"


def test_a_running_cloud_is_found_and_its_place_is_taken(state: LocalState, holder: subprocess.Popen[bytes]) -> None:
    assert state.running() == RunningCloud(holder.pid, ENDPOINT)
    assert state.left_behind() is None
    with state.claim() as lock:
        assert lock is None


def test_stopping_it_waits_until_it_has_ended(state: LocalState, holder: subprocess.Popen[bytes]) -> None:
    running = state.running()
    assert running
    state.stop(running)
    assert holder.wait(10) != 0
    assert state.running() is None
    assert not state.file.exists()


def test_a_cloud_that_was_killed_is_left_behind_once(state: LocalState, holder: subprocess.Popen[bytes]) -> None:
    holder.kill()
    holder.wait()
    assert state.running() is None
    assert state.left_behind() == holder.pid
    assert state.left_behind() is None


def test_a_process_that_got_the_same_id_is_no_cloud(state: LocalState) -> None:
    with state.claim():
        pass
    process = subprocess.Popen(SLEEP, start_new_session=True)
    try:
        say(state, process.pid)
        assert state.running() is None
    finally:
        stop_process(process)


def test_one_that_is_starting_is_waited_for(state: LocalState, holder: subprocess.Popen[bytes]) -> None:
    state.lock_file.write_text(json.dumps({"pid": 1}), encoding="utf-8")
    timer = threading.Timer(0.3, say, [state, holder.pid])
    timer.start()
    assert state.running() == RunningCloud(holder.pid, ENDPOINT)
    timer.join()


def test_one_that_never_comes_up_is_an_error(state: LocalState, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("partitioned_pipelines.cli.target.local_state._STARTS_WITHIN_SECONDS", 0.2)
    with state.claim() as lock:
        assert lock
        state.say_starting(lock)
        with pytest.raises(CommandError, match="does not become ready") as caught:
            state.running()
    assert caught.value.exit_code == ExitCode.NO_CLOUD


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', '{"pid": 1, "endpoint": {}}', "\x00"])
def test_what_a_free_lock_says_is_nothing(state: LocalState, text: str) -> None:
    with state.claim():
        pass
    state.lock_file.write_text(text, encoding="utf-8")
    assert state.running() is None
    assert state.left_behind() is None
    assert state.lock_file.read_text() == ""


def test_what_is_deployed_is_remembered_by_prefix(state: LocalState, holder: subprocess.Popen[bytes]) -> None:
    for prefix, digest in ("a", "1"), ("b", "2"), ("a", None):
        state.record_deployment(prefix, digest)
    assert json.loads(state.file.read_text(encoding="utf-8"))["deployed"] == {"b": "2"}
    state.forget()
    assert state.running() == RunningCloud(holder.pid, ENDPOINT, {"b": "2"}), "one that runs is not forgotten"
    stop_process(holder)
    state.forget()
    state.record_deployment("a", "1")
    assert not state.file.exists(), "a cloud that has ended is not brought back by a deployment"


def test_one_deploys_at_a_time(state: LocalState) -> None:
    order: list[str] = []
    entered = threading.Event()

    def second() -> None:
        entered.set()
        with state.deploying():
            order.append("second")

    with state.deploying():
        thread = threading.Thread(target=second)
        thread.start()
        entered.wait()
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_version_control_does_not_see_it(state: LocalState, tmp_path: Path) -> None:
    with state.claim():
        pass
    assert (tmp_path / ".pipelines" / ".gitignore").read_text() == "*\n"


def test_two_that_start_one_at_once_get_the_same(settings: Settings, state: LocalState, invoke: Invoke) -> None:
    with ThreadPoolExecutor(2) as pool:
        starts = [pool.submit(start_project_cloud, settings, port=0, ends_with_this_process=True) for _ in range(2)]
        first, second = (start.result() for start in starts)
    started, found = (first, second) if isinstance(first, CloudProcess) else (second, first)
    assert isinstance(started, CloudProcess)
    try:
        assert isinstance(found, RunningCloud)
        assert (found.pid, found.endpoint) == (started.pid, started.endpoint)
        assert find_running(settings) == found

        shown = invoke("local", "status", "--project", settings.project, "--json")
        assert shown.exit_code == 0
        document = json.loads(shown.stdout)
        assert document["running"] is True
        assert (document["endpoint"], document["pid"]) == (found.endpoint.url, found.pid)
        assert document["environment"]["AWS_ENDPOINT_URL"] == found.endpoint.url

        for stopped in True, False:
            shown = invoke("local", "down", "--project", settings.project, "--json")
            assert (shown.exit_code, json.loads(shown.stdout)) == (0, {"stopped": stopped})
    finally:
        started.stop()
    assert started.process.returncode == 0
    assert state.running() is None
    assert not state.cloud_folder.exists()


def test_a_cloud_that_does_not_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "cloud.log").touch()
    running = start_cloud(tmp_path / "running", ends_with_this_process=True)
    try:
        port = int(running.endpoint.url.rsplit(":", 1)[1])
        with pytest.raises(CommandError, match="did not start: its process ended with 1") as caught:
            start_cloud(tmp_path / "state", port=port, ends_with_this_process=True)
        assert caught.value.exit_code == ExitCode.NO_CLOUD
        assert "in use" in caught.value.message
    finally:
        running.stop()


def test_nobody_else_can_read_the_access_key(state: LocalState, tmp_path: Path) -> None:
    (tmp_path / ".pipelines").mkdir()
    state.lock_file.touch(mode=0o644)
    with state.claim():
        assert state.lock_file.stat().st_mode & 0o777 == 0o600


def test_a_cloud_s_ready_line_is_for_its_owner_alone(tmp_path: Path) -> None:
    (tmp_path / "ready.json").touch(mode=0o644)
    running = start_cloud(tmp_path, ends_with_this_process=True)
    try:
        assert (tmp_path / "ready.json").stat().st_mode & 0o777 == 0o600
        assert running.endpoint.secret_access_key not in repr(running.endpoint)
    finally:
        running.stop()


def test_a_process_of_somebody_else_is_never_ended(
    state: LocalState, holder: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("partitioned_pipelines.cli.target.local_state._WRITES_WITHIN_SECONDS", 0.2)
    with subprocess.Popen(SLEEP) as foreign:
        say(state, foreign.pid)
        with pytest.raises(CommandError, match=f"names process {foreign.pid}, which is not this project's local cloud"):
            state.running()
        assert (foreign.poll(), holder.poll()) == (None, None)
        foreign.kill()


@pytest.mark.parametrize(
    "text", ["[]", "1", "null", "", "\x00", "[" * 100_000, "{", '{"pid": 1}', '{"pid": 1, "deployed": [1]}']
)
def test_a_state_file_that_was_changed_costs_a_deployment(
    state: LocalState, holder: subprocess.Popen[bytes], text: str
) -> None:
    state.record_deployment("pipelines", "digest")
    state.file.write_text(text.replace("1", str(holder.pid)), encoding="utf-8")
    assert state.running() == RunningCloud(holder.pid, ENDPOINT)
    state.record_deployment("pipelines", "digest")
    assert state.running() == RunningCloud(holder.pid, ENDPOINT, {"pipelines": "digest"})


@pytest.mark.timeout(60)
def test_a_state_file_that_is_none_is_refused(state: LocalState, holder: subprocess.Popen[bytes]) -> None:
    os.mkfifo(state.file)
    with pytest.raises(CommandError, match="is a FIFO, but the commands need a file of their own"):
        state.running()
    assert holder.poll() is None


@pytest.mark.parametrize("pid", ["1", -1, True, None])
def test_a_lock_that_was_changed_is_an_error_in_words(
    state: LocalState,
    holder: subprocess.Popen[bytes],
    pid: object,
    invoke: Invoke,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("partitioned_pipelines.cli.target.local_state._WRITES_WITHIN_SECONDS", 0.2)
    say(state, pid)
    for command in "status", "down":
        shown = invoke("local", command, "--project", tmp_path)
        assert shown.exit_code == ExitCode.NO_CLOUD
        assert "local_cloud.lock does not say where: it is damaged" in shown.stderr
    assert holder.poll() is None


@pytest.mark.parametrize(
    "arguments",
    [
        ["local", "status"],
        ["local", "down"],
        ["local", "up"],
        ["runs", "word_count"],
        ["run", "word_count", "--date", "2026-01-01"],
    ],
)
def test_a_file_where_the_state_is_kept(invoke: Invoke, project: Path, arguments: list[str]) -> None:
    (project / ".pipelines").write_text("", encoding="utf-8")
    shown = invoke(*arguments, "--project", project)
    assert shown.exit_code in (ExitCode.INVALID, ExitCode.NO_CLOUD)
    assert ".pipelines is a file, but the commands need a folder of that name for their state" in shown.stderr
    assert (project / ".pipelines").is_file()


def test_what_a_real_trino_needs_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local_cloud.athena.trino.assembly._java_homes", lambda: iter([]))
    with pytest.raises(CommandError, match="needs a JDK 24 or newer") as caught:
        start_cloud(tmp_path / "state", athena="trino", ends_with_this_process=True)
    assert caught.value.exit_code == ExitCode.NO_CLOUD
    assert not (tmp_path / "state").exists()
