"""Tests of ``pipelines step``: a single script in this terminal, on an image with plain Python."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

# The Python that runs this test, so that none has to be downloaded.
FROM = f"FROM python:{sys.version_info.major}.{sys.version_info.minor}-slim\n"
SCRIPT = """\
import os, sys
from pathlib import Path
from beside import shout

text = Path("/opt/ml/processing/input/text/20261120.txt").read_text()
if "stop" in text:
    breakpoint()
if "fail" in text:
    Path("/opt/ml/output").mkdir(exist_ok=True)
    Path("/opt/ml/output/message").write_text("the 特徴量 is missing")
    print("about to fail")
    sys.exit(3)
folder = Path("/opt/ml/processing/output") / f"dt={os.environ['PROCESS_DATE']}"
folder.mkdir(parents=True)
(folder / "words.csv").write_text(f"{shout(text)},{sys.argv[1:]}\\n")
"""


@pytest.fixture
def project(project: Path) -> Path:
    """Return word_count's project without packages to install."""
    code = project / "code"
    (code / "Dockerfile").write_text(FROM, encoding="utf-8")
    (code / "count_words.py").write_text(SCRIPT, encoding="utf-8")
    (code / "beside.py").write_text("def shout(text):\n    return text.upper()\n", encoding="utf-8")
    return project


def command(project: Path, text: str, *options: str) -> list[str]:
    (project / "text").write_text(text, encoding="utf-8")
    return [
        str(Path(sys.executable).with_name("pipelines")), "step", "word_count", "count", "--date", "2026-11-20",
        "--input", f"text={project / 'text'}", "--output", str(project / "out"), "--project", str(project), *options,
    ]  # fmt: skip


def step(project: Path, text: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(project, text, *options), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )


def test_the_output_lands_in_the_folder(project: Path) -> None:
    done = step(project, "a cat")
    assert done.returncode == 0, done.stderr
    written = project / "out" / "dt=2026-11-20" / "words.csv"
    assert written.read_text() == "A CAT,['--words', '3']\n"
    assert done.stdout == f"{written}\n"
    assert not (project / ".pipelines").exists(), "no cloud is involved"


def test_what_is_there_is_kept_unless_it_is_to_be_written_over(project: Path) -> None:
    out = project / "out" / "dt=2026-11-20"
    out.mkdir(parents=True)
    for name in "words.csv", "other.csv":
        (out / name).write_text("old", encoding="utf-8")
    refused = step(project, "a cat")
    assert refused.returncode == 2
    assert "--force" in refused.stderr
    assert (out / "words.csv").read_text() == "old"
    forced = step(project, "a cat", "--force", "--json")
    assert forced.returncode == 0, forced.stderr
    assert (out / "words.csv").read_text().startswith("A CAT")
    assert (out / "other.csv").read_text() == "old"
    document = json.loads(forced.stdout)
    assert document == {"exit_code": 0, "exit_message": "", "timed_out": False, "files": [str(out / "words.csv")]}


def test_a_step_that_is_repeated_leaves_nothing_of_the_one_before(project: Path) -> None:
    out = project / "out"
    assert step(project, "a cat").returncode == 0
    script = project / "code" / "count_words.py"
    script.write_text(SCRIPT.replace("words.csv", "lines.csv"), encoding="utf-8")
    assert step(project, "a cat").returncode == 0
    assert [path.name for path in out.rglob("*.csv")] == ["lines.csv"]
    (out / "dt=2026-11-20" / "lines.csv").write_text("edited by hand", encoding="utf-8")
    refused = step(project, "a cat")
    assert refused.returncode == 2
    assert "out holds dt=2026-11-20/lines.csv" in refused.stderr


def test_quiet_leaves_out_what_the_script_prints(project: Path) -> None:
    done = step(project, "fail", "--quiet")
    assert "about to fail" not in done.stderr
    assert "count failed with exit code 3" in done.stderr


def test_a_script_that_fails(project: Path) -> None:
    done = step(project, "fail", "--json")
    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert (document["exit_code"], document["exit_message"], document["files"]) == (3, "the 特徴量 is missing", [])
    assert "about to fail" in done.stderr
    assert "count failed with exit code 3: the 特徴量 is missing" in done.stderr


def test_an_image_that_needs_a_container_engine_is_refused_by_line(project: Path) -> None:
    (project / "code" / "Dockerfile").write_text(FROM + "RUN apt-get install gcc\n", encoding="utf-8")
    done = step(project, "a cat")
    assert done.returncode == 2
    assert "Dockerfile:2" in done.stderr
    assert "Traceback" not in done.stderr


def test_breakpoint_works_in_a_terminal(project: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command(project, "stop"), stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    said = read_until(ours, "(Pdb)")
    assert "count_words.py" in said
    os.write(ours, b"p 'seen ' + text\n")
    assert "'seen stop'" in read_until(ours, "(Pdb)")
    os.write(ours, b"continue\n")
    said = read_until(ours, None)
    os.close(ours)
    assert process.wait(60) == 0, said
    assert (project / "out" / "dt=2026-11-20" / "words.csv").read_text().startswith("STOP")


def read_until(terminal: int, prompt: str | None) -> str:
    """Return a terminal's output up to a prompt or to its end."""
    said = b""
    while prompt is None or prompt.encode() not in said:
        try:
            part = os.read(terminal, 4096)
        except OSError:  # raised when the other end of a terminal is closed
            part = b""
        if not part:
            assert prompt is None, said.decode()
            break
        said += part
    return said.decode()
