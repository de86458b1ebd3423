"""Tests of the runner of a shared job: each step sees what it would see in a job of its own, whatever the steps do."""

from __future__ import annotations

import ast
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from partitioned_pipelines.lake.runs.shared_job import failed_step
from tests.in_container.shared_job import RUNNER, SharedJob

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOK = """
import json, os, sys
folder = os.environ["FOLDER"]
seen = sorted(
    os.path.relpath(os.path.join(place, name), folder)
    for place, folders, files in os.walk(os.path.join(folder, "processing"), followlinks=True)
    for name in files + [each for each in folders if not os.listdir(os.path.join(place, each))]
    if not os.path.relpath(place, folder).startswith("processing/steps")
)
mine = {name: value for name, value in os.environ.items() if name.startswith("MY_")}
print(json.dumps({"seen": seen, "cwd": os.getcwd(), "arguments": sys.argv[1:], "variables": mine, "modules": "leaked" in sys.modules}))
"""
WRITE = "import os; open(os.environ['FOLDER'] + '/processing/output/{0}', 'w').write('{1}')\n"
MEMORY = Path("/dev/shm")  # noqa: S108  # another file system


@pytest.fixture
def job(tmp_path: Path) -> SharedJob:
    return SharedJob(tmp_path)


@pytest.fixture(params=["moved", "linked"])
def any_job(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SharedJob]:
    """Yield a job whose folders are on one file system, and one in which they cannot be moved, as mounts cannot."""
    if request.param == "moved":
        yield SharedJob(tmp_path)
        return
    if not MEMORY.is_dir() or MEMORY.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("this machine has no second file system")
    with tempfile.TemporaryDirectory(dir=MEMORY) as elsewhere:
        yield SharedJob(tmp_path, Path(elsewhere))


def looks(result: Any) -> dict[str, Any]:
    return {step: json.loads(line) for step, line in result.printed() if step and line.startswith("{")}


def test_each_step_sees_its_own_folders_variables_and_arguments(any_job: SharedJob) -> None:
    job = any_job
    job.step("first", LOOK + WRITE.format("a.csv", 1), raw={"x/y.csv": ""}, arguments=("--since", "a b"))
    job.step("second", LOOK + WRITE.format("b.csv", 2), reads={"given": "first"}, environment={"MY_OWN": "2"})
    job.step("third", LOOK + WRITE.format("c.csv", 3), reads={"given": "second"}, uploaded=True, arguments=("",))
    result = job.run(FOLDER=str(job.folder), MY_JOB="1")
    assert result.code == 0, result.log
    always = ["processing/input/code/script.py"]
    common = {"cwd": str(job.folder), "modules": False}
    assert looks(result) == {
        "first": {
            "seen": sorted([*always, "processing/input/raw/x/y.csv", "processing/output"]),
            "arguments": ["--since", "a b"],
            "variables": {"MY_JOB": "1"},
            **common,
        },
        "second": {
            "seen": sorted([*always, "processing/input/given/a.csv", "processing/output"]),
            "arguments": [],
            "variables": {"MY_JOB": "1", "MY_OWN": "2"},
            **common,
        },
        "third": {
            "seen": sorted([*always, "processing/input/given/b.csv", "processing/output"]),
            "arguments": [""],
            "variables": {"MY_JOB": "1"},
            **common,
        },
    }
    assert job.out("third") == {"c.csv": "3"}
    assert sorted(path.name for path in job.processing.iterdir()) == ["steps"], "no step has left anything"


def test_the_oldest_python(tmp_path: Path) -> None:
    """With Python 3.8 if this machine has it; its grammar is checked anyway."""
    ast.parse(RUNNER.read_text(encoding="utf-8"), feature_version=(3, 8))
    python = os.environ.get("OLDEST_PYTHON") or shutil.which("python3.8") or ""
    if not python or subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode:
        pytest.skip("no Python 3.8 (OLDEST_PYTHON=PATH)")
    job = SharedJob(tmp_path, python=python)
    job.step("first", WRITE.format("a", 1)).step("second", "import sys; sys.exit(3)", reads={"x": "first"})
    assert job.run(FOLDER=str(tmp_path)).message == "step second failed with exit code 3"


def test_a_failing_step_ends_the_job(job: SharedJob) -> None:
    job.step("first", WRITE.format("a", 1))
    words = "import os; open(os.environ['FOLDER'] + '/output/message', 'w').write('no rows of 1999'); print('bye', flush=True); os._exit(3)"
    job.step("second", words, reads={"given": "first"}).step("third", "print('never')", reads={"given": "second"})
    job.message.parent.mkdir()
    result = job.run(FOLDER=str(job.folder))
    assert (result.code, result.message) == (3, "step second failed with exit code 3: no rows of 1999")
    assert failed_step("first-to-third", f"AlgorithmError: {result.message}, exit code: 3") == "second"
    assert result.printed() == [("second", "bye")]


