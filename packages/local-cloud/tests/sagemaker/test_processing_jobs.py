"""Processing jobs run their script in a container, and report the result."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cloud_under_test.extras import needs_namespaces
from cloud_under_test.observation import log_lines
from cloud_under_test.processing_jobs import job_request, s3_input, s3_output, wait_for_job

if TYPE_CHECKING:
    from collections.abc import Callable

Aws = Any
CreateJob = Any
LOG_GROUP = "/aws/sagemaker/ProcessingJobs"
RESULT = "/opt/ml/processing/output/result"


def keys_below(s3: Any, bucket: str, prefix: str) -> dict[str, bytes]:
    """Return the contents of objects, by key without the prefix."""
    found = s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    return {
        item["Key"].removeprefix(prefix): s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read() for item in found
    }


def test_inputs_arrive_and_outputs_leave_byte_for_byte(aws: Aws, create_job: CreateJob, bucket: str) -> None:
    content = bytes(range(256)) * 3
    aws("s3").put_object(Bucket=bucket, Key="in/a/dt=2026-01-01/é 1.bin", Body=content)
    aws("s3").put_object(Bucket=bucket, Key="in/a2/sibling.bin", Body=b"not below the prefix")
    aws("s3").put_object(Bucket=bucket, Key="in/one.txt", Body=b"one")
    script = f"""
import pathlib, shutil
root = pathlib.Path("/opt/ml/processing/input")
shutil.copytree(root / "a", "{RESULT}/a")
shutil.copytree(root / "one", "{RESULT}/one")
"""
    job = create_job(
        script,
        ProcessingInputs=[
            s3_input("a", f"s3://{bucket}/in/a", "/opt/ml/processing/input/a"),
            s3_input("one", f"s3://{bucket}/in/one.txt", "/opt/ml/processing/input/one"),
        ],
        ProcessingOutputConfig={"Outputs": [s3_output("result", f"s3://{bucket}/out", RESULT)]},
    )
    assert job["ProcessingJobStatus"] == "Completed", job
    assert job["ProcessingStartTime"] <= job["ProcessingEndTime"]
    assert keys_below(aws("s3"), bucket, "out/") == {"a/dt=2026-01-01/é 1.bin": content, "one/one.txt": b"one"}


def test_lines_of_output_are_in_the_log(aws: Aws, create_job: CreateJob, name: str) -> None:
    create_job("import sys\nprint('first')\nprint('später', file=sys.stderr)")
    assert log_lines(aws("logs"), LOG_GROUP, f"{name}/") == ["first", "später"]


def test_of_a_flood_of_lines_the_first_and_the_last_are_logged(
    aws: Aws, create_job: CreateJob, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local_cloud.sagemaker.job_host.MOST_LOGGED_BYTES", 100_000)
    create_job("for number in range(5000): print(number)")
    lines = log_lines(aws("logs"), LOG_GROUP, f"{name}/")
    assert lines[:2] == ["0", "1"]
    assert lines[-1001].endswith(" more lines were printed; the local cloud does not log them)")
    assert lines[-1000:] == [str(number) for number in range(4000, 5000)]
    assert len(lines) < 1500


def test_only_its_own_environment_is_visible(
    aws: Aws, create_job: CreateJob, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_PARENT", "hidden")
    script = "import json, os\nprint(json.dumps(dict(os.environ)))"
    create_job(script, Environment={"DATE": "2026-01-01", "EMPTY": ""})
    environment = json.loads(log_lines(aws("logs"), LOG_GROUP, f"{name}/")[0])
    assert environment["DATE"] == "2026-01-01"
    assert environment["EMPTY"] == ""
    assert "SECRET_OF_THE_PARENT" not in environment
    assert "hidden" not in environment.values()


def test_arguments_reach_the_script_as_they_are(aws: Aws, create_job: CreateJob, name: str) -> None:
    arguments = ["--date", "2026-01-01", "a b", "$HOME", "日本"]
    create_job("import sys, json\nprint(json.dumps(sys.argv[1:]))", AppSpecification={"ContainerArguments": arguments})
    assert json.loads(log_lines(aws("logs"), LOG_GROUP, f"{name}/")[0]) == arguments


def test_the_container_finds_its_own_configuration(aws: Aws, create_job: CreateJob, name: str) -> None:
    script = """
import json
for file in ("processingjobconfig", "resourceconfig"):
    print(json.dumps(json.load(open(f"/opt/ml/config/{file}.json"))))
"""
    described = create_job(script, Environment={"A": "1"})
    job, hosts = map(json.loads, log_lines(aws("logs"), LOG_GROUP, f"{name}/"))
    assert job["ProcessingJobArn"] == described["ProcessingJobArn"]
    assert (job["ProcessingJobName"], job["Environment"]) == (name, {"A": "1"})
    assert hosts == {"current_host": "algo-1", "hosts": ["algo-1"]}


def test_an_exit_code_fails_the_job_with_the_scripts_message(aws: Aws, create_job: CreateJob, bucket: str) -> None:
    script = f"""
