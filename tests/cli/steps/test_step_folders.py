"""Tests of the ``/opt/ml`` of a single step."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from local_cloud.container import UnreadableOutputError
from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.cli.runs.input_files import GivenInput
from partitioned_pipelines.cli.steps.local_job import LocalJob
from partitioned_pipelines.cli.steps.local_plan import LocalPlan
from partitioned_pipelines.cli.steps.output_folder import OutputFolder
from partitioned_pipelines.cli.steps.step_folders import StepFolders, describe_step, match_inputs
from partitioned_pipelines.lake.schedule.interval_rule import schedule_rule
from partitioned_pipelines.spec import load_project
from partitioned_pipelines.spec.model.pipeline import SparkImage, SparkSettings

if TYPE_CHECKING:
    from pathlib import Path

    from partitioned_pipelines.spec.model.pipeline import Pipeline, Step

DAY = schedule_rule(None).interval_of({"date": "2026-11-20"})


@pytest.fixture
def pipeline(project: Path) -> Pipeline:
    return load_project(project).pipeline("word_count")


@pytest.fixture
def step(pipeline: Pipeline) -> Step:
    return pipeline.steps[0]


@pytest.fixture
def given(tmp_path: Path) -> GivenInput:
    path = tmp_path / "my words.txt"
    path.write_text("the cat", encoding="utf-8")
    return GivenInput("text", path)


def prepared(project: Path, tmp_path: Path, pipeline: Pipeline, step: Step, given: GivenInput) -> LocalJob:
    plan = LocalPlan.of(pipeline, DAY, "lake")
    StepFolders(tmp_path / "ml", step).prepare(project, plan, {"text": given})
    job = LocalJob(tmp_path / "ml", describe_step(pipeline, step, plan))
    job.prepare()
    return job


def test_an_object_arrives_under_its_own_name(
    project: Path, tmp_path: Path, pipeline: Pipeline, step: Step, given: GivenInput
) -> None:
    prepared(project, tmp_path, pipeline, step, given)
    (arrived,) = (tmp_path / "ml/processing/input/text").iterdir()
    assert (arrived.name, arrived.read_text()) == ("20261120.txt", "the cat")


def test_a_folder_arrives_as_it_is(
    project: Path, tmp_path: Path, pipeline: Pipeline, step: Step, given: GivenInput
) -> None:
    (tmp_path / "in" / "dt=1").mkdir(parents=True)
    (tmp_path / "in" / "dt=1" / "x.csv").touch()
    prepared(project, tmp_path, pipeline, step, GivenInput("text", tmp_path / "in"))
    assert (tmp_path / "ml/processing/input/text/dt=1/x.csv").exists()


def test_the_scripts_folder_comes_along_and_its_caches_do_not(
    project: Path, tmp_path: Path, pipeline: Pipeline, step: Step, given: GivenInput
) -> None:
    (project / "code" / "__pycache__").mkdir()
    prepared(project, tmp_path, pipeline, step, given)
    names = {path.name for path in (tmp_path / "ml/processing/input/code").iterdir()}
    assert names == {"count_words.py", "tokenizer.py", "requirements.txt", "Dockerfile"}
    assert (tmp_path / "ml/processing/output").is_dir()


def test_one_output_is_collected_into_the_folder_itself(
    project: Path, tmp_path: Path, pipeline: Pipeline, step: Step, given: GivenInput
) -> None:
    job = prepared(project, tmp_path, pipeline, step, given)
    partition = tmp_path / "ml/processing/output/dt=2026-11-20"
    partition.mkdir()
    (partition / "x.csv").write_text("1", encoding="utf-8")
    out = tmp_path / "out"
    (out / "dt=2026-11-20").mkdir(parents=True)
    (out / "dt=2026-11-20" / "older.csv").touch()
    assert job.collect(out) == [out / "dt=2026-11-20" / "x.csv"]
    assert (out / "dt=2026-11-20" / "older.csv").exists(), "nothing is deleted"


def test_several_outputs_have_a_folder_each(tmp_path: Path, pipeline: Pipeline, step: Step) -> None:
    both = step.model_copy(update={"outputs": {"a": "/opt/ml/processing/a", "b": "/opt/ml/processing/deep/b"}})
    for path in "a", "deep/b":
        (tmp_path / "ml/processing" / path).mkdir(parents=True)
        (tmp_path / "ml/processing" / path / "file").touch()
    job = LocalJob(tmp_path / "ml", describe_step(pipeline, both, LocalPlan.of(pipeline, DAY, "lake")))
    assert job.collect(tmp_path / "out") == [
        tmp_path / "out/a/file",
        tmp_path / "out/b/file",
    ]


def test_a_spark_step_has_its_script_alone_and_what_spark_is_told(
    project: Path, tmp_path: Path, pipeline: Pipeline, step: Step, given: GivenInput
) -> None:
    classification = {"Classification": "spark-defaults", "Properties": {"spark.executor.memory": "4g"}}
    document = {"py_files": ["code/tokenizer.py"], "configuration": [classification]}
    settings = SparkSettings.model_validate_json(json.dumps(document))
    spark = step.model_copy(update={"image": SparkImage(spark="3.5"), "spark": settings})
    job = prepared(project, tmp_path, pipeline, spark, given)
    inputs = tmp_path / "ml/processing/input"
    files = {path.relative_to(inputs).as_posix() for path in inputs.rglob("*") if path.is_file()}
    assert files == {
        "code/count_words.py",
        "conf/configuration.json",
        "py-files/tokenizer.py",
        "text/20261120.txt",
    }
    assert json.loads((inputs / "conf/configuration.json").read_text()) == [classification]
    assert (job.s3 / "local-lake/inputs/text/20261120.txt").read_text() == "the cat"


def test_what_spark_writes_to_an_outputs_uri_is_collected_with_what_is_in_its_folder(
    project: Path, tmp_path: Path, pipeline: Pipeline, step: Step, given: GivenInput
) -> None:
    spark = step.model_copy(update={"image": SparkImage(spark="3.5")})
    job = prepared(project, tmp_path, pipeline, spark, given)
    assert not (job.s3 / "local-lake/outputs/count").exists(), "Spark refuses an output that exists"
    written = job.s3 / "local-lake/outputs/count/dt=2026-11-20"
    written.mkdir(parents=True)
    for name in "part-0.csv", ".part-0.csv.crc", ".kept":
        (written / name).touch()
    (tmp_path / "ml/processing/output/beside.csv").touch()
    out = tmp_path / "out"
    partition = out / "dt=2026-11-20"
    assert job.collect(out) == [out / "beside.csv", partition / ".kept", partition / "part-0.csv"]
    assert not (partition / ".part-0.csv.crc").exists(), "Hadoop's own"


def test_inputs_are_matched_with_or_without_the_steps_name(step: Step, given: GivenInput) -> None:
    assert match_inputs(step, [given]) == {"text": given}
    qualified = GivenInput("count.text", given.path)
    assert match_inputs(step, [qualified]) == {"text": qualified}


def test_inputs_that_do_not_match(step: Step, given: GivenInput) -> None:
    with pytest.raises(CommandError, match="needs an --input for text") as missing:
        match_inputs(step, [])
    assert missing.value.remedy == "pass a file or a folder for each: --input text=FILE"
    with pytest.raises(CommandError, match="no input 'txet'"):
        match_inputs(step, [GivenInput("txet", given.path)])
    with pytest.raises(CommandError, match="text is set twice"):
        match_inputs(step, [given, GivenInput("count.text", given.path)])


def test_an_output_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    OutputFolder(tmp_path / "new").check(force=False)
    OutputFolder(tmp_path).check(force=False)
    (tmp_path / "file").touch()
    with pytest.raises(CommandError, match="holds ") as caught:
        OutputFolder(tmp_path).check(force=False)
    assert "--force" in str(caught.value.remedy)
    OutputFolder(tmp_path).check(force=True)
    with pytest.raises(CommandError, match="is a file"):
        OutputFolder(tmp_path / "file").check(force=True)


def test_a_link_in_the_output_is_not_followed(
    project: Path, tmp_path: Path, pipeline: Pipeline, step: Step, given: GivenInput
) -> None:
    job = prepared(project, tmp_path, pipeline, step, given)
    (tmp_path / "credentials").write_text("of the developer")
    for name, target in (("file", tmp_path / "credentials"), ("folder", tmp_path)):
        link = tmp_path / "ml/processing/output" / name
        link.symlink_to(target)
        with pytest.raises(UnreadableOutputError, match=f"/opt/ml/processing/output/{name} is a symbolic link to"):
            job.collect(tmp_path / "out")
        assert not list((tmp_path / "out").rglob("*"))
        link.unlink()