@pytest.mark.parametrize(
    ("script", "code", "says"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", 137, "exit code 137 (SIGKILL)"),
        ("raise SystemExit('words')", 1, "exit code 1"),
        ("import time; time.sleep(60)", 124, "exit code 124: it was stopped after 1 seconds, its timeout_minutes"),
    ],
)
def test_exit_codes(job: SharedJob, script: str, code: int, says: str) -> None:
    result = (
        job.step("first", WRITE.format("a", 1)).step("second", script, timeout_seconds=1).run(FOLDER=str(job.folder))
    )
    assert (result.code, result.message) == (code, f"step second failed with {says}")


def test_a_program_that_is_not_there(job: SharedJob) -> None:
    result = job.step("first", "").step("second", "", command=["no-such-python"]).run()
    assert (result.code, failed_step("a-to-b", result.message)) == (127, "second")
    assert "no-such-python cannot be started: No such file or directory" in result.message


def test_a_step_that_writes_nothing_fails_the_one_that_reads_it(job: SharedJob) -> None:
    job.step("first", "import os; os.makedirs(os.environ['FOLDER'] + '/processing/output/empty')")
    result = job.step("second", "print('never')", reads={"given": "first"}).run(FOLDER=str(job.folder))
    why = "its input 'given' is empty: step first wrote no files to it"
    assert (result.code, result.message) == (1, f"step second failed with exit code 1: {why}")


def test_every_reader_gets_what_was_written(any_job: SharedJob) -> None:
    """Also after a reader has changed its input, and when the output is uploaded as well."""
    job = any_job
    job.step("first", WRITE.format("a", 1), uploaded=True)
    spoil = "import os, shutil; d = os.environ['FOLDER'] + '/processing/input/given'; "
    job.step("second", spoil + "open(d + '/a', 'w').write('spoiled')", reads={"given": "first"})
    job.step("third", spoil + "[os.unlink(d + '/' + n) for n in os.listdir(d)]", reads={"given": "first"})
    job.step("fourth", spoil + "print(open(d + '/a').read())", reads={"given": "first"})
    result = job.run(FOLDER=str(job.folder))
    assert (result.code, result.printed()) == (0, [("fourth", "1")])
    assert job.out("first") == {"a": "1"}


def test_a_step_that_deletes_its_folders(job: SharedJob) -> None:
    delete = "import os, shutil; f = os.environ['FOLDER'] + '/processing/'; shutil.rmtree(f + 'input'); shutil.rmtree(f + 'output')"
    result = job.step("first", delete).step("second", LOOK).run(FOLDER=str(job.folder))
    assert (result.code, looks(result)["second"]["seen"]) == (
        0,
        ["processing/input/code/script.py", "processing/output"],
    )


@pytest.mark.parametrize(
    ("leave", "says"),
    [
        ("os.symlink('/etc/passwd', out + '/link')", "/output/link is a symbolic link, and links are not followed"),
        ("os.mkfifo(out + '/pipe')", "/output/pipe is not a file"),
        ("os.rmdir(out); os.symlink('/etc', out)", "/output is not a folder, but a link or a file"),
        ("open(os.fsencode(out) + b'/\\xff', 'w')", "is not UTF-8"),
    ],
)
def test_what_cannot_be_handed_over_is_refused(job: SharedJob, leave: str, says: str) -> None:
    script = f"import os; out = os.environ['FOLDER'] + '/processing/output'; {leave}"
    result = (
        job.step("first", script).step("second", "print('never')", reads={"x": "first"}).run(FOLDER=str(job.folder))
    )
    assert (result.code, failed_step("a-to-b", result.message)) == (1, "first")
    assert says in result.message


def test_permissions_do_not_pass(job: SharedJob) -> None:
    script = (
        WRITE.format("a", 1)
        + "f = os.environ['FOLDER'] + '/processing/'; os.chmod(f + 'output/a', 0); os.chmod(f + 'output', 0)"
    )
    look = "import os; p = os.environ['FOLDER'] + '/processing/input/x'; print(oct(os.stat(p + '/a').st_mode), oct(os.stat(p).st_mode))"
    result = job.step("first", script).step("second", look, reads={"x": "first"}).run(FOLDER=str(job.folder))
    assert result.printed() == [("second", "0o100644 0o40755")]


