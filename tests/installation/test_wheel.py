"""Tests of what ``pip install .`` installs: every file that the code opens, and commands that find them from any folder."""

from __future__ import annotations

import json
import tomllib
import zipfile
from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.cli.target.locations import APP_FILES
from tests.end_to_end.deployment import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.installation.conftest import Installation

PACKAGES = ["lambdas", "partitioned_pipelines", "stacks"]


def test_the_wheel_holds_the_packages_files_and_no_others(wheel: Path) -> None:
    """A file that the code opens by path is in a package's folder: it is in the wheel, byte for byte."""
    expected = {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and not _is_of_a_tool(path.relative_to(ROOT))
    }
    with zipfile.ZipFile(wheel) as archive:
        found = {name: archive.read(name) for name in archive.namelist() if ".dist-info/" not in name}
    assert sorted(found) == sorted(expected)
    assert found == expected


def _is_of_a_tool(path: Path) -> bool:
    """Return whether a file was written by Python or a linter."""
    return any(folder == "__pycache__" or folder.startswith(".") for folder in path.parts[:-1])


def test_every_package_of_the_clone_is_in_it() -> None:
    assert sorted(path.parent.name for path in ROOT.glob("*/__init__.py")) == PACKAGES


def test_what_the_app_is_made_of_is_linked_into_its_package() -> None:
    """The links point to files at the top of the clone, and are relative: a clone may be in any folder."""
    links = {path.name: path.readlink().as_posix() for path in APP_FILES.iterdir() if path.name != "__pycache__"}
    assert links == {
        name: f"../../{name}" for name in (".npmrc", "app.py", "cdk.json", "package-lock.json", "package.json")
    }


def test_version(installation: Installation) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert installation.pipelines("--version") == f"pipelines {version}\n"
    assert installation.run("python", "-m", "partitioned_pipelines", "--version").stdout == f"pipelines {version}\n"


def test_new_validate_and_synth_from_a_folder_of_the_users(installation: Installation) -> None:
    document = json.loads(installation.pipelines("new", "demo", "--json"))
    project = installation.home / "project"
    assert sorted(document["files"]) == sorted(
        path.relative_to(project).as_posix() for path in project.rglob("*") if path.is_file()
    )
    schema = project / "pipelines" / "pipeline.schema.json"
    assert schema.read_bytes() == (ROOT / "docs" / "pipeline.schema.json").read_bytes()
    assert (
        (project / "pipelines" / "demo.yaml")
        .read_text()
        .startswith("# yaml-language-server: $schema=pipeline.schema.json\n")
    )
    installation.pipelines("validate", "demo")
    installation.pipelines("synth")
    template = json.loads((project / "cdk.out" / "pipelines-demo.template.json").read_text())
    assert "AWS::StepFunctions::StateMachine" in {each["Type"] for each in template["Resources"].values()}
    (archive,) = (project / "cdk.out").glob("asset.*.zip")
    with zipfile.ZipFile(archive) as functions:
        assert "lambdas/register_partitions/handler.py" in functions.namelist()


@pytest.mark.e2e
@pytest.mark.heavy  # a cloud, a deployment and a run: a minute
@pytest.mark.timeout(1800)
def test_from_a_new_pipeline_to_rows(installation: Installation) -> None:
    """The commands that `pipelines new` suggests, verbatim."""
    document = json.loads(installation.pipelines("new", "shop", "--json"))
    try:
        for command in document["next"]:
            done = installation.run("/bin/sh", "-c", command)
            assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        rows = json.loads(
            installation.pipelines("query", "--json", "SELECT item, sold FROM analytics.shop ORDER BY item")
        )
        assert rows == [{"item": "apple", "sold": 2}, {"item": "pear", "sold": 1}]
    finally:
        installation.pipelines("local", "down")
