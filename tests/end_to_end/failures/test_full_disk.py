"""Tests of every command on a full disk: an error message, never a traceback."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.deployment import PROJECTS

IN_A_NAMESPACE = ["unshare", "--map-root-user", "--mount", "bash", "-c"]
CAN_MOUNT = (
    shutil.which("unshare") is not None
    and subprocess.run([*IN_A_NAMESPACE, "mount -t tmpfs none /mnt"], capture_output=True, check=False).returncode == 0
)
pytestmark = [
    pytest.mark.skipif(not CAN_MOUNT, reason="the system lets nobody mount a disk of their own (unshare)"),
    pytest.mark.timeout(1200),
]
# The session in the namespace: a disk with a project, temporary files and the cache; then the commands, one JSON line for each.
SESSION = """
set -eu
mount -t tmpfs -o size="$SIZE" none "$DISK"
mkdir "$DISK/tmp"
cp -r "$PROJECT" "$DISK/project"
export TMPDIR="$DISK/tmp" XDG_CACHE_HOME="$DISK/cache"
cd "$DISK/project"
exec "$PYTHON" - <<'PYTHON'
%s
PYTHON
"""
RUN = """
import json, os, shutil, subprocess, sys

def fill(leaving=0):
    if os.path.exists("../filler"):
        os.unlink("../filler")
    with open("../filler", "wb") as file:
        try:
            while shutil.disk_usage("..").free > leaving:
                file.write(bytes(4096))
                file.flush()
        except OSError:
            pass

def run(*arguments):
    done = subprocess.run([os.environ["PIPELINES"], *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    print(json.dumps([arguments, done.returncode, done.stdout, done.stderr]), flush=True)
"""
STEP = ["step", "word_count", "count", "--date", "2026-01-01", "--input", "text=words.txt", "--output", "out"]
JOB = ["run", "word_count", "--date", "2026-01-01", "--input", "text=words.txt", "--no-deploy"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    copy = tmp_path / "project"
    shutil.copytree(PROJECTS / "outside", copy)
    (copy / "words.txt").write_text("the cat and the dog", encoding="utf-8")
    return copy


def on_a_disk(project: Path, size: str, commands: str) -> list[tuple[list[str], int, str, str]]:
    """Run commands in a project on a separate disk; return each command, its exit code, and its output."""
    disk = project.with_name("disk")
    disk.mkdir()
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTEST_"))}
    pipelines = str(Path(sys.executable).with_name("pipelines"))
    done = subprocess.run(
        [*IN_A_NAMESPACE, SESSION % (RUN + commands)],
        env=clean | {"DISK": str(disk), "PROJECT": str(project), "SIZE": size, "PYTHON": sys.executable, "PIPELINES": pipelines},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


def test_commands_on_a_full_disk(project: Path) -> None:
    commands = [["new", "demo"], ["synth"], ["local", "up"], STEP, ["deploy"], ["run", *JOB[1:-1]]]
    # The image of a step is built on the machine's own disk, which has space.
    ran = on_a_disk(project, "8m", "fill()\n" + "".join(f"run(*{command!r})\n" for command in commands))
    assert len(ran) == len(commands)
    for arguments, code, out, err in ran:
        said = f"{shlex.join(arguments)}: {out}{err}"
        assert "Traceback" not in said
        assert code in (1, 3), said
        assert err.count("error: ") == 1, said
        if arguments[0] != "deploy":  # there is no cloud to deploy to, which it reports
            assert "no space left on device" in err.lower(), said
            assert "df -h ." in err, said


@pytest.mark.e2e
@pytest.mark.heavy  # a cloud and a deployment
def test_a_local_cloud_on_a_disk_that_fills_up(project: Path) -> None:
    """A job that fills the disk fails with the script's own traceback; a job that cannot start reports the reason."""
    script = project / "code" / "count_words.py"
    text = script.read_text(encoding="utf-8")
    big = 'import pathlib\npathlib.Path("/opt/ml/processing/output/big").write_bytes(bytes(20_000_000))\n'
    script.write_text(text + big, encoding="utf-8")
    commands = f"""
run("local", "up")
fill(leaving=10_000_000)
run(*{JOB!r})
fill()
run(*{JOB!r})
run(*{STEP!r})
run("query", "SELECT 1 AS x", "--json")
run("local", "down")
"""
    up, big_job, no_job, step, query, down = on_a_disk(project, "80m", commands)
    assert up[1] == 0, up
    for _, code, out, err in (big_job, no_job, step):
        assert code == 1, out + err
        assert "No space left on device" in err
    # PlanRun's environment is still there from the first run, as on Lambda.
    assert "count failed: States.TaskFailed: InternalServerError: [Errno 28] No space left on device" in no_job[3]
    assert "Traceback" not in no_job[3] + step[3].split("OSError")[0]
    assert query[1] in (0, 1), query
    assert down[1] == 0, down
