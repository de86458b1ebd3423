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
