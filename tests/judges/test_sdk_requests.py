"""The request of each kind of step equals what the official SDK sends for the same job.

The captured requests are in ``tests/fixtures/create_processing_job``, with the calls that made them. Not compared, because they can't be equal:

- ``ProcessingJobName`` and each output's ``S3Uri``: ours end in a UUID for each attempt.
- the ``code`` input's ``S3Uri``: ours is the script's whole folder, the SDK's one file.
- ``Environment``: ours holds the run's interval and id besides the file's own variables, which are compared.
- ``StoppingCondition``, where the SDK sends none: ours is always there; where it sends one, it is compared.
- ``Tags``: Step Functions tags each job of ``.sync`` itself; a pipeline file has none.
"""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from pipeline_spec import load_project
from tests.judges.dry_run import dry_run, request_model_findings
from tests.judges.plain_machine import CODE_URI, build_plain_machine
from tests.judges.subject import filled_s3
from tests.judges.synthesis import ROOT

REQUESTS = ROOT / "tests" / "fixtures" / "create_processing_job"

# By captured request: what a pipeline file says for the same job.
COMPARED: dict[str, dict[str, Any]] = {
    "v3_script_processor_local_code": {
        "arguments": ["--dt", "{process_date}"],
        "environment": {"STAGE": "dev"},
        "timeout_minutes": 60,
    },
    "v3_sklearn_image_script_processor": {},
    "v2_sklearn_processor": {},
}
NOT_COMPARED = {
    "v3_script_processor_s3_code_vpc_kms": "a pipeline file has no VPC, no keys and no second instance yet",
    "v3_framework_processor": "its bootstrap script installs requirements at run time; a step's image has them built in",
    "v3_processor_baked_image": "a step always brings its script; code that is baked into an image is no kind of step yet",
    "v3_pyspark_processor_full": "there is no Spark step yet",
    "v3_pyspark_processor_s3_code": "there is no Spark step yet",
}


def captured(name: str) -> dict[str, Any]:
    request: dict[str, Any] = json.loads((REQUESTS / f"{name}.json").read_text(encoding="utf-8"))
    for entry in (*request["ProcessingInputs"], *request["ProcessingOutputConfig"]["Outputs"]):
        entry.pop("AppManaged", None)  # sent by v2 of the SDK only
    return request


def ours(name: str, project: Path) -> dict[str, Any]:
    """Make the request of a pipeline with one step that is the captured job."""
    image_uri = captured(name)["AppSpecification"]["ImageUri"]
    step = {
        "name": "extract",
        "script": "scripts/extract.py",
        "image": {"uri": image_uri},
        "inputs": {"raw": "s3://{lake}/raw/"},
        "outputs": {"extract": "/opt/ml/processing/output/extract"},
        "instance": {"type": "ml.m5.xlarge", "count": 1, "volume_gb": 30},
        **COMPARED[name],
    }
    table = {
        "source": "extract",
        "database": "db",
        "name": "t",
        "columns": [{"name": "a", "type": "string"}],
        "partition_keys": [{"name": "dt"}],
    }
    (project / "scripts").mkdir(parents=True)
    (project / "scripts" / "extract.py").touch()
    (project / "pipelines").mkdir()
    document = {"name": "etl", "steps": [step], "table": table}
    (project / "pipelines" / "etl.yaml").write_text(json.dumps(document), encoding="utf-8")
    pipeline = load_project(project).pipeline("etl")
    requests = dry_run(build_plain_machine(pipeline), filled_s3(), {"date": "2026-11-23"})
    assert request_model_findings(requests) == []
    (request,) = (request.parameters for request in requests if request.is_job)
    return request


def comparable(request: dict[str, Any], like: dict[str, Any]) -> dict[str, Any]:
    """Leave out what can't be equal; see the module's docstring."""
    kept = copy.deepcopy(request)
    assert kept.pop("ProcessingJobName")
    for output in kept["ProcessingOutputConfig"]["Outputs"]:
        assert output["S3Output"].pop("S3Uri").startswith("s3://")
    assert kept["ProcessingInputs"][-1]["InputName"] == "code"
    assert kept["ProcessingInputs"][-1]["S3Input"].pop("S3Uri").startswith("s3://")
    wanted = like.get("Environment", {})
    kept["Environment"] = {name: value for name, value in kept.get("Environment", {}).items() if name in wanted}
    if "StoppingCondition" not in like:
        kept.pop("StoppingCondition", None)
    kept.pop("Tags", None)
    return kept


@pytest.mark.parametrize("name", COMPARED)
def test_the_request_is_the_sdk_s(name: str, tmp_path: Path) -> None:
    expected, request = captured(name), ours(name, tmp_path / "project")
    assert comparable(request, expected) == comparable(expected, expected)


@pytest.mark.parametrize("name", COMPARED)
def test_the_request_has_no_member_that_the_sdk_does_not_send(name: str, tmp_path: Path) -> None:
    request = ours(name, tmp_path / "project")
    assert set(request) - set(captured(name)) <= {"Environment", "StoppingCondition"}


def test_the_code_comes_last_and_is_a_folder(tmp_path: Path) -> None:
    request = ours("v3_script_processor_local_code", tmp_path / "project")
    assert [entry["InputName"] for entry in request["ProcessingInputs"]] == ["raw", "code"]
    assert request["ProcessingInputs"][-1]["S3Input"]["S3Uri"] == CODE_URI


def test_every_captured_request_is_compared_or_has_a_reason() -> None:
    assert {path.stem for path in REQUESTS.glob("*.json")} == set(COMPARED) | set(NOT_COMPARED)
    assert not set(COMPARED) & set(NOT_COMPARED)
