"""A processing job with the entrypoint smspark-submit runs PySpark, which reads and writes S3 as on a cluster."""

from __future__ import annotations

import importlib
import json
from typing import Any

import pytest

from cloud_under_test.observation import log_lines
from cloud_under_test.processing_jobs import s3_input, s3_output
from cloud_under_test.spark_jobs import EVENTS, LOG_GROUP, contents, needs_spark, run_spark

Aws = Any


SPLIT_BY_DAY = """
import json, sys
from day_names import COLUMN
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
job = json.load(open("/opt/ml/config/processingjobconfig.json"))
(output,) = [o for o in job["ProcessingOutputConfig"]["Outputs"] if o["OutputName"] == "result"]
uri = output["S3Output"]["S3Uri"]
frame = spark.read.csv(sys.argv[1], header=True)
frame.coalesce(1).write.partitionBy(COLUMN).mode("overwrite").csv(uri)
print("shuffles", spark.conf.get("spark.sql.shuffle.partitions"), spark._jsc.hadoopConfiguration().get("a.b"))
print("read again", spark.read.csv(uri.replace("s3://", "s3a://")).count(), sys.argv[2:])
"""


@pytest.fixture
def without_s3a(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the jars of S3A, so that folders are used instead of S3."""
    # By import_module: the package exports a function with the module's name.
    monkeypatch.setattr(importlib.import_module("local_cloud.spark.spark_runtime"), "find_jars", lambda _store: None)


class TestWithSpark:
    pytestmark = needs_spark

    @pytest.fixture(autouse=True, params=["s3a_jars", "without_s3a"])
    def client_of_s3(self, request: pytest.FixtureRequest) -> str:
        request.getfixturevalue(request.param)
        return str(request.param)

    def test_a_script_reads_and_writes_s3_with_its_files_and_settings(
        self, aws: Aws, bucket: str, spark_image_uri: str, name: str, client_of_s3: str
    ) -> None:
        s3 = aws("s3")
        s3.put_object(Bucket=bucket, Key="in/1.csv", Body="v,day\n1,月\n2,a b\n".encode())
        s3.put_object(Bucket=bucket, Key="in/2.csv", Body="v,day\n3,月\n".encode())
        s3.put_object(Bucket=bucket, Key="out/day=stale/part-0.csv", Body=b"9\n")
        s3.put_object(Bucket=bucket, Key="out2/sibling", Body=b"stays")
        s3.put_object(Bucket=bucket, Key="py-files/day_names.py", Body=b"COLUMN = 'day'\n")
        configuration = [
            {"Classification": "spark-defaults", "Properties": {"spark.sql.shuffle.partitions": "3"}},
            {"Classification": "core-site", "Properties": {"a.b": "c"}},
            {"Classification": "yarn-site", "Properties": {"yarn.x": "y"}},
        ]
        s3.put_object(Bucket=bucket, Key="conf/configuration.json", Body=json.dumps(configuration).encode())
        events = s3_output("spark-event-logs", f"s3://{bucket}/events/", EVENTS)
        events["S3Output"]["S3UploadMode"] = "Continuous"
        job = run_spark(
            aws, bucket, spark_image_uri, name, SPLIT_BY_DAY, [f"s3://{bucket}/in/*.csv", "-v", "--x", "a b"],
            "--py-files", "/opt/ml/processing/input/py-files", "--local-spark-event-logs-dir", EVENTS,
            ProcessingInputs=[
                s3_input("py-files", f"s3://{bucket}/py-files", "/opt/ml/processing/input/py-files"),
                s3_input("conf", f"s3://{bucket}/conf/configuration.json", "/opt/ml/processing/input/conf"),
            ],
            ProcessingOutputConfig={
                "Outputs": [s3_output("result", f"s3://{bucket}/out", "/opt/ml/processing/output"), events]
            },
            ProcessingResources={
                "ClusterConfig": {"InstanceCount": 2, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 30}
            },
        )  # fmt: skip
        log = log_lines(aws("logs"), LOG_GROUP, f"{name}/algo-1-")
        assert job["ProcessingJobStatus"] == "Completed", log
        written = contents(aws, bucket, "out/")
        assert written.pop("_SUCCESS") == ""
        folders = {key: written.pop(key) for key in list(written) if key.endswith("/")}
        assert folders == ({"day=月/": "", "day=a b/": ""} if client_of_s3 == "s3a_jars" else {})
        rows = {key.rpartition("/")[0]: text for key, text in written.items()}
        assert rows == {"day=月": "1\n3\n", "day=a b": "2\n"}
        assert any("mapped to local folders" in line for line in log) is (client_of_s3 == "without_s3a")
        assert contents(aws, bucket, "out2/") == {"sibling": "stays"}
        assert "shuffles 3 c" in log
        assert "read again 3 ['-v', '--x', 'a b']" in log
        (events_of_run,) = contents(aws, bucket, "events/").values()
        assert '"Event":"SparkListenerApplicationEnd"' in events_of_run
        assert any(
            "only the first host runs Spark" in line for line in log_lines(aws("logs"), LOG_GROUP, f"{name}/algo-2-")
        )

    def test_a_script_that_fails_fails_the_job_and_says_where_to_look(
        self, aws: Aws, bucket: str, spark_image_uri: str, name: str
    ) -> None:
        script = "import sys\nprint('before')\nraise ValueError('the day is empty')"
        job = run_spark(aws, bucket, spark_image_uri, name, script, [])
        assert job["ProcessingJobStatus"] == "Failed"
        assert "spark failed with a non-zero exit code: 1" in job["FailureReason"]
        assert job["FailureReason"].endswith("exit code: 1")
        assert any("the day is empty" in line for line in log_lines(aws("logs"), LOG_GROUP, f"{name}/"))


def test_an_image_without_pyspark_fails_the_job_with_the_way_out(
    aws: Aws, bucket: str, image_uri: str, name: str
) -> None:
    job = run_spark(aws, bucket, image_uri, name, "", [])
    assert job["ProcessingJobStatus"] == "Failed"
    assert "has no pyspark: add it to the image's local requirements" in job["FailureReason"]


@pytest.mark.usefixtures("without_s3a")
@pytest.mark.parametrize(
    ("options", "said"), [(["--conf", "a=b"], "Couldn't parse input"), (["--cla", "Main"], "Couldn't parse input")]
)
def test_an_option_that_the_real_one_lacks_is_refused(
    aws: Aws, bucket: str, image_uri: str, name: str, options: list[str], said: str
) -> None:
    job = run_spark(aws, bucket, image_uri, name, "", [], *options)
    assert job["ProcessingJobStatus"] == "Failed"
    assert said in job["FailureReason"]


@pytest.mark.usefixtures("without_s3a")
def test_objects_that_cant_be_files_side_by_side_fail_the_job(aws: Aws, bucket: str, image_uri: str, name: str) -> None:
    aws("s3").put_object(Bucket=bucket, Key="in/a", Body=b"")
    aws("s3").put_object(Bucket=bucket, Key="in/a/b", Body=b"")
    job = run_spark(aws, bucket, image_uri, name, "", [f"s3a://{bucket}/in"])
    assert job["ProcessingJobStatus"] == "Failed"
    assert f"s3://{bucket}/in/a" in job["FailureReason"]
