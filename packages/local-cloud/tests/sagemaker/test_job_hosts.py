"""A processing job with several instances: each host has its own folder, share of the inputs and log; all end together."""

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
DATA = "/opt/ml/processing/input/data"
RESULT = "/opt/ml/processing/output/result"
ENDED = ("Completed", "Failed", "Stopped")


def instances(count: int) -> dict[str, Any]:
    """Return the part of a request for a number of instances."""
    cluster = {"InstanceCount": count, "InstanceType": "ml.t3.medium", "VolumeSizeInGB": 1}
    return {"ProcessingResources": {"ClusterConfig": cluster}}


def data_input(uri: str, **more: str) -> dict[str, Any]:
    """Return an input with a URI."""
    entry = s3_input("data", uri, DATA)
    return {**entry, "S3Input": {**entry["S3Input"], **more}}


def put(aws: Aws, bucket: str, *keys: str) -> None:
    """Put objects whose content is their key."""
    for key in keys:
        aws("s3").put_object(Bucket=bucket, Key=key, Body=key.encode())


def keys(aws: Aws, bucket: str, prefix: str) -> dict[str, str]:
    """Return the contents of objects, by key without the prefix."""
    found = aws("s3").list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    return {
        item["Key"].removeprefix(prefix): aws("s3").get_object(Bucket=bucket, Key=item["Key"])["Body"].read().decode()
        for item in found
    }


# Each host writes the list of its files to a file with its name.
LIST_FILES = f"""
import json, pathlib
host = json.load(open("/opt/ml/config/resourceconfig.json"))["current_host"]
root = pathlib.Path("{DATA}")
files = {{str(path.relative_to(root)): path.read_text() for path in root.rglob("*") if path.is_file()}}
out = pathlib.Path("{RESULT}")
assert list(out.iterdir()) == []
(out / host).write_text(json.dumps(files))
"""


@pytest.fixture
def files_by_host(aws: Aws, create_job: CreateJob, bucket: str) -> Callable[..., dict[str, dict[str, str]]]:
    """Run a job on several hosts, and return the files of each."""

    def run(count: int, entry: dict[str, Any]) -> dict[str, dict[str, str]]:
        job = create_job(
            LIST_FILES,
            ProcessingInputs=[entry],
            ProcessingOutputConfig={"Outputs": [s3_output("result", f"s3://{bucket}/out", RESULT)]},
            **instances(count),
        )
        assert job["ProcessingJobStatus"] == "Completed", job
        return {host: json.loads(text) for host, text in keys(aws, bucket, "out/").items()}

    return run


def test_each_host_has_all_of_a_replicated_input(aws: Aws, files_by_host: Any, bucket: str) -> None:
    put(aws, bucket, "in/a", "in/b/c")
    found = files_by_host(2, data_input(f"s3://{bucket}/in/", S3DataDistributionType="FullyReplicated"))
    assert found == {host: {"a": "in/a", "b/c": "in/b/c"} for host in ("algo-1", "algo-2")}


@pytest.mark.parametrize("object_count", [1, 7])
def test_a_sharded_input_is_dealt_out_evenly_without_a_rest(
    aws: Aws, files_by_host: Any, bucket: str, object_count: int
) -> None:
    names = [f"dt={number}/part.csv" for number in range(object_count)]
    put(aws, bucket, *(f"in/{name}" for name in names))
    found = files_by_host(3, data_input(f"s3://{bucket}/in/", S3DataDistributionType="ShardedByS3Key"))
    assert sorted(found) == ["algo-1", "algo-2", "algo-3"]
    assert sorted(name for files in found.values() for name in files) == names
    counts = sorted(len(files) for files in found.values())
    assert counts[-1] - counts[0] <= 1


def test_a_manifest_names_the_files_by_their_relative_keys(aws: Aws, files_by_host: Any, bucket: str) -> None:
    put(aws, bucket, "t/runs/1/dt=a/x", "t/runs/2/dt=b/y", "t/runs/2/dt=c/not-named")
    manifest = [{"prefix": f"s3://{bucket}/t/"}, "runs/1/dt=a/x", "runs/2/dt=b/y"]
    aws("s3").put_object(Bucket=bucket, Key="m.json", Body=json.dumps(manifest).encode())
    found = files_by_host(1, data_input(f"s3://{bucket}/m.json", S3DataType="ManifestFile"))
    assert found == {"algo-1": {"runs/1/dt=a/x": "t/runs/1/dt=a/x", "runs/2/dt=b/y": "t/runs/2/dt=b/y"}}


def test_the_files_of_a_manifest_can_be_sharded(aws: Aws, files_by_host: Any, bucket: str) -> None:
    put(aws, bucket, "t/1", "t/2")
    aws("s3").put_object(Bucket=bucket, Key="m", Body=json.dumps([{"prefix": f"s3://{bucket}/t/"}, "1", "2"]).encode())
    entry = data_input(f"s3://{bucket}/m", S3DataType="ManifestFile", S3DataDistributionType="ShardedByS3Key")
    found = files_by_host(2, entry)
    assert sorted(map(tuple, found.values())) == [("1",), ("2",)]


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ("nonsense", "cannot be read"),
        ("[]", "not an array whose first element is an object with a prefix"),
        ('[{"prefix": "t/"}, "1"]', "is not an S3 URI"),
        ('[{"prefix": "s3://BUCKET/t/"}]', "it has no keys after its prefix"),
        ('[{"prefix": "s3://BUCKET/t/"}, "gone"]', "/t/gone'"),
        ('[{"prefix": "s3://BUCKET/"}, "../escape"]', "leads out of"),
    ],
)
def test_a_manifest_that_cant_be_followed_fails_the_job(
    aws: Aws, create_job: CreateJob, bucket: str, manifest: str, said: str
) -> None:
    put(aws, bucket, "t/1", "../escape")
    aws("s3").put_object(Bucket=bucket, Key="m", Body=manifest.replace("BUCKET", bucket).encode())
    job = create_job("", ProcessingInputs=[data_input(f"s3://{bucket}/m", S3DataType="ManifestFile")])
    assert job["ProcessingJobStatus"] == "Failed"
    assert said in job["FailureReason"]
    assert "'data'" in job["FailureReason"] or "../escape" in job["FailureReason"]


