"""What stands in the place of a state file is refused by name, and never waited for."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.cli.deployment.kept_assembly import synthesized
from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.target.local_state import LocalState
from partitioned_pipelines.cli.target.state_files import open_state_file
from partitioned_pipelines.spec import load_project

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Invoke

pytestmark = pytest.mark.timeout(60)

COMMANDS = [["local", "status"], ["local", "down"], ["local", "up"], ["runs", "word_count"]]


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        here = os.open(path.parent, os.O_RDONLY)
        listening.bind(f"/proc/self/fd/{here}/{path.name}")  # a socket's path has at most 107 bytes
        os.close(here)


KINDS: dict[str, Callable[[Path], object]] = {
    "a FIFO": os.mkfifo,
    "a folder": os.mkdir,
    "a socket": _socket,
    "a link": lambda path: path.symlink_to("/dev/zero"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_it_is_refused_by_name(invoke: Invoke, project: Path, command: list[str], kind: str) -> None:
    lock = project / ".pipelines" / "local_cloud.lock"
    lock.parent.mkdir()
    KINDS[kind](lock)
    shown = invoke(*command, "--project", project)
    assert shown.exit_code == ExitCode.INVALID
    assert f"{lock} is {kind}, but the commands need a file of their own there" in shown.stderr
    assert f"move it away: mv {lock}" in shown.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_other_locks_and_the_state_are_refused_too(project: Path, kind: str) -> None:
    state = LocalState(project)
    (project / ".pipelines" / "synthesized").mkdir(parents=True)
    for name in ("deploy.lock", "synthesized/lock", "local_cloud.json"):
        KINDS[kind](project / ".pipelines" / name)
    with pytest.raises(CommandError, match=f"deploy.lock is {kind}, but"), state.deploying():
        pass
    with pytest.raises(CommandError, match=f"lock is {kind}, but"), synthesized(load_project(project), "p", Path.mkdir):
        pass
    with pytest.raises(CommandError, match=f"local_cloud.json is {kind}, but"):
        open_state_file(state.file)
    if kind == "a folder":
        with pytest.raises(CommandError, match="json is a folder, but"):
            state.forget()
    else:
        state.forget()
        assert not os.path.lexists(state.file)


def test_a_file_of_another_user_is_not_believed(invoke: Invoke, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / ".pipelines").mkdir()
    lock = project / ".pipelines" / "local_cloud.lock"
    lock.write_text('{"pid": 1, "endpoint": "http://evil.example", "access_key_id": "a", "secret_access_key": "b"}')
    monkeypatch.setattr(os, "geteuid", lambda: lock.stat().st_uid + 1)
    shown = invoke("local", "status", "--project", project)
    assert shown.exit_code == ExitCode.INVALID
    assert f"{lock} is a file of another user (user id {lock.stat().st_uid})" in shown.stderr
