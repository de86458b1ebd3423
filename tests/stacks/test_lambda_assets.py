"""Tests of the content of a function's archive: its handler needs only that and the runtime's boto3."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

from tests.synthesized.synthesis import ROOT, Synthesis, synthesize

FOLDERS = ["notify", "plan_run", "register_partitions", "watch"]


def staged_asset(synthesis: Synthesis, folder: str) -> Path:
    """Return the staged asset of the function whose handler is in a folder."""
    stack = synthesis.lake if folder == "watch" else synthesis.pipelines["flights"]
    (function,) = (
        resource["Properties"]
        for resource in synthesis.template(stack)["Resources"].values()
        if resource["Type"] == "AWS::Lambda::Function"
        and resource["Properties"]["Handler"] == f"lambdas.{folder}.handler.handler"
    )
    source_hash = function["Code"]["S3Key"].removesuffix(".zip")
    return synthesis.assembly / str(synthesis.asset_manifest(stack)["files"][source_hash]["source"]["path"])


@pytest.mark.parametrize("folder", FOLDERS)
def test_it_holds_the_handler_the_lake_and_the_runtime_alone(repository: Synthesis, folder: str) -> None:
    asset = staged_asset(repository, folder)
    held = {path.relative_to(asset).as_posix() for path in asset.rglob("*") if path.is_file()}
    wanted = {"lambdas/__init__.py", "partitioned_pipelines/__init__.py"}
    for package in (f"lambdas/{folder}", "partitioned_pipelines/lake", "partitioned_pipelines/runtime"):
        wanted |= {
            path.relative_to(ROOT).as_posix()
            for path in (ROOT / package).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
    vendored = {name for name in held if name.startswith("tzdata/")}
    assert held - vendored == wanted
    # The complete time zone data: it determines which zones a pipeline file may name.
    assert bool(vendored) is (folder in {"notify", "plan_run", "watch"})
    assert {name for name in vendored if "__pycache__" in name} == set()
    assert {"partitioned_pipelines/runtime/lease.py", f"lambdas/{folder}/handler.py"} <= held


@pytest.mark.parametrize("folder", FOLDERS)
def test_its_handler_imports_from_the_asset_alone(repository: Synthesis, folder: str) -> None:
    asset = staged_asset(repository, folder)
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
def test_planning_needs_no_time_zones_of_the_machine(repository: Synthesis, zone: str) -> None:
    """Lambda's Python may have no time zone data: it comes from the archive, and the machine's own is unavailable here."""
    asset = staged_asset(repository, "plan_run")
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


def test_planning_loads_no_audit(repository: Synthesis) -> None:
    asset = staged_asset(repository, "plan_run")
    script = """
import sys
sys.path[:0] = [sys.argv[1]]
from lambdas.plan_run import handler
print(*[name for name in sys.modules if "audit" in name or "registration" in name])
"""
    command = [sys.executable, "-c", script, str(asset)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize("room", ["operations", "spec", "cli"])
def test_a_change_of_what_never_runs_there_changes_no_archive(room: str, tmp_path: Path) -> None:
    """It would otherwise update every function."""
    clone = tmp_path / "clone"
    for folder in ("lambdas", "partitioned_pipelines", "stacks"):
        shutil.copytree(ROOT / folder, clone / folder, ignore=shutil.ignore_patterns("__pycache__"))
    script = "from stacks.pipeline.shared_code_function import function_source as f; import sys; [f(sys.argv[1], n) for n in sys.argv[2:]]"

    def gathered(target: Path) -> dict[str, bytes]:
        command = [sys.executable, "-c", script, str(target), *FOLDERS]
        subprocess.run(command, cwd=clone, check=True, env={**os.environ, "PYTHONPATH": str(clone)})
        return {path.relative_to(target).as_posix(): path.read_bytes() for path in target.rglob("*.py")}

    before = gathered(tmp_path / "before")
    for module in (clone / "partitioned_pipelines" / room).rglob("*.py"):
        module.write_text(module.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    assert gathered(tmp_path / "after") == before
    module = clone / "partitioned_pipelines" / "lake" / "run_facts.py"
    module.write_text(module.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    assert gathered(tmp_path / "changed") != before


def test_an_archive_is_the_same_wherever_it_is_synthesized(repository: Synthesis, tmp_path: Path) -> None:
    again = synthesize(ROOT, tmp_path / "cdk.out")
    for folder in FOLDERS:
        assert staged_asset(again, folder).name == staged_asset(repository, folder).name


def test_the_project_s_own_files_do_not_change_it(repository: Synthesis, every_option: Synthesis) -> None:
    def archives(synthesis: Synthesis, pipeline: str) -> set[str]:
        template = synthesis.template(synthesis.pipelines[pipeline])
        return {
            resource["Properties"]["Code"]["S3Key"]
            for resource in template["Resources"].values()
            if resource["Type"] == "AWS::Lambda::Function"
        }

    assert len(archives(repository, "flights")) == len({*FOLDERS} - {"watch"}), "the watch is the lake's"
    assert archives(repository, "flights") == archives(every_option, "everything")
