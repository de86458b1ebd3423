"""Functions that misbehave end within their timeout, and leave nothing behind."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local_cloud.lambda_functions import environment as environment_module
from local_cloud.lambda_functions.environment import ExecutionEnvironment, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Create = Callable[[str], ExecutionEnvironment]

VARIABLES = {
    "AWS_LAMBDA_FUNCTION_NAME": "f",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
    "AWS_LAMBDA_LOG_FORMAT": "Text",
    "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/f",
    "LOCAL_CLOUD_FUNCTION_ARN": "arn:aws:lambda:eu-west-1:123456789012:function:f",
    "PATH": os.defpath,
}


@pytest.fixture
def create(tmp_path: Path) -> Iterator[Create]:
    """Return a function that creates an execution environment from the body of a handler."""
    made: list[ExecutionEnvironment] = []

    def run(body: str) -> ExecutionEnvironment:
        root = tmp_path / "task"
        root.mkdir()
        imports = "import os, signal, subprocess, threading, time"
        lines = "".join(f"    {line}\n" for line in body.splitlines())
        (root / "app.py").write_text(f"{imports}\ndef handle(event, context):\n{lines}", encoding="utf-8")
        made.append(ExecutionEnvironment(Settings(root, "app.handle", VARIABLES), tmp_path))
        return made[-1]

    yield run
    for each in made:
        each.close()


def invoke(environment: ExecutionEnvironment, event: Any = None, *, timeout: float = 3) -> tuple[bool, Any]:
    """Return whether the handler failed, and its response or the type of its error; it must have ended by its timeout."""
    started = time.monotonic()
    answer = environment.invoke(event, "id", timeout)
    assert time.monotonic() - started < timeout + 5
    document = json.loads(answer.response)
    return answer.failed, document["errorType"] if answer.failed else document


def test_a_handler_that_closes_its_descriptors_is_ended_at_its_timeout(create: Create) -> None:
    environment = create("os.closerange(3, 1000)\ntime.sleep(30)")
    assert invoke(environment) == (True, "Sandbox.Timedout")
    assert not environment.is_usable


def test_a_handler_that_closes_its_descriptors_has_not_answered(create: Create) -> None:
    environment = create("os.closerange(3, 1000)\nreturn 'answer'")
    assert invoke(environment) == (True, "Runtime.ExitError")
    assert not environment.is_usable


def test_a_process_that_reads_no_event_is_ended_at_its_timeout(create: Create) -> None:
    environment = create("threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGSTOP)).start()")
    assert invoke(environment) == (False, None)
    time.sleep(0.5)
    assert invoke(environment, "x" * 1_000_000, timeout=1) == (True, "Sandbox.Timedout")


def test_big_events_and_answers(create: Create) -> None:
    big = "é" * 5_000_000
    assert invoke(create("return event"), big, timeout=30) == (False, big)


def test_what_a_handler_has_started_ends_with_it(create: Create) -> None:
    environment = create("print(subprocess.Popen(['sleep', '600']).pid, flush=True)\ntime.sleep(600)")
    child = int(environment.invoke(None, "id", 2).log)
    for _ in range(50):
        found = subprocess.run(["ps", "-o", "stat=", "-p", str(child)], capture_output=True, text=True, check=False)
        if found.stdout.strip()[:1] in ("", "Z"):
            return
        time.sleep(0.1)
    raise AssertionError(found)


def test_a_fork_of_a_handler_does_not_answer(create: Create) -> None:
    environment = create("os.fork()\nreturn event")
    for number in range(5):
        assert invoke(environment, number) == (False, number)
        time.sleep(0.1)


def test_only_the_first_part_of_endless_output_is_kept(create: Create, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment_module, "_MOST_PRINTED", 1000)
    environment = create("print('x' * 5000 if event else 'short')")
    log = environment.invoke(1, "id", 5).log
    assert log.startswith("x" * 1000 + "\n")
    assert "(4,001 more bytes were printed" in log
    assert environment.invoke(0, "id", 5).log == "short\n"


def open_descriptors() -> int:
    return sum(1 for _ in Path("/dev/fd").iterdir())


def test_a_process_that_cannot_be_started_leaves_nothing(
    create: Create, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    before = open_descriptors()
    with pytest.raises(OSError, match="no more processes"):
        create("return 1")
    assert open_descriptors() == before
    assert [path.name for path in tmp_path.iterdir()] == ["task"]