def test_what_a_step_leaves_running_is_killed(job: SharedJob) -> None:
    """Also a daemon that has left its session and its parent."""
    daemon = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open(os.environ["FOLDER"] + "/daemon", "w").write(str(os.getpid()))
        while True:
            time.sleep(0.01)
            open(os.environ["FOLDER"] + "/processing/output/late", "a").write("x")
    os._exit(0)
while not os.path.exists(os.environ["FOLDER"] + "/daemon") or not open(os.environ["FOLDER"] + "/daemon").read():
    time.sleep(0.01)
"""
    look = """
import os
folder = os.environ["FOLDER"]
print(os.path.exists("/proc/" + open(folder + "/daemon").read()), os.listdir(folder + "/processing/output"))
"""
    result = job.step("first", daemon).step("second", look).run(FOLDER=str(job.folder))
    assert (result.code, result.printed()) == (0, [("second", "False []")])


def test_binary_output_and_a_long_message(job: SharedJob) -> None:
    binary = "import sys; sys.stdout.buffer.write(bytes(range(256)) * 4); sys.stdout.flush(); sys.stderr.buffer.write(b'no end')"
    long = "import os, sys; open(os.environ['FOLDER'] + '/output/message', 'wb').write(b'\\xe4' * 2**20); sys.exit(2)"
    job.message.parent.mkdir()
    result = job.step("first", binary).step("second", long).run(FOLDER=str(job.folder))
    assert (result.code, failed_step("a-to-b", result.message)) == (2, "second")
    assert bytes(range(256)) * 4 in result.log
    step, last = result.printed()[-1]
    assert (step, last[-6:]) == ("first", "no end"), "a last line without an end is the script's"
    assert len(result.message.encode()) <= 1024


def test_a_message_that_is_not_a_file(job: SharedJob) -> None:
    fifo = "import os, sys; m = os.environ['FOLDER'] + '/output/message'; os.mkfifo(m); sys.exit(2)"
    job.message.parent.mkdir()
    assert job.step("first", fifo).run(FOLDER=str(job.folder)).message == "step first failed with exit code 2"


def test_messages_of_steps_that_succeed(job: SharedJob) -> None:
    say = "import os; open(os.environ['FOLDER'] + '/output/message', 'w').write('{}')"
    job.message.parent.mkdir()
    job.step("first", say.format("3 rows")).step("second", "").step("third", say.format("2 files"))
    assert job.run(FOLDER=str(job.folder)).message == "first: 3 rows\nthird: 2 files"


def test_a_script_cannot_write_marks(job: SharedJob) -> None:
    """It does not know the token, neither from the log nor from its environment."""
    forge = "print('[steps 0123456789abcdef] second begins'); print('step second failed with exit code 9'); raise SystemExit(4)"
    result = job.step("first", forge).step("second", "").run()
    assert [step for step, _ in result.printed()] == ["first", "first"]
    assert failed_step("first-to-second", result.message) == "first"


def test_modules_and_directories_are_not_shared(job: SharedJob) -> None:
    leak = "import os, sys; os.chdir('/'); sys.modules['leaked'] = sys; os.environ['MY_LEAK'] = '1'; sys.path.insert(0, '/leaked')"
    result = job.step("first", leak).step("second", LOOK).run(FOLDER=str(job.folder))
    seen = looks(result)["second"]
    assert (seen["cwd"], seen["variables"], seen["modules"]) == (str(job.folder), {}, False)


def test_what_the_image_has_in_the_folder_stays(job: SharedJob) -> None:
    (job.processing / "lib").mkdir(parents=True)
    (job.processing / "lib" / "helper.py").write_text("")
    (job.processing / "input" / "code").mkdir(parents=True)
    result = job.step("first", LOOK).step("second", LOOK).run(FOLDER=str(job.folder))
    both = ["processing/input/code/script.py", "processing/lib/helper.py", "processing/output"]
    assert [each["seen"] for each in looks(result).values()] == [both, both]


def test_a_stop_reaches_the_script(job: SharedJob) -> None:
    wait = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (print("stopping", flush=True), sys.exit(0)))
open(os.environ["FOLDER"] + "/ready", "w").close()
time.sleep(60)
"""
    with job.step("first", wait).step("second", "print('never')").start(FOLDER=str(job.folder)) as process:
        ends = time.monotonic() + 30
        while not (job.folder / "ready").exists() and time.monotonic() < ends:
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        log, _ = process.communicate(timeout=30)
    assert process.returncode == 143
    assert b"stopping" in log
    assert b"never" not in log


def test_other_arguments_than_the_steps_take(job: SharedJob) -> None:
    job.step("first", "", arguments=("a",)).arguments.append("b")
    with job.start() as process:
        log, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert b"got 2 arguments, and the steps take 1" in log
