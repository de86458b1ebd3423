"""Tests that data never sends control characters to a terminal, in any command's text output."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
import typer

from partitioned_pipelines.cli.commands.run import finish
from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.cli.runs.results.run_report import RunError, RunReport
from partitioned_pipelines.cli.terminal.output import note, print_error, print_json, print_table, say
from partitioned_pipelines.lake.unsafe_text import visible
from partitioned_pipelines.runtime.executions.history import Failed

if TYPE_CHECKING:
    from partitioned_pipelines.cli.settings import Settings
    from partitioned_pipelines.spec import Pipeline

CONTROLS = [*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0))]
UNSAFE = [
    *CONTROLS,
    *"\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029\ud800\udcff",
]
HOSTILE = "".join(f"{character}x" for character in UNSAFE) + "\nerror: forged"
CLI = Path(__file__).parents[3] / "partitioned_pipelines" / "cli"


def is_safe(output: str) -> bool:
    """Check an output by Unicode's categories: no controls except our newlines, no surrogates, no bidirectional controls."""
    return not any(
        unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}
        or unicodedata.bidirectional(character) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
        or character in "\u061c\u200e\u200f"
        for character in output.replace("\n", "")
    )


@pytest.mark.parametrize("character", UNSAFE, ids=ascii)
def test_every_unsafe_character_is_visible(character: str) -> None:
    assert is_safe(visible(f"a{character}b"))
    assert "\n" not in visible(f"a{character}b")
    assert visible(f"a{character}b").encode().decode() != f"a{character}b"


def test_other_text_is_as_it_was() -> None:
    text = "特徴量 é ñ 👩‍👩‍👧 \\n 'quoted' עברית"
    assert visible(text) == text


def test_each_way_to_print_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    note(HOSTILE)
    say(HOSTILE)
    print_table([HOSTILE], [[HOSTILE], [None]])
    print_error(CommandError(f"it failed: {HOSTILE}", HOSTILE))
    out, err = capsys.readouterr()
    assert is_safe(out)
    assert is_safe(err)
    assert [line for line in (out + err).splitlines() if line.startswith("error:")] == [err.splitlines()[1]]
    assert len(out.splitlines()) == 1 + 3, "a line is what is printed, not what is in it"


def test_a_forged_error_in_an_exit_message_and_a_log(capsys: pytest.CaptureFixture[str]) -> None:
    cause = json.dumps({"ExitMessage": HOSTILE, "ProcessingJobName": f"job{HOSTILE}"})
    error = RunError.from_failure(Failed(f"step{HOSTILE}", 1.0, f"Error{HOSTILE}", cause), None)
    report = RunReport(
        f"arn{HOSTILE}", "FAILED", {}, RunError(error.state, error.error, cause, error.message, error.job_name, (), None, (HOSTILE,))
    )  # fmt: skip
    settings = cast("Settings", SimpleNamespace(json=False, local=False))
    with pytest.raises(typer.Exit):
        finish(settings, report, cast("Pipeline", SimpleNamespace(name="p", tables=())), ())
    err = capsys.readouterr().err
    assert is_safe(err)
    assert not [line for line in err.splitlines() if line.startswith("error:")]
    assert "error: forged" in err


def test_json_keeps_the_text_and_escapes_it(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({HOSTILE: [HOSTILE, "特"]})
    out = capsys.readouterr().out
    assert is_safe(out)
    assert json.loads(out) == {HOSTILE: [HOSTILE, "特"]}
    assert "特" in out


def test_no_command_prints_past_this() -> None:
    """All modules print through partitioned_pipelines.cli.terminal.output, so that the tests above hold for every command.

    Only the CDK CLI writes to the terminal itself when it prompts: it shows resource names, which CloudFormation validates.
    """
    past = re.compile(r"\bprint\(|sys\.std(out|err)\.(write|buffer)|typer\.(s?echo)|click\.s?echo|Console\(")
    found = [
        str(path.relative_to(CLI))
        for path in CLI.rglob("*.py")
        if "templates" not in path.parts
        and "project" not in path.parts
        and past.search(path.read_text(encoding="utf-8"))
    ]
    assert set(found) <= {"deployment/cdk.py", "terminal/output.py"}
