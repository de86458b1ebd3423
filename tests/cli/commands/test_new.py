"""Tests of ``pipelines new``: its files are valid as written, and existing files are left alone."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from cloud_under_test.extras import needs_java
from partitioned_pipelines.cli.commands.new import PipelineTemplate, Variant
from partitioned_pipelines.cli.errors import ExitCode
from partitioned_pipelines.spec import load_project
from tests.end_to_end.deployment import ROOT
from tests.synthesized.synthesis import synthesize

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Invoke

    New = Callable[..., str]

HOURLY = ["--interval", "hour"]
VARIANTS = [[], ["--sklearn"], ["--spark"], HOURLY, ["--sklearn", *HOURLY], ["--spark", *HOURLY]]
IMAGE_OF_ITS_OWN = ["Dockerfile", "requirements.txt", ".dockerignore"]


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


@pytest.fixture
def new(invoke: Invoke, empty: Path) -> New:
    def run(*arguments: str, code: ExitCode = ExitCode.OK, project: Path = empty) -> str:
        result = invoke("new", *arguments, "--project", project)
        assert result.exit_code == code, result.output
        return result.output

    return run


def files_of(project: Path) -> dict[str, bytes]:
    return {path.relative_to(project).as_posix(): path.read_bytes() for path in project.rglob("*") if path.is_file()}


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_is_written(new: New, empty: Path, variant: list[str]) -> None:
    document: Any = json.loads(new("demo", *variant, "--json"))
    assert "pipelines/pipeline.schema.json" in document["files"]
    image = (
        []
        if {"--sklearn", "--spark"} & {*variant}
        else [f"processing_scripts/demo/{name}" for name in IMAGE_OF_ITS_OWN]
    )
    assert sorted(document["files"]) == sorted(
        [
            "pipelines/demo.yaml",
            "pipelines/pipeline.schema.json",
            "processing_scripts/demo/transform.py",
            "tests/demo/raw.csv",
            "tests/demo/test_demo.py",
            *image,
        ]
    )
    assert sorted(files_of(empty)) == sorted(document["files"])
    own = [text for path, text in files_of(empty).items() if not path.endswith(".schema.json")]
    assert all(b"$" not in text.replace(b"$schema", b"") and b"# only:" not in text for text in own)


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_pipeline_file_is_right_for_the_editor_too(new: New, empty: Path, variant: list[str]) -> None:
    new("demo", *variant)
    (pipeline,) = load_project(empty).pipelines
    assert pipeline.name == "demo"
    assert pipeline.schedule is not None
    assert pipeline.schedule.interval == ("hour" if "hour" in variant else None)
    text = (empty / "pipelines" / "demo.yaml").read_text(encoding="utf-8")
    header, _, path = text.splitlines()[0].partition("=")
    assert header == "# yaml-language-server: $schema"
    assert path == "pipeline.schema.json", "it lies in the project, and goes with it to another machine"
    schema = empty / "pipelines" / path
    assert schema.read_bytes() == (ROOT / "docs" / path).read_bytes()
    jsonschema.validate(YAML(typ="safe").load(text), json.loads(schema.read_text(encoding="utf-8")))


@pytest.mark.parametrize("folder", ["", "examples/more"])
def test_in_a_clone_the_schema_is_the_clones(folder: str) -> None:
    template = PipelineTemplate("demo", Variant.PYTHON, ROOT / folder)
    text = dict(template.files())[template.pipeline_file]
    named = text.splitlines()[0].removeprefix("# yaml-language-server: $schema=")
    assert named == "../" * (1 + len(Path(folder).parts)) + "docs/pipeline.schema.json"


def test_the_schema_of_another_version_is_replaced(new: New, empty: Path) -> None:
    new("first")
    schema = empty / "pipelines" / "pipeline.schema.json"
    text = schema.read_bytes()
    schema.write_bytes(b"{}")
    document = json.loads(new("second", "--json"))
    assert schema.read_bytes() == text
    assert "pipelines/pipeline.schema.json" not in document["files"], "it was there"
    schema.write_bytes(b"{}")
    new("data_lake", code=ExitCode.INVALID)
    assert schema.read_bytes() == b"{}", "what is refused changes nothing"


def test_what_tests_it_is_the_pytest_of_this_python(new: New, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def test_steps(name: str) -> list[str]:
        return [step for step in json.loads(new(name, "--json"))["next"] if "pytest" in shlex.split(step)]

    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    assert test_steps("one")[0].startswith("pytest ")
    monkeypatch.setenv("PATH", str(tmp_path))  # as if the environment were not activated
    assert test_steps("two")[0].startswith(f"{sys.executable} -m pytest ")
    monkeypatch.setattr("partitioned_pipelines.cli.commands.new.find_spec", lambda _name: None)
    install, run_it = test_steps("three")
    assert install == f"{sys.executable} -m pip install pytest"
    assert run_it.startswith(f"{sys.executable} -m pytest ")


@pytest.mark.parametrize("requirements", ["run", "dev", "all"])
def test_the_packages_of_make_have_what_the_suggestions_need(requirements: str) -> None:
    assert "\npytest==" in (ROOT / "requirements" / f"{requirements}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("variant", VARIANTS)
def test_it_synthesizes(new: New, empty: Path, tmp_path: Path, variant: list[str]) -> None:
    new("demo", *variant)
    synthesis = synthesize(empty, tmp_path / "cdk.out", {"redshift": True})
    assert [*synthesis.pipelines] == ["demo"]


def test_the_image_is_that_of_the_example() -> None:
    """Its versions are then tested, and its stand-in already exists."""
    for name in IMAGE_OF_ITS_OWN:
        template, example = (
            ROOT / "partitioned_pipelines" / "cli" / "templates" / "python" / name,
            ROOT / "processing_scripts" / "flights" / name,
        )
        assert template.read_bytes() == example.read_bytes()


def test_next_steps_are_commands_that_there_are(new: New, invoke: Invoke) -> None:
    document: Any = json.loads(new("demo", "--json"))
    commands = [step.split()[1:] for step in document["next"] if step.startswith("pipelines ")]
    assert [command[0] for command in commands] == ["validate", "step", "local", "run", "query"]
    for command in commands:
        words = command[:2] if command[0] == "local" else command[:1]
        assert invoke(*words, "--help").exit_code == ExitCode.OK


def test_a_second_one_beside_it(new: New, empty: Path) -> None:
    new("demo")
    new("demo_spark", "--spark")
    assert [pipeline.name for pipeline in load_project(empty).pipelines] == ["demo", "demo_spark"]


@pytest.mark.parametrize(
    "there",
    ["pipelines/demo.yaml", "pipelines/demo.yml", "processing_scripts/demo/own.py", "tests/demo/test_own.py"],
)
def test_what_is_there_is_left_alone(new: New, empty: Path, there: str) -> None:
    (empty / there).parent.mkdir(parents=True)
    (empty / there).write_text("mine", encoding="utf-8")
    said = new("demo", code=ExitCode.INVALID)
    assert "already" in said
    assert files_of(empty) == {there: b"mine"}


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Demo", "such as 'demo'"),
        ("my-demo", "such as 'my_demo'"),
        ("../demo", "such as 'demo'"),
        ("1st", "such as 'n_1st'"),
        ("d" * 41, "at most 40"),
        ("data_lake", "choose another"),
        ("", "such as 'name'"),
    ],
)
def test_bad_names(new: New, empty: Path, name: str, says: str) -> None:
    assert says in new(name, code=ExitCode.INVALID)
    assert files_of(empty) == {}


def test_two_images_are_one_too_many(new: New, empty: Path) -> None:
    assert "use one of them" in new("demo", "--spark", "--sklearn", code=ExitCode.INVALID)
    assert files_of(empty) == {}


def test_a_table_that_another_pipeline_writes(new: New, empty: Path) -> None:
    new("other")
    file = empty / "pipelines" / "other.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("  name: other", "  name: zebra"), encoding="utf-8")
    before = files_of(empty)
    said = new("zebra", code=ExitCode.INVALID)
    assert "analytics.zebra is written by pipelines/other.yaml already" in said
    assert "nothing was written" in said
    assert files_of(empty) == before
    assert not (empty / "tests" / "zebra").exists()


def test_a_file_beside_it_that_is_not_right_does_not_stand_in_the_way(new: New, empty: Path) -> None:
    (empty / "pipelines").mkdir()
    (empty / "pipelines" / "broken.yaml").write_text("name: 1", encoding="utf-8")
    new("demo")
    assert (empty / "pipelines" / "demo.yaml").is_file()


def test_a_folder_that_cannot_be_written_to(new: New, empty: Path) -> None:
    (empty / "pipelines").write_text("a file", encoding="utf-8")
    assert "nothing was written" in new("demo", code=ExitCode.FAILED)
    assert files_of(empty) == {"pipelines": b"a file"}
    assert not (empty / "processing_scripts" / "demo").exists()


@pytest.mark.parametrize(
    "variant",
    [
        pytest.param([], marks=pytest.mark.e2e),
        pytest.param(HOURLY, marks=pytest.mark.e2e),
        pytest.param(["--sklearn"], marks=[pytest.mark.e2e, pytest.mark.heavy]),
        pytest.param(["--spark"], marks=[pytest.mark.e2e, pytest.mark.heavy, needs_java]),
    ],
)
@pytest.mark.timeout(900)
def test_its_own_test_passes_and_it_runs(new: New, empty: Path, variant: list[str]) -> None:
    new("demo", *variant)
    (empty / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n", encoding="utf-8")
    own = run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/demo"], empty)
    assert "1 passed" in own
    document = json.loads(
        run(
            [
                sys.executable,
                "-m",
                "partitioned_pipelines",
                "run",
                "demo",
                *(["--at", "2026-01-31T05"] if variant == HOURLY else ["--date", "2026-01-31"]),
                "--input",
                "raw=tests/demo/raw.csv",
                "--json",
            ],
            empty,
        )
    )
    assert document["partitions"] == {"created": 1, "repointed": 0, "unchanged": 0, "kept_newer": 0}


def run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
