"""The typed model of a pipeline's network."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from partitioned_pipelines.spec.model.file_model import FileModel
from partitioned_pipelines.spec.model.schema_text import SecurityGroupId, SubnetId

# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_VpcConfig.html
MOST_SUBNETS = 16
MOST_SECURITY_GROUPS = 5


class Network(FileModel):
    """The subnets of a VPC that the jobs run in, and the security groups that guard them there."""

    subnets: Annotated[tuple[SubnetId, ...], Field(min_length=1, max_length=MOST_SUBNETS)]
    """Ids, up to 16, all of one VPC."""
    security_groups: Annotated[tuple[SecurityGroupId, ...], Field(min_length=1, max_length=MOST_SECURITY_GROUPS)]
    """Ids, up to 5, of the same VPC."""
