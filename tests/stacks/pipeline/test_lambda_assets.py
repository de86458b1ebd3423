"""Tests of the content of the functions' archive: the handlers need only that and the runtime's boto3."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import aws_cdk as cdk
import boto3
import pytest

from tests.synthesized.synthesis import ROOT, Synthesis, synthesize

FOLDERS = sorted(place.parent.name for place in (ROOT / "lambdas").glob("*/handler.py"))


def archives(synthesis: Synthesis, stack: cdk.Stack) -> dict[str, str]:
    """Return the key of each function's archive, by the folder of its handler."""
    return {
        resource["Properties"]["Handler"].split(".")[1]: resource["Properties"]["Code"]["S3Key"]
        for resource in synthesis.template(stack)["Resources"].values()
        if resource["Type"] == "AWS::Lambda::Function"
    }


def staged_asset(synthesis: Synthesis) -> Path:
    """Return the staged archive of the functions."""
    source_hash = archives(synthesis, synthesis.lake)["watch"].removesuffix(".zip")
    return synthesis.assembly / str(synthesis.asset_manifest(synthesis.lake)["files"][source_hash]["source"]["path"])


@pytest.fixture(scope="module")
def asset(repository: Synthesis, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked archive of the functions."""
    folder = tmp_path_factory.mktemp("archive")
    with zipfile.ZipFile(staged_asset(repository)) as packed:
        packed.extractall(folder)
    return folder


def test_all_functions_have_one_archive(waiting: Synthesis) -> None:
    """It is copied once at synthesis, and published once at a deployment."""
    found = [archives(waiting, stack) for stack in (waiting.lake, *waiting.pipelines.values())]
    assert {folder for each in found for folder in each} == {*FOLDERS}
    assert len({key for each in found for key in each.values()}) == 1


def test_it_holds_the_handlers_the_lake_and_the_runtime_alone(asset: Path) -> None:
    held = {path.relative_to(asset).as_posix() for path in asset.rglob("*") if path.is_file()}
    wanted = {"partitioned_pipelines/__init__.py"}
    for package in ("lambdas", "partitioned_pipelines/lake", "partitioned_pipelines/runtime"):
        wanted |= {
            path.relative_to(ROOT).as_posix()
            for path in (ROOT / package).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
    # The complete time zone data: it determines which zones a pipeline file may name.
    vendored = {name for name in held if name.startswith("tzdata/")}
    assert held - vendored == wanted
    assert {"tzdata/__init__.py", "tzdata/zoneinfo/Asia/Tokyo"} <= vendored
    assert {name for name in vendored if "__pycache__" in name} == set()
    assert {"partitioned_pipelines/runtime/lease.py", *(f"lambdas/{folder}/handler.py" for folder in FOLDERS)} <= held


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_handler_imports_from_the_asset_alone(asset: Path, folder: str) -> None:
    # -I and -S exclude this checkout, its editable install and all packages; the runtime's boto3 is added last.
    script = """
import importlib, json, sys
asset, boto3_folder, module = sys.argv[1:]
sys.path[:0] = [asset]
sys.path.append(boto3_folder)
handler = importlib.import_module(module)
import partitioned_pipelines
print(json.dumps([handler.__file__, partitioned_pipelines.__file__, callable(handler.handler)]))
"""
    packages = str(Path(boto3.__file__).parents[1])
    command = [sys.executable, "-I", "-S", "-B", "-c", script, str(asset), packages, f"lambdas.{folder}.handler"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [
        str(asset / "lambdas" / folder / "handler.py"),
        str(asset / "partitioned_pipelines" / "__init__.py"),
        True,
    ]


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo", "Europe/Kyiv", "Pacific/Apia"])
def test_planning_needs_no_time_zones_of_the_machine(asset: Path, zone: str) -> None:
    """Lambda's Python may have no time zone data: it comes from the archive, and the machine's own is unavailable here."""
    script = """
import sys
asset, boto3_folder, zone = sys.argv[1:]
sys.path[:0] = [asset]
sys.path.append(boto3_folder)
import zoneinfo
assert zoneinfo.TZPATH == (), zoneinfo.TZPATH
from lambdas.plan_run import handler
from partitioned_pipelines.lake.intervals.clock import timezone_of
from partitioned_pipelines.lake.intervals.execution_input import IntervalRule
rule = IntervalRule.from_spec({"timezone": zone, "date_offset_days": 0})
print(rule.interval_of({"scheduled_time": "2026-07-01T03:30:00Z"}).start_text, timezone_of(zone).key)
assert zone in zoneinfo.available_timezones()
import tzdata
assert tzdata.__file__.startswith(asset), tzdata.__file__
"""
    packages = str(Path(boto3.__file__).parents[1])
    command = [sys.executable, "-I", "-S", "-B", "-c", script, str(asset), packages, zone]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONTZPATH": ""})
    assert done.returncode == 0, done.stderr
    day = "2026-06-30" if zone == "America/New_York" else "2026-07-01"
    assert done.stdout.split() == [day, zone]


def test_planning_loads_no_audit(asset: Path) -> None:
    script = """
import sys
sys.path[:0] = [sys.argv[1]]
from lambdas.plan_run import handler
print(*[name for name in sys.modules if "audit" in name or "registration" in name])
"""
    command = [sys.executable, "-c", script, str(asset)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_a_change_of_what_never_runs_there_changes_no_archive(tmp_path: Path) -> None:
    """It would otherwise update every function."""
    clone = tmp_path / "clone"
    for folder in ("lambdas", "partitioned_pipelines", "stacks"):
        shutil.copytree(ROOT / folder, clone / folder, ignore=shutil.ignore_patterns("__pycache__"))
    script = (
        "import pathlib, sys; from stacks.pipeline.shared_code_function import functions_archive; "
        "print(functions_archive(pathlib.Path(sys.argv[1]))[1])"
    )

    def source_hash() -> str:
        command = [sys.executable, "-c", script, str(tmp_path)]
        environment = {**os.environ, "PYTHONPATH": str(clone)}
        return subprocess.run(command, cwd=clone, check=True, env=environment, stdout=subprocess.PIPE, text=True).stdout

    before = source_hash()
    for room in ("operations", "page", "spec", "cli"):
        for module in (clone / "partitioned_pipelines" / room).rglob("*.py"):
            module.write_text(module.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    assert source_hash() == before
    module = clone / "partitioned_pipelines" / "lake" / "runs" / "run_facts.py"
    module.write_text(module.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    assert source_hash() != before


def test_an_archive_is_the_same_wherever_it_is_synthesized(repository: Synthesis, tmp_path: Path) -> None:
    again = synthesize(ROOT, tmp_path / "cdk.out")
    assert staged_asset(again).name == staged_asset(repository).name


def test_lambda_may_read_each_file(repository: Synthesis) -> None:
    """Its user is another than the owner of the files that it unpacks."""
    with zipfile.ZipFile(staged_asset(repository)) as packed:
        assert {entry.external_attr >> 16 for entry in packed.infolist()} == {0o100644}


def test_the_project_s_own_files_do_not_change_it(repository: Synthesis, every_option: Synthesis) -> None:
    assert staged_asset(repository).name == staged_asset(every_option).name
