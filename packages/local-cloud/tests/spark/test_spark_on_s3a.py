"""Spark jobs use the local S3 through Hadoop's S3A, with the job's role, as on AWS."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cloud_under_test.admin import ask
from cloud_under_test.observation import log_lines
from cloud_under_test.spark_jobs import LOG_GROUP, contents, needs_spark, run_spark

if TYPE_CHECKING:
    from local_cloud.server import LocalCloud

Aws = Any
pytestmark = [*needs_spark, pytest.mark.usefixtures("s3a_jars")]

MADE_UP = """
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
root = "{bucket}".join(["s3:/" + "/", ""])
frame = spark.read.csv(root + "/in", header=True)
frame.coalesce(1).write.partitionBy("day").csv(root.replace("s3:", "s3a:") + "/out/")
# By multipart uploads that are completed when the job commits, as the committers of EMR do.
committer = {{
    "mapreduce.outputcommitter.factory.scheme.s3": "org.apache.hadoop.fs.s3a.commit.S3ACommitterFactory",
    "fs.s3a.committer.name": "magic",
}}
output_format = "org.apache.hadoop.mapreduce.lib.output.TextOutputFormat"
spark.sparkContext.parallelize([("a", "1")], 1).saveAsNewAPIHadoopFile(root + "/magic", output_format, conf=committer)
"""


def log_of(aws: Aws, job: str) -> str:
    """Return the log of a job's first host."""
    return "\n".join(log_lines(aws("logs"), LOG_GROUP, f"{job}/algo-1-"))


def test_a_uri_that_the_script_makes_up_is_read_and_each_call_has_the_role(
    aws: Aws, bucket: str, spark_image_uri: str, name: str, local_cloud_server: LocalCloud
) -> None:
    aws("s3").put_object(Bucket=bucket, Key="in/1.csv", Body=b"v,day\n1,a\n2,b\n")
    aws("s3").put_object(Bucket=bucket, Key="in/deeper", Body=b"v,day\n3,b\n")
    ask(local_cloud_server, "POST", "requests/record")
    job = run_spark(aws, bucket, spark_image_uri, name, MADE_UP.format(bucket=bucket), [])
    assert job["ProcessingJobStatus"] == "Completed", log_of(aws, name)

    written = {key: text for key, text in contents(aws, bucket, "out/").items() if not key.endswith(".csv")}
    # As on AWS, S3A leaves a marker for each folder that it renamed into, and Spark writes _SUCCESS.
    assert written == {"_SUCCESS": "", "day=a/": "", "day=b/": ""}
    rows = {key.partition("/")[0]: text for key, text in contents(aws, bucket, "out/").items() if key.endswith(".csv")}
    assert rows == {"day=a": "1\n", "day=b": "2\n3\n"}
    magic = contents(aws, bucket, "magic/")
    assert magic.pop("part-r-00000") == "a\t1\n"
    assert json.loads(magic.pop("_SUCCESS"))["committer"] == "magic"
    assert set(magic) <= {""}

    calls = [
        entry
        for entry in ask(local_cloud_server, "GET", "requests")[1]["requests"]
        if entry["parameters"].get("Bucket") == bucket
    ]
    assert {entry["role_arn"] for entry in calls} == {job["RoleArn"]}
    assert {entry["operation"] for entry in calls} == {
        *("HeadObject", "ListObjectsV2", "GetObject", "PutObject", "CopyObject", "DeleteObject"),
        *("CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "ListMultipartUploads"),
    }


ONE_FOLDER = """
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
root = "s3://{bucket}/table/"
def write(day, **options):
    spark.range(1).selectExpr("id", f"'{{day}}' day").coalesce(1).write.partitionBy("day").csv(root, **options)
write("a")
try:
    write("b")
except Exception as error:
    print("the second day:", str(error).splitlines()[0])
write("b", mode="overwrite")
"""


def test_why_a_table_that_spark_writes_is_not_in_place(aws: Aws, bucket: str, spark_image_uri: str, name: str) -> None:
    """A plain write fails on the second day, and overwriting deletes the first."""
    job = run_spark(aws, bucket, spark_image_uri, name, ONE_FOLDER.format(bucket=bucket), [])
    log = log_of(aws, name)
    assert job["ProcessingJobStatus"] == "Completed", log
    assert "the second day: [PATH_ALREADY_EXISTS]" in log
    assert {key.partition("/")[0] for key in contents(aws, bucket, "table/") if key.endswith(".csv")} == {"day=b"}


NO_NETWORK = """
import os
from pyspark.sql import SparkSession
assert not [name for name in os.environ if name.startswith(("AWS_ACCESS", "AWS_SECRET", "AWS_ENDPOINT"))]
SparkSession.builder.getOrCreate().read.text("s3://{bucket}/in").count()
"""


def test_a_job_without_a_network_reaches_no_s3(aws: Aws, bucket: str, spark_image_uri: str, name: str) -> None:
    aws("s3").put_object(Bucket=bucket, Key="in/1.txt", Body=b"x\n")
    isolated = {"EnableNetworkIsolation": True}
    script = NO_NETWORK.format(bucket=bucket)
    job = run_spark(aws, bucket, spark_image_uri, name, script, [f"s3://{bucket}/in"], NetworkConfig=isolated)
    assert job["ProcessingJobStatus"] == "Failed"
    log = log_of(aws, name)
    assert "the job has no network: s3:// cannot be read or written" in log
    assert "UnsupportedFileSystemException" in log


KILLED = """
import os, signal
from pyspark.sql import SparkSession
from pyspark.sql.functions import udf
spark = SparkSession.builder.getOrCreate()
spark_process = os.getppid()

@udf("long")
def kill(number):
    os.kill(spark_process, signal.SIGKILL)
    return number

spark.range(1).coalesce(1).write.csv("s3://{bucket}/out/")
spark.range(1).select(kill("id")).coalesce(1).write.csv("s3://{bucket}/killed/")
"""


def test_what_a_killed_job_leaves_is_there(aws: Aws, bucket: str, spark_image_uri: str, name: str) -> None:
    job = run_spark(aws, bucket, spark_image_uri, name, KILLED.format(bucket=bucket), [])
    assert job["ProcessingJobStatus"] == "Failed", log_of(aws, name)
    assert "_SUCCESS" in contents(aws, bucket, "out/")
    assert contents(aws, bucket, "killed/") == {"_temporary/0/": ""}
