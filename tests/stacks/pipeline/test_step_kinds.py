"""Tests of every kind of step as its job receives it: images, published files, layers; and of tables that no function registers."""

import json
from pathlib import Path
from typing import Any

import pytest

from stacks.pipeline.step_image import REGISTRIES, UnknownRegistryError
from tests.checks.state_machine.dry_run import TaskRequest, dry_run
from tests.checks.state_machine.machine import ONE_DAY
from tests.checks.state_machine.machine_states import all_states
from tests.synthesized.every_option import write_every_option_project
from tests.synthesized.hostile_text import HOSTILE
from tests.synthesized.subject import Subject, filled_s3
from tests.synthesized.synthesis import Synthesis, synthesize


@pytest.fixture(scope="module")
def subject(every_option: Synthesis) -> Subject:
    return Subject.of(every_option, "kinds")


@pytest.fixture(scope="module")
def requests(subject: Subject) -> dict[str, TaskRequest]:
    return {request.state: request for request in dry_run(subject.stack.definition, filled_s3(), ONE_DAY)}


def inputs_of(request: TaskRequest) -> dict[str, dict[str, Any]]:
    return {entry["InputName"]: entry["S3Input"] for entry in request.parameters["ProcessingInputs"]}


def published(synthesis: Synthesis, uri: str) -> dict[str, bytes]:
    """Return what the deployment puts at a URI, or below it: contents by key."""
    key = uri.removeprefix("s3://").partition("/")[2]
    return {
        destination["objectKey"]: (synthesis.assembly / entry["source"]["path"]).read_bytes()
        for entry in synthesis.asset_manifest(synthesis.pipelines["kinds"])["files"].values()
        for destination in entry["destinations"].values()
        if destination["objectKey"].startswith(key)
    }


def test_managed_images_are_those_of_the_region(subject: Subject) -> None:
    outputs = subject.stack.outputs
    assert outputs["StepImageUriFetch"] == (
        "354813040037.dkr.ecr.ap-northeast-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3"
    )
    assert outputs["StepImageUriCrunch"] == (
        "411782140378.dkr.ecr.ap-northeast-1.amazonaws.com/sagemaker-spark-processing:3.5-cpu-py312-v1.3"
    )


def test_without_a_region_cloudformation_looks_the_registry_up(every_option: Synthesis) -> None:
    (mapping,) = every_option.template(every_option.pipelines["kinds"])["Mappings"].values()
    both = set(REGISTRIES["sklearn"]) & set(REGISTRIES["spark"])
    assert set(mapping) == both
    assert len(both) > 30
    assert mapping["eu-west-1"] == {"sklearn": "141502667606", "spark": "571004829621"}


def test_with_a_region_the_registry_is_literal(tmp_path: Path) -> None:
    project = write_every_option_project(tmp_path / "project")
    context = {"account": "123456789012", "region": "cn-north-1"}
    synthesis = synthesize(project, tmp_path / "cdk.out", context)
    template = synthesis.template(synthesis.pipelines["kinds"])
    assert "Mappings" not in template
    assert template["Outputs"]["StepImageUriFetch"]["Value"] == (
        "450853457545.dkr.ecr.cn-north-1.amazonaws.com.cn/sagemaker-scikit-learn:1.4-2-cpu-py3"
    )


def test_a_region_without_a_registry_is_refused_by_name(tmp_path: Path) -> None:
    project = write_every_option_project(tmp_path / "project")
    with pytest.raises(UnknownRegistryError, match="us-iso-east-1 has no known registry of managed spark images"):
        synthesize(project, tmp_path / "cdk.out", {"account": "123456789012", "region": "us-iso-east-1"})


def test_spark_s_files_reach_the_job_under_their_own_names(
    every_option: Synthesis, requests: dict[str, TaskRequest]
) -> None:
    given = inputs_of(requests["crunch"])
    (code,) = published(every_option, given["code"]["S3Uri"]).values()
    assert code == b"# crunch.py\n"
    ((key, py_file),) = published(every_option, given["py-files"]["S3Uri"]).items()
    assert (key.rpartition("/")[2], py_file) == ("h.py", b"# lib/h.py\n")
    ((key, configuration),) = published(every_option, given["conf"]["S3Uri"]).items()
    assert key.endswith("/configuration.json")
    assert json.loads(configuration) == [
        {"Classification": "spark-defaults", "Properties": {"spark.app.name": HOSTILE}}
    ]


def test_event_logs_lie_with_the_run_s_intermediates(requests: dict[str, TaskRequest], subject: Subject) -> None:
    *_, event_logs = requests["crunch"].parameters["ProcessingOutputConfig"]["Outputs"]
    assert event_logs["OutputName"] == "spark-event-logs"
    assert event_logs["S3Output"]["S3UploadMode"] == "Continuous"
    prefix, run_id, step, name, *attempt = event_logs["S3Output"]["S3Uri"].split("/")[3:][1:]
    assert (prefix, step, name) == ("kinds", "crunch", "spark_event_logs")
    assert run_id.startswith("20211215T")
    assert event_logs["S3Output"]["S3Uri"].startswith(f"s3://{subject.lake_bucket}/intermediates/")
    assert len(attempt) == 2  # the attempt's UUID, and nothing after it


def test_steps_side_by_side_hand_on_their_results(requests: dict[str, TaskRequest]) -> None:
    written = {
        name: requests[name].parameters["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
        for name in ("fetch", "lookup")
    }
    given = inputs_of(requests["crunch"])
    assert {name: given[name]["S3Uri"] for name in written} == written


def test_a_table_s_files_are_handed_on_by_a_manifest(requests: dict[str, TaskRequest], subject: Subject) -> None:
    given = inputs_of(requests["features"])["day"]
    assert given["S3DataType"] == "ManifestFile"
    assert given["S3DataDistributionType"] == "ShardedByS3Key"
    assert given["S3Uri"].startswith(f"s3://{subject.lake_bucket}/intermediates/kinds/")
    assert given["S3Uri"].endswith("/manifests/features.day.json")


def test_the_projected_table(subject: Subject) -> None:
    (table,) = (
        resource["Properties"]["TableInput"]
        for resource in subject.stack.of_type("AWS::Glue::Table")
        if resource["Properties"]["TableInput"]["Name"] == "t_monthly"
    )
    location = f"s3://{subject.lake_bucket}/tables/kinds/t_monthly/output/"
    assert table["Parameters"] == {
        "classification": "parquet",
        "EXTERNAL": "TRUE",
        "projection.enabled": "true",
        "storage.location.template": f"{location}month=${{month}}/origin=${{origin}}/hour=${{hour}}/",
        "projection.month.type": "date",
        "projection.month.format": "yyyy-MM",
        "projection.month.range": "2013-01,NOW",
        "projection.month.interval": "1",
        "projection.month.interval.unit": "MONTHS",
        "projection.origin.type": "enum",
        "projection.origin.values": "EWR,JFK,LGA",
        "projection.hour.type": "integer",
        "projection.hour.range": "0,23",
        "projection.hour.digits": "2",
    }


def test_a_pipeline_that_registers_nothing_has_no_function_for_it(every_option: Synthesis) -> None:
    stack = Subject.of(every_option, "repaired").stack
    assert list(all_states(stack.definition)) == [
        "PlanRun",
        "RunOrEnd",
        "NothingToDo",
        "gather",
        "RepairTable",
        "Registered",
    ]
    handlers = {function["Properties"]["Handler"] for function in stack.of_type("AWS::Lambda::Function")}
    assert handlers == {"lambdas.plan_run.handler.handler", "lambdas.notify.handler.handler"}
