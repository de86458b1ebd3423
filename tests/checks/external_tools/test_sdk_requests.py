"""Tests that the request of each kind of step equals what the official SDK sends for the same job.

The captured requests are in ``tests/fixtures/create_processing_job``, with the calls that created them. Fields that cannot be
equal are not compared:

- ``ProcessingJobName`` and each output's ``S3Uri``: ours end in a UUID for each attempt.
- The ``S3Uri`` of files published with the job, ``code``, ``py-files`` and ``conf``: the prefixes differ. Ours is the script's whole
  folder unless Spark runs it, the SDK's is a single file.
- ``Environment``: ours also contains the run's interval and id; the file's own variables are compared.
- ``StoppingCondition``, if the SDK sends none: ours always exists; if the SDK sends one, it is compared.
- The ids of subnets and groups: the captured ``subnet-1`` and ``sg-1`` are not valid in AWS, and a pipeline file rejects them.
- ``S3UploadMode`` of that captured job: its output is uploaded while it runs, ours when it has ended.
- The keys: the captured job names two by alias, ours names one by ARN.
- ``Tags``: ours are those of the pipeline's stack.
"""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from partitioned_pipelines.spec import load_project
from tests.checks.state_machine.dry_run import dry_run, request_model_findings
from tests.checks.state_machine.plain_machine import CODE_URI, build_plain_machine
from tests.synthesized.intrinsics import ACCOUNT, REGION
from tests.synthesized.subject import filled_s3
from tests.synthesized.synthesis import ROOT

REQUESTS = ROOT / "tests" / "fixtures" / "create_processing_job"

_SCRIPT = {
    "script": "scripts/extract.py",
    "inputs": {"raw": "s3://{lake}/raw/"},
    "outputs": {"extract": "/opt/ml/processing/output/extract"},
}
_SPARK = {"script": "scripts/spark_job.py", "image": {"spark": "3.5"}}

_PUBLISHED = {"py-files", "conf", "code"}

# By captured request: the pipeline file's step for the same job.
COMPARED: dict[str, dict[str, Any]] = {
    "v3_script_processor_local_code": {
        **_SCRIPT,
        "arguments": ["--dt", "{process_date}"],
        "environment": {"STAGE": "dev"},
        "timeout_minutes": 60,
    },
    "v3_sklearn_image_script_processor": {**_SCRIPT, "image": {"sklearn": "1.4-2"}},
    "v2_sklearn_processor": {**_SCRIPT, "image": {"sklearn": "1.4-2"}},
    "v3_processor_baked_image": {
        "entrypoint": ["python3", "-m", "etl.extract"],
        "arguments": ["--dt", "{process_date}"],
        "inputs": _SCRIPT["inputs"],
        "outputs": _SCRIPT["outputs"],
    },
    "v3_pyspark_processor_s3_code": {
        **_SPARK,
        "inputs": {"lookup": "s3://{lake}/lookup/"},
        "outputs": {"curated": "/opt/ml/processing/output/curated"},
        "arguments": ["--dt", "{process_date}"],
        "instance": {"type": "ml.m5.xlarge", "count": 2},
    },
    "v3_pyspark_processor_full": {
        **_SPARK,
        "arguments": ["--input", "s3a://{lake}/extract/", "--output", "s3a://{lake}/curated/"],
        "environment": {"STAGE": "dev"},
        "instance": {"type": "ml.m5.xlarge", "count": 3},
        "timeout_minutes": 120,
        "spark": {
            "py_files": ["scripts/extract.py"],
            "configuration": [{"Classification": "spark-defaults", "Properties": {"spark.executor.memory": "2g"}}],
            "event_logs": True,
        },
    },
    "v3_script_processor_s3_code_vpc_kms": {
        **_SCRIPT,
        "inputs": {"raw": {"uri": "s3://{lake}/raw/", "distribution": "sharded"}},
        "instance": {"type": "ml.m5.xlarge", "count": 2},
    },
}
# By captured request: the deployment's options.
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
PROTECTION: dict[str, Any] = {"kms_key_arn": KEY, "encrypt_inter_container_traffic": True}
PROTECTED = {"v3_script_processor_s3_code_vpc_kms": PROTECTION}
# By captured request: the pipeline's options outside the step.
NETWORKS: dict[str, dict[str, Any]] = {
    "v3_script_processor_s3_code_vpc_kms": {
        "network": {"subnets": ["subnet-0123456789abcdef0"], "security_groups": ["sg-0123456789abcdef0"]}
    }
}
NOT_COMPARED = {
    "v3_framework_processor": "its bootstrap script installs requirements at run time; a step's image has them built in",
}


def captured(name: str) -> dict[str, Any]:
    request: dict[str, Any] = json.loads((REQUESTS / f"{name}.json").read_text(encoding="utf-8"))
    for entry in (*request["ProcessingInputs"], *request["ProcessingOutputConfig"]["Outputs"]):
        entry.pop("AppManaged", None)  # sent only by v2 of the SDK
    return request


