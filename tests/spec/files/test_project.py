"""Tests of a project as a whole: all problems of all files, conflicts between files, and default values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.spec import (
    DockerfileImage,
    InvalidProjectError,
    SparkImage,
    StepInput,
    UnknownPipelineError,
    UriImage,
    load_project,
)
from tests.spec.project_folder import VALID, spoiled

if TYPE_CHECKING:
    from pathlib import Path

    from tests.spec.project_folder import ProjectFolder


def test_all_problems_of_all_files_come_at_once(project: ProjectFolder) -> None:
    project.write("name: [", "pipelines/a.yaml")
    project.write(
        VALID.replace("retries: 0", "retries: x").replace("layout: versioned", "layout: flat"), "pipelines/b.yml"
    )
    project.write(VALID.replace("Asia/Tokyo", "Tokyo").replace("scripts/extract.py", "x.py"), "pipelines/c.yaml")
    project.write(VALID, "pipelines/d.yaml")
    with pytest.raises(InvalidProjectError) as caught:
        load_project(project.root)
    assert [(problem.file, problem.line, problem.field) for problem in caught.value.problems] == [
        ("pipelines/a.yaml", 1, ""),
        ("pipelines/b.yml", 19, "steps[1].retries"),
        ("pipelines/b.yml", 30, "table.layout"),
        ("pipelines/c.yaml", 3, "schedule.timezone"),
        ("pipelines/c.yaml", 7, "steps[0].script"),
        ("pipelines/d.yaml", 1, "name"),  # already used by c.yaml
        ("pipelines/d.yaml", 27, "table.name"),
    ]
    assert str(caught.value).splitlines()[2].startswith("pipelines/b.yml:30: table.layout: is 'flat': use 'versioned'")


def test_two_pipelines_write_one_table(project: ProjectFolder) -> None:
    project.write(VALID)
    other, _ = spoiled("name: features\n", "name: others\n")
    project.write(other, "pipelines/others.yaml")
    (problem,) = project.problems()
    assert (problem.file, problem.line, problem.field) == ("pipelines/others.yaml", 27, "table.name")
    assert problem.message == "analytics.table1 is written by pipelines/features.yaml already: choose another table"


def test_one_pipeline_writes_a_table_twice(project: ProjectFolder) -> None:
    table = VALID[VALID.index("table:\n") + len("table:\n") :]
    entry = table.replace("  source", "  - source", 1).replace("\n  ", "\n    ").rstrip()
    content = VALID.replace(f"table:\n{table}", f"tables:\n{entry}\n{entry}\n")
    told = {(problem.field, problem.message) for problem in project.problems_of(content)}
    assert told == {
        ("tables[1].source", "feeds analytics.table1 already: add an output for each table"),
        ("tables[1].name", "analytics.table1 is written by pipelines/features.yaml already: choose another table"),
    }


def test_one_output_feeds_two_tables_by_other_words(project: ProjectFolder) -> None:
    table = VALID[VALID.index("table:\n") + len("table:\n") :]
    entry = table.replace("  source", "  - source", 1).replace("\n  ", "\n    ").rstrip()
    again = entry.replace("source: transform", "source: {step: transform, output: rows}").replace("table1", "table2")
    problem = project.only_problem_of(VALID.replace(f"table:\n{table}", f"tables:\n{entry}\n{again}\n"))
    assert (problem.field, problem.line) == ("tables[1].source", 36)


@pytest.mark.parametrize("name", ["features", "features_"])
def test_two_pipelines_of_one_stack(project: ProjectFolder, name: str) -> None:
    project.write(VALID)
    project.write(VALID.replace("name: features", f"name: {name}").replace("table1", "table2"), "pipelines/z.yaml")
    assert ("pipelines/z.yaml", "name") in {(problem.file, problem.field) for problem in project.problems()}


def test_table_and_tables(project: ProjectFolder) -> None:
    problem = project.only_problem_of(VALID + "tables: []\n")
    assert problem.field == "table"
    assert "keep one of them" in problem.message


def test_no_table(project: ProjectFolder) -> None:
    problem = project.only_problem_of(VALID[: VALID.index("table:\n")])
    assert (problem.field, problem.message) == ("tables", "is missing: describe the table under `table:`")


@pytest.mark.parametrize("make", [[], ["pipelines"]])
def test_a_folder_without_pipelines(tmp_path: Path, make: list[str]) -> None:
    for folder in make:
        (tmp_path / folder).mkdir()
    with pytest.raises(InvalidProjectError, match=r"no pipelines/\*\.yaml in"):
        load_project(tmp_path)


def test_a_pipeline_by_its_name(project: ProjectFolder) -> None:
    project.write(VALID)
    loaded = load_project(project.root)
    assert loaded.pipeline("features").name == "features"
    with pytest.raises(UnknownPipelineError, match="did you mean 'features'"):
        loaded.pipeline("feature")


def test_what_a_file_leaves_out_is_filled_in(project: ProjectFolder) -> None:
    pipeline = project.load()
    extract, transform = pipeline.steps
    assert extract.image == transform.image == DockerfileImage(dockerfile="scripts/Dockerfile")
    assert extract.outputs == {"extract": "/opt/ml/processing/output"}
    assert transform.outputs == {"rows": "/opt/ml/processing/output"}
    assert transform.inputs == {"extract": StepInput(step="extract", output="extract")}
    assert (pipeline.tables[0].source.step, pipeline.tables[0].source.output) == ("transform", "rows")
    assert (extract.timeout_minutes, extract.retries, extract.instance.type) == (60, 0, "ml.t3.medium")


def test_a_steps_own_image_goes_before_the_pipelines(project: ProjectFolder) -> None:
    uri = f"123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/etl@sha256:{'0' * 64}"
    content, _ = spoiled(
        "    missing_input: fail", f"    image: {{uri: '{uri}', local_requirements: scripts/requirements.txt}}"
    )
    extract, transform = project.load(content).steps
    assert extract.image == UriImage(uri=uri, local_requirements="scripts/requirements.txt")
    assert isinstance(transform.image, DockerfileImage)


@pytest.mark.parametrize(
    "uri",
    [
        "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/etl:1.2",
        f"123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/team/etl@sha256:{'0' * 64}",
        f"registry.example.com:5000/etl:latest@sha256:{'a' * 64}",
        "public.ecr.aws/docker/library/python:3.13-slim",
    ],
)
def test_images_by_uri(project: ProjectFolder, uri: str) -> None:
    assert project.load(spoiled("{dockerfile: scripts/Dockerfile}", f"{{uri: '{uri}'}}")[0]).steps[0].image == UriImage(
        uri=uri
    )


@pytest.mark.parametrize(
    "uri",
    [
        "registry.example.com/etl",
        "registry.example.com/etl:latest",
        "registry.example.com:5000/etl",
        "registry.example.com/etl:",
        "registry.example.com/etl@sha256:abc",
        "https://registry.example.com/etl:1",
        "registry.example.com/ETL:1",
        "registry.example.com/etl:1 ",
        "registry.example.com/etl:一",
        "${AWS::AccountId}.dkr.ecr.ap-northeast-1.amazonaws.com/etl:1",
    ],
)
def test_images_that_are_refused(project: ProjectFolder, uri: str) -> None:
    assert (
        project.only_problem_of(spoiled("{dockerfile: scripts/Dockerfile}", f"{{uri: '{uri}'}}")[0]).field
        == "image.uri"
    )


def test_links_of_scripts(project: ProjectFolder) -> None:
    scripts = project.root / "scripts"
    for name, target, says, beside in (
        ("loop.py", "loop.py", "cannot be read", "is a broken link"),
        ("outside.py", "/etc/hosts", "a path inside the project", "a link to /etc/hosts, outside the project"),
    ):
        (scripts / name).symlink_to(target)
        *of_image, named, other = project.problems_of(spoiled("scripts/extract.py", f"scripts/{name}")[0])
        assert [problem.field for problem in of_image] == ["image.dockerfile"] * (target == "/etc/hosts")
        assert (named.field, says in named.message) == ("steps[0].script", True)
        assert (other.field, beside in other.message) == ("steps[1].script", True), (
            "it lies beside the other script, too"
        )
        (scripts / name).unlink()
    (scripts / "inside.py").symlink_to("transform.py")
    assert project.problems_of(spoiled("scripts/extract.py", "scripts/inside.py")[0]) == []


def test_two_hashes_that_are_equal(project: ProjectFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test can wait for a real collision."""
    monkeypatch.setattr("partitioned_pipelines.spec.files.project.job_stem", lambda _pipeline, step: step)
    project.write(VALID)
    project.write(
        VALID.replace("name: features\n", "name: others\n").replace("table1", "table2"), "pipelines/others.yaml"
    )
    assert [(problem.file, problem.line, problem.field) for problem in project.problems()] == [
        ("pipelines/others.yaml", 6, "steps[0].name"),
        ("pipelines/others.yaml", 11, "steps[1].name"),
    ]


def test_two_hashes_that_are_equal_in_one_file(project: ProjectFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("partitioned_pipelines.spec.checks.steps.step_check.job_stem", lambda _pipeline, _step: "stem")
    problem = project.only_problem_of(VALID)
    assert (problem.line, problem.field) == (11, "steps[1].name")
    assert "gives the same job names as 'extract'" in problem.message


def test_a_step_by_its_name(project: ProjectFolder) -> None:
    pipeline = project.load()
    assert pipeline.step("transform").script == "scripts/transform.py"
    with pytest.raises(KeyError):
        pipeline.step("load")


@pytest.mark.parametrize("written", ["3.5", '"3.5"', "3.0"])
def test_a_version_of_spark_needs_no_quotes(project: ProjectFolder, written: str) -> None:
    pipeline = project.load(VALID.replace("{dockerfile: scripts/Dockerfile}", f"{{spark: {written}}}"))
    assert pipeline.step("transform").image == SparkImage(spark=written.strip('"'))