import pathlib, sys
pathlib.Path("{RESULT}/half.txt").write_text("half")
pathlib.Path("/opt/ml/output/message").write_text("the 3rd line is empty")
sys.exit(3)
"""
    outputs = {"Outputs": [s3_output("result", f"s3://{bucket}/out", RESULT)]}
    job = create_job(script, ProcessingOutputConfig=outputs)
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["ExitMessage"] == "the 3rd line is empty"
    assert job["FailureReason"] == "AlgorithmError: the 3rd line is empty, exit code: 3"
    assert keys_below(aws("s3"), bucket, "out/") == {}


def test_what_runs_too_long_is_stopped(create_job: CreateJob) -> None:
    job = create_job("import time\ntime.sleep(600)", StoppingCondition={"MaxRuntimeInSeconds": 1})
    assert job["ProcessingJobStatus"] == "Stopped"
    assert "MaxRuntimeInSeconds of 1" in job["FailureReason"]


def test_stop_ends_the_script(aws: Aws, bucket: str, image_uri: str, name: str) -> None:
    script = "import time\nprint('running', flush=True)\ntime.sleep(600)\nprint('never')"
    sagemaker = aws("sagemaker")
    sagemaker.create_processing_job(**job_request(aws("s3"), bucket, image_uri, name, script))
    sagemaker.stop_processing_job(ProcessingJobName=name)
    job = wait_for_job(sagemaker, name, ("Completed", "Failed", "Stopped"))
    assert job["ProcessingJobStatus"] == "Stopped"
    assert "never" not in log_lines(aws("logs"), LOG_GROUP, f"{name}/")
    sagemaker.stop_processing_job(ProcessingJobName=name)
    assert sagemaker.describe_processing_job(ProcessingJobName=name)["ProcessingJobStatus"] == "Stopped"


def test_a_name_is_never_free_again(aws: Aws, create_job: CreateJob) -> None:
    create_job("print('once')")
    with pytest.raises(ClientError) as refused:
        create_job("print('twice')")
    assert refused.value.response["Error"]["Code"] == "ResourceInUse"


def test_a_missing_input_fails_the_job_and_names_it(create_job: CreateJob, bucket: str) -> None:
    missing = s3_input("rates", f"s3://{bucket}/nothing/here", "/opt/ml/processing/input/rates")
    job = create_job("print('not run')", ProcessingInputs=[missing])
    assert job["ProcessingJobStatus"] == "Failed"
    assert f"s3://{bucket}/nothing/here" in job["FailureReason"]
    assert "'rates'" in job["FailureReason"]


@pytest.mark.parametrize(
    ("keys", "named"),
    [
        (("a", "a/b"), "a/b"),
        ((".",), "."),
        (("x" * 300,), "x" * 300),
        (("../../x",), "../../x"),
        (("/etc/x",), "/etc/x"),
    ],
    ids=["file and folder", "dot", "long", "above", "absolute"],
)
def test_an_input_whose_keys_are_no_paths_fails_the_job_by_the_key(
    aws: Aws, create_job: CreateJob, bucket: str, keys: tuple[str, ...], named: str
) -> None:
    for key in keys:
        aws("s3").put_object(Bucket=bucket, Key=f"odd/{key}", Body=b"1")
    job = create_job("", ProcessingInputs=[s3_input("raw", f"s3://{bucket}/odd/", "/opt/ml/processing/input/raw")])
    assert job["FailureReason"].startswith(f"ClientError: Data download failed: {f'odd/{named}'!r} ")
    assert "/opt/ml/processing/input/raw" in job["FailureReason"]


def test_an_unknown_image_fails_the_job_and_names_it(create_job: CreateJob) -> None:
    job = create_job("", AppSpecification={"ImageUri": "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/none:9"})
    assert job["ProcessingJobStatus"] == "Failed"
    assert "/none:9 has no stand-in on this machine" in job["FailureReason"]


@needs_namespaces
@pytest.mark.parametrize("isolated", [True, False])
def test_network_isolation_takes_the_network_away(
    aws: Aws, create_job: CreateJob, name: str, local_cloud_server: Any, isolated: bool
) -> None:
    port = local_cloud_server.endpoint_url.rsplit(":", 1)[1]
    script = f"""
import socket
try:
    socket.create_connection(("127.0.0.1", {port}), timeout=20)
    print("connected")
except OSError:
    print("no network")
"""
    create_job(script, NetworkConfig={"EnableNetworkIsolation": isolated})
    expected = ["no network"] if isolated else ["connected"]
    assert log_lines(aws("logs"), LOG_GROUP, f"{name}/") == expected


@needs_namespaces
def test_jobs_at_the_same_time_have_each_their_own_folder(
    aws: Callable[[str], Any], bucket: str, image_uri: str, name: str
) -> None:
    script = f"""
import pathlib, time
own = pathlib.Path("{RESULT}/own.txt")
assert not own.exists()
own.write_text("x")
time.sleep(0.3)
"""
    jobs = [f"{name}-{number}" for number in range(2)]
    for job in jobs:
        outputs = {"Outputs": [s3_output("result", f"s3://{bucket}/{job}", RESULT)]}
        request = job_request(aws("s3"), bucket, image_uri, job, script, ProcessingOutputConfig=outputs)
        aws("sagemaker").create_processing_job(**request)
    for job in jobs:
        assert wait_for_job(aws("sagemaker"), job, ("Completed", "Failed"))["ProcessingJobStatus"] == "Completed"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"ProcessingJobName": "with space"}, "processingJobName"),
        ({"ProcessingJobName": "-begins"}, "processingJobName"),
        ({"ProcessingInputs": [s3_input("x", "s3://b/k", "/opt/ml/elsewhere")]}, "/opt/ml/elsewhere"),
        (
            {"ProcessingInputs": [s3_input(f"i{n}", "s3://b/k", f"/opt/ml/processing/{n}") for n in range(11)]},
            "processingInputs",
        ),
    ],
)
def test_what_sagemaker_refuses_is_refused(
    aws: Aws, bucket: str, image_uri: str, name: str, change: dict[str, Any], said: str
) -> None:
    request = {**job_request(aws("s3"), bucket, image_uri, name, ""), **change}
    with pytest.raises(ClientError, match=said) as refused:
        aws("sagemaker").create_processing_job(**request)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