def ours(name: str, project: Path) -> dict[str, Any]:
    """Return the request of a pipeline with one step that equals the captured job."""
    step = {
        "name": "extract",
        "image": {"uri": captured(name)["AppSpecification"]["ImageUri"]},
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
    for script in ("extract.py", "spark_job.py"):
        (project / "scripts" / script).touch()
    (project / "pipelines").mkdir()
    document = {"name": "etl", "steps": [step], "table": table, **NETWORKS.get(name, {})}
    (project / "pipelines" / "etl.yaml").write_text(json.dumps(document), encoding="utf-8")
    pipeline = load_project(project).pipeline("etl")
    machine = build_plain_machine(pipeline, **PROTECTED.get(name, {}))
    requests = dry_run(machine, filled_s3(), {"date": "2026-11-23"})
    assert request_model_findings(requests) == []
    (request,) = (request.parameters for request in requests if request.is_job)
    return request


def comparable(request: dict[str, Any], like: dict[str, Any]) -> dict[str, Any]:
    """Return a request without the fields that can't be equal; see the module's docstring."""
    kept = copy.deepcopy(request)
    assert kept.pop("ProcessingJobName")
    outputs = kept["ProcessingOutputConfig"]["Outputs"]
    for output in outputs:
        assert output["S3Output"].pop("S3Uri").startswith("s3://")
    # The captured Spark job declares no output, but a step always has one.
    kept["ProcessingOutputConfig"]["Outputs"] = [
        output for output in outputs if output["OutputName"] in _names(like["ProcessingOutputConfig"]["Outputs"])
    ]
    for entry in kept["ProcessingInputs"]:
        if entry["InputName"] in _PUBLISHED:
            assert entry["S3Input"].pop("S3Uri").startswith("s3://")
    _leave_out_the_network(kept, like)
    wanted = like.get("Environment", {})
    kept["Environment"] = {name: value for name, value in kept.get("Environment", {}).items() if name in wanted}
    if "StoppingCondition" not in like:
        kept.pop("StoppingCondition", None)
    kept.pop("Tags", None)
    return kept


def _leave_out_the_network(kept: dict[str, Any], like: dict[str, Any]) -> None:
    """Keep the facts that a key is named and that traffic is encrypted, not the ids."""
    if "NetworkConfig" not in like:
        return
    for ids in kept["NetworkConfig"]["VpcConfig"].values():
        ids[:] = [each.partition("-")[0] for each in ids]
    for output in kept["ProcessingOutputConfig"]["Outputs"]:
        output["S3Output"].pop("S3UploadMode")
    for place, name in (
        (kept["ProcessingResources"]["ClusterConfig"], "VolumeKmsKeyId"),
        (kept["ProcessingOutputConfig"], "KmsKeyId"),
    ):
        assert place[name].startswith(("alias/", "arn:aws:kms:"))
        place[name] = "<key>"


def _names(outputs: list[dict[str, Any]]) -> set[str]:
    return {output["OutputName"] for output in outputs}


@pytest.mark.parametrize("name", COMPARED)
def test_the_request_is_the_sdk_s(name: str, tmp_path: Path) -> None:
    expected, request = captured(name), ours(name, tmp_path / "project")
    assert comparable(request, expected) == comparable(expected, expected)


@pytest.mark.parametrize("name", COMPARED)
def test_the_request_has_no_member_that_the_sdk_does_not_send(name: str, tmp_path: Path) -> None:
    request = ours(name, tmp_path / "project")
    assert set(request) - set(captured(name)) <= {"Environment", "StoppingCondition", "Tags"}


def test_spark_gets_files_and_not_folders(tmp_path: Path) -> None:
    request = ours("v3_pyspark_processor_full", tmp_path / "project")
    uris = {entry["InputName"]: entry["S3Input"]["S3Uri"] for entry in request["ProcessingInputs"]}
    assert uris["code"] == f"{CODE_URI}spark_job.py"
    assert uris["conf"].endswith("/configuration.json")
    assert uris["py-files"].endswith("/")


def test_a_key_and_encrypted_traffic_are_asked_for_only_where_the_deployment_does(tmp_path: Path) -> None:
    plain = ours("v3_script_processor_local_code", tmp_path / "project")
    assert "NetworkConfig" not in plain
    assert "KmsKeyId" not in plain["ProcessingOutputConfig"]
    assert "VolumeKmsKeyId" not in plain["ProcessingResources"]["ClusterConfig"]


def test_the_code_comes_last_and_is_a_folder(tmp_path: Path) -> None:
    request = ours("v3_script_processor_local_code", tmp_path / "project")
    assert [entry["InputName"] for entry in request["ProcessingInputs"]] == ["raw", "code"]
    assert request["ProcessingInputs"][-1]["S3Input"]["S3Uri"] == CODE_URI


def test_every_captured_request_is_compared_or_has_a_reason() -> None:
    assert {path.stem for path in REQUESTS.glob("*.json")} == set(COMPARED) | set(NOT_COMPARED)
    assert not set(COMPARED) & set(NOT_COMPARED)
