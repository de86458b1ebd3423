"""Tests of the ``step --output`` folder: which files a record allows to be deleted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.cli.steps.output_folder import OutputFolder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def written(tmp_path: Path) -> OutputFolder:
    folder = OutputFolder(tmp_path / "out")
    for name in ("dt=1/a.csv", "dt=1/b.csv", "c.csv"):
        file = folder.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name, encoding="utf-8")
    folder.record([folder.path / "dt=1/a.csv", folder.path / "dt=1/b.csv", folder.path / "c.csv"])
    return folder


def left(folder: OutputFolder) -> set[str]:
    return {
        path.relative_to(folder.path).as_posix() for path in folder.path.rglob("*") if not path.name.startswith(".")
    }


def test_what_was_recorded_is_deleted_with_its_folders(written: OutputFolder) -> None:
    written.check(force=False)
    written.clear()
    assert left(written) == set()


@pytest.mark.parametrize("name", ["dt=1/a.csv", "mine.txt", "dt=2/.hidden"])
def test_what_is_not_as_it_was_written_stays(written: OutputFolder, name: str) -> None:
    file = written.path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("by hand", encoding="utf-8")
    with pytest.raises(CommandError, match=f"holds {name}"):
        written.check(force=False)
    written.check(force=True)
    written.clear()
    assert file.read_text(encoding="utf-8") == "by hand"


@pytest.mark.parametrize("record", ["", "[]", "{}", '{"files": 1}', '{"files": {"c.csv": 1}}', "\x00"])
def test_a_record_that_is_damaged_deletes_nothing(written: OutputFolder, record: str) -> None:
    (written.path / ".pipelines-step.json").write_text(record, encoding="utf-8")
    with pytest.raises(CommandError, match=r"holds c\.csv"):
        written.check(force=False)
    written.clear()
    assert "c.csv" in left(written)


def test_a_record_reaches_nothing_outside_the_folder(written: OutputFolder, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("", encoding="utf-8")
    state = [0, outside.stat().st_mtime_ns]
    record = json.dumps({"files": {"../outside": state, str(outside): state}})
    (written.path / ".pipelines-step.json").write_text(record, encoding="utf-8")
    written.clear()
    assert outside.exists()