def test_each_host_has_its_name_and_a_log_of_its_own(aws: Aws, create_job: CreateJob, name: str) -> None:
    create_job("print(open('/opt/ml/config/resourceconfig.json').read())", **instances(2))
    for host in ("algo-1", "algo-2"):
        (line,) = log_lines(aws("logs"), LOG_GROUP, f"{name}/{host}-")
        assert json.loads(line) == {"current_host": host, "hosts": ["algo-1", "algo-2"]}


FIRST_FAILS = """
import json, sys, time
host = json.load(open("/opt/ml/config/resourceconfig.json"))["current_host"]
if host == "algo-2":
    open("/opt/ml/output/message", "w").write("no disk")
    sys.exit(5)
time.sleep(600)
"""


@needs_namespaces
def test_one_hosts_failure_fails_the_job_and_ends_the_others(aws: Aws, create_job: CreateJob, bucket: str) -> None:
    outputs = {"Outputs": [s3_output("result", f"s3://{bucket}/out", RESULT)]}
    job = create_job(FIRST_FAILS, ProcessingOutputConfig=outputs, **instances(3))
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"] == "AlgorithmError: no disk, exit code: 5"
    assert keys(aws, bucket, "out/") == {}


@needs_namespaces
def test_stop_ends_all_hosts(aws: Aws, bucket: str, image_uri: str, name: str) -> None:
    script = "import time\nprint('running', flush=True)\ntime.sleep(600)\nprint('never')"
    request = job_request(aws("s3"), bucket, image_uri, name, script, **instances(2))
    aws("sagemaker").create_processing_job(**request)
    while len(_lines(aws, name)) < 2:
        pass
    aws("sagemaker").stop_processing_job(ProcessingJobName=name)
    assert wait_for_job(aws("sagemaker"), name, ENDED)["ProcessingJobStatus"] == "Stopped"
    assert _lines(aws, name) == ["running", "running"]


def _lines(aws: Aws, name: str) -> list[str]:
    try:
        return log_lines(aws("logs"), LOG_GROUP, f"{name}/")
    except aws("logs").exceptions.ResourceNotFoundException:
        return []  # no job has logged yet


def test_a_continuous_output_is_there_before_the_job_ends(aws: Aws, bucket: str, image_uri: str, name: str) -> None:
    script = f"""
import pathlib, time
pathlib.Path("{RESULT}/early").write_text("early")
while True:
    time.sleep(0.05)
"""
    output = s3_output("result", f"s3://{bucket}/out", RESULT)
    output["S3Output"]["S3UploadMode"] = "Continuous"
    request = job_request(aws("s3"), bucket, image_uri, name, script, ProcessingOutputConfig={"Outputs": [output]})
    aws("sagemaker").create_processing_job(**request)
    while not keys(aws, bucket, "out/"):
        assert aws("sagemaker").describe_processing_job(ProcessingJobName=name)["ProcessingJobStatus"] == "InProgress"
    aws("sagemaker").stop_processing_job(ProcessingJobName=name)
    wait_for_job(aws("sagemaker"), name, ENDED)
    assert keys(aws, bucket, "out/") == {"early": "early"}


def test_a_continuous_output_is_uploaded_to_its_end_also_of_a_job_that_fails(
    aws: Aws, create_job: CreateJob, bucket: str
) -> None:
    script = f"""
import pathlib
out = pathlib.Path("{RESULT}")
(out / "gone").write_text("x")
(out / "gone").unlink()
(out / "last").write_text("last")
raise SystemExit(1)
"""
    output = s3_output("result", f"s3://{bucket}/out", RESULT)
    output["S3Output"]["S3UploadMode"] = "Continuous"
    job = create_job(script, ProcessingOutputConfig={"Outputs": [output]})
    assert job["ProcessingJobStatus"] == "Failed"
    assert keys(aws, bucket, "out/") == {"last": "last"}


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (data_input("s3://b/k", S3CompressionType="Gzip"), "Gzip"),
        (data_input("s3://b/k", S3InputMode="Pipe"), "Pipe"),
        ({"InputName": "data", "DatasetDefinition": {"LocalPath": DATA}}, "DatasetDefinition"),
        (
            {**s3_input("data", "s3://b/k", DATA), "S3Input": {"S3Uri": "s3://b/k", "S3DataType": "S3Prefix"}},
            "The local path None",
        ),
    ],
)
def test_what_is_not_served_is_refused_by_name(
    aws: Aws, bucket: str, image_uri: str, name: str, entry: dict[str, Any], said: str
) -> None:
    request = job_request(aws("s3"), bucket, image_uri, name, "", ProcessingInputs=[entry])
    with pytest.raises(ClientError, match=said) as refused:
        aws("sagemaker").create_processing_job(**request)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert "'data'" in refused.value.response["Error"]["Message"]
