"""Fixtures of one local cloud in this process, shared by the comparison tests."""

from cloud_under_test.fixtures import (
    aws,
    bucket,
    create_job,
    image_uri,
    lake,
    local_cloud_server,
    name,
    role_arn,
    s3a_jars,
    spark_image_uri,
    stacks,
    state_machines,
)
from local_cloud.request_validation import service_model

service_model("s3")  # before `parsed_once` makes it the model of all clients, which remove the bucket from its paths

__all__ = [
    "aws",
    "bucket",
    "create_job",
    "image_uri",
    "lake",
    "local_cloud_server",
    "name",
    "role_arn",
    "s3a_jars",
    "spark_image_uri",
    "stacks",
    "state_machines",
]
