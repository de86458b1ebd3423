"""Texts of a pipeline file, with what its JSON Schema says of them.

The rules that are checked, and their messages, are in ``check``, ``step_check`` and their neighbours: they know the rest of the file, and say
what would be right. A schema knows a pattern only, which is enough for an editor to underline most mistakes while they are made.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from partitioned_pipelines.spec.checks.column_types import TYPE_PATTERN
from partitioned_pipelines.spec.checks.limits import LONGEST_ARGUMENT
from partitioned_pipelines.spec.checks.names import (
    ENVIRONMENT_NAME_PATTERN,
    LONGEST_GLUE_NAME,
    LONGEST_PIPELINE,
    LONGEST_STEP,
    NAME_PATTERN,
)
from partitioned_pipelines.spec.checks.s3_uri_check import URI_PATTERN


def in_schema(pattern: str | None = None, longest: int | None = None, examples: list[str] | None = None) -> Any:
    says: dict[str, Any] = {
        "pattern": pattern and f"^({pattern})$",
        "maxLength": longest,
        "examples": examples,
    }
    return Field(json_schema_extra={key: value for key, value in says.items() if value is not None})


SUBNET_PATTERN = "subnet-[0-9a-f]{8}([0-9a-f]{9})?"
SECURITY_GROUP_PATTERN = "sg-[0-9a-f]{8}([0-9a-f]{9})?"
# The whole ARN ends in a hyphen and six characters that nobody chooses: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_iam-permissions.html
SECRETS_MANAGER_PATTERN = (
    r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6}"
)

PipelineName = Annotated[str, in_schema(NAME_PATTERN, LONGEST_PIPELINE)]
StepName = Annotated[str, in_schema(NAME_PATTERN, LONGEST_STEP)]
GlueName = Annotated[str, in_schema(NAME_PATTERN, LONGEST_GLUE_NAME)]
ColumnType = Annotated[
    str, in_schema(TYPE_PATTERN, examples=["string", "bigint", "double", "timestamp", "decimal(10,2)"])
]
Cron = Annotated[str, in_schema(r"\S+( +\S+){5}", examples=["0 6 * * ? *", "30 5 ? * MON-FRI *"])]
Timezone = Annotated[str, in_schema(examples=["UTC", "Asia/Tokyo", "America/New_York"])]
Script = Annotated[str, in_schema(r"[^/].*\.py")]
ProjectPath = Annotated[str, in_schema(r"[^/].*")]
ImageUri = Annotated[str, in_schema(r".+/.+(:.+|@sha256:[0-9a-f]{64})")]
SklearnVersion = Annotated[str, in_schema(r"[0-9][\w.-]*", examples=["1.4-2"])]
SparkVersion = Annotated[
    str,
    # Without quotes YAML reads 3.5 as a number. What a number would lose, the end of a 3.10, no version has.
    BeforeValidator(
        lambda value: str(value) if isinstance(value, float) else value, json_schema_input_type=str | float
    ),
    in_schema(r"[0-9][\w.-]*", examples=["3.5", "3.5-cpu-py312-v1.3"]),
]
TableName = Annotated[str, in_schema(rf"{NAME_PATTERN}\.{NAME_PATTERN}", examples=["analytics.flights"])]
InputUri = Annotated[str, in_schema(URI_PATTERN, examples=["s3://{lake}/raw/NAME/{process_date:%Y/%m/%d}/"])]
InstanceType = Annotated[str, in_schema(r"ml\.[a-z0-9-]+\.[a-z0-9]+", examples=["ml.t3.medium", "ml.m5.xlarge"])]
LocalPath = Annotated[str, in_schema(r"/opt/ml/processing/.+", 256)]
Argument = Annotated[str, in_schema(r"[\s\S]+", LONGEST_ARGUMENT)]
EnvironmentName = Annotated[str, in_schema(ENVIRONMENT_NAME_PATTERN)]
EnvironmentValue = Annotated[str, in_schema(longest=256)]
SecretArn = Annotated[
    str,
    in_schema(
        SECRETS_MANAGER_PATTERN,
        256,
        ["arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:warehouse/reader-a1B2c3"],
    ),
]
SubnetId = Annotated[str, in_schema(SUBNET_PATTERN, examples=["subnet-0123456789abcdef0"])]
SecurityGroupId = Annotated[str, in_schema(SECURITY_GROUP_PATTERN, examples=["sg-0123456789abcdef0"])]
DateFormat = Annotated[str, in_schema(r".*%.*", examples=["%Y-%m-%d", "%Y%m%d", "%Y", "%m", "%d"])]
