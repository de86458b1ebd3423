"""A processing job whose entrypoint is smspark-submit runs PySpark, and reads and writes S3 as on a cluster."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local_cloud.images import ImageStore
from tests.extras import PYSPARK, needs_java, needs_pyspark
from tests.local_cloud.observation import log_lines
from tests.local_cloud.processing_jobs import job_request, s3_input, s3_output, wait_for_job

if TYPE_CHECKING:
    from local_cloud.server import LocalCloud

Aws = Any
LOG_GROUP = "/aws/sagemaker/ProcessingJobs"
ENDED = ("Completed", "Failed", "Stopped")
CODE = "/opt/ml/processing/input/code/script.py"
EVENTS = "/opt/ml/processing/spark-events/"
needs_spark = [
    pytest.mark.heavy,
    pytest.mark.spark,
    needs_pyspark,
    needs_java,
]


@pytest.fixture(scope="session")
def spark_image_uri(local_cloud_server: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An image whose PySpark is this environment's own, which spares an installation of 400 MB."""
    assert PYSPARK is not None
    assert PYSPARK.origin is not None
    requirements = tmp_path_factory.mktemp("spark") / "requirements.txt"
    requirements.write_text("# PySpark comes by a .pth file\n")
    uri = "411782140378.dkr.ecr.ap-northeast-1.amazonaws.com/sagemaker-spark-processing:3.5-cpu"
    images = ImageStore(local_cloud_server.settings.image_store)
    image = images.stand_in(requirements)
    (site_packages,) = image.venv.glob("lib/python*/site-packages")
    (site_packages / "pyspark.pth").write_text(str(Path(PYSPARK.origin).parents[1]))
    images.register(uri, image)
    return uri


def run_spark(
    aws: Aws, bucket: str, image: str, job: str, script: str, arguments: list[str], *options: str, **more: Any
) -> dict[str, Any]:
    """Run a job that submits a script, and give its description."""
    application: dict[str, Any] = {"ContainerEntrypoint": ["smspark-submit", *options, CODE]}
    if arguments:
        application["ContainerArguments"] = arguments
    request = job_request(aws("s3"), bucket, image, job, script, AppSpecification=application, **more)
    aws("sagemaker").create_processing_job(**request)
    return wait_for_job(aws("sagemaker"), job, ENDED)


def contents(aws: Aws, bucket: str, prefix: str) -> dict[str, str]:
    """Give the objects below a prefix, by the rest of their keys."""
    found = aws("s3").list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    return {
        item["Key"].removeprefix(prefix): aws("s3").get_object(Bucket=bucket, Key=item["Key"])["Body"].read().decode()
        for item in found
    }


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


class TestWithSpark:
    pytestmark = needs_spark

    def test_a_script_reads_and_writes_s3_with_its_files_and_settings(
        self, aws: Aws, bucket: str, spark_image_uri: str, name: str
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
        rows = {key.rpartition("/")[0]: text for key, text in written.items()}
        assert rows == {"day=月": "1\n3\n", "day=a b": "2\n"}
        assert contents(aws, bucket, "out2/") == {"sibling": "stays"}
        assert "shuffles 3 c" in log
        assert "read again 3 ['-v', '--x', 'a b']" in log
        (events_of_run,) = contents(aws, bucket, "events/").values()
        assert '"Event":"SparkListenerApplicationEnd"' in events_of_run
        assert any("nothing to do" in line for line in log_lines(aws("logs"), LOG_GROUP, f"{name}/algo-2-"))

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
    assert "has no pyspark: name it in the requirements" in job["FailureReason"]


@pytest.mark.parametrize(
    ("options", "said"), [(["--conf", "a=b"], "Couldn't parse input"), (["--cla", "Main"], "Couldn't parse input")]
)
def test_an_option_that_the_real_one_lacks_is_refused(
    aws: Aws, bucket: str, image_uri: str, name: str, options: list[str], said: str
) -> None:
    job = run_spark(aws, bucket, image_uri, name, "", [], *options)
    assert job["ProcessingJobStatus"] == "Failed"
    assert said in job["FailureReason"]


def test_objects_that_cant_be_files_side_by_side_fail_the_job(aws: Aws, bucket: str, image_uri: str, name: str) -> None:
    aws("s3").put_object(Bucket=bucket, Key="in/a", Body=b"")
    aws("s3").put_object(Bucket=bucket, Key="in/a/b", Body=b"")
    job = run_spark(aws, bucket, image_uri, name, "", [f"s3a://{bucket}/in"])
    assert job["ProcessingJobStatus"] == "Failed"
    assert f"s3://{bucket}/in/a" in job["FailureReason"]
