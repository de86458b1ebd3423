"""What all parts of the models share: their base, and the texts of a file, with what its JSON Schema says of them.

A pattern stands here once: the schema says it, so that an editor underlines most mistakes while they are made, and the checks hold texts
against it. The checks know more: the rest of the file, and what would be right.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from partitioned_pipelines.lake.duration import DURATION_PATTERN
from partitioned_pipelines.lake.intervals.window import LENGTH_PATTERN
from partitioned_pipelines.lake.schedule.deadline import WAIT_PATTERN
from partitioned_pipelines.spec.model.limits import (
    LONGEST_ARGUMENT,
    LONGEST_GLUE_NAME,
    LONGEST_LOCAL_PATH,
    LONGEST_PIPELINE,
    LONGEST_STEP,
    LONGEST_VARIABLE,
)

NAME_PATTERN = "[a-z][a-z0-9_]*"
ENVIRONMENT_NAME_PATTERN = "[A-Za-z_][A-Za-z0-9_]{0,255}"
INPUT_URI_PATTERN = r"s3://(\{lake\}|[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/[\s\S]*"
# Hive's types, as Athena and Glue take them: https://docs.aws.amazon.com/athena/latest/ug/data-types.html
PLAIN_TYPES = frozenset(
    {"bigint", "binary", "boolean", "date", "double", "float", "int", "smallint", "string", "timestamp", "tinyint"}
)
# What a schema can tell without counting brackets.
COLUMN_TYPE_PATTERN = (
    rf"{'|'.join(sorted(PLAIN_TYPES))}|(char|varchar|decimal)\([0-9]+(,[0-9]+)?\)|(array|map|struct)<.+>"
)
INSTANCE_TYPE_PATTERN = r"ml\.[a-z0-9-]+\.[a-z0-9]+"
PROCESSING_FOLDER = "/opt/ml/processing"
SUBNET_PATTERN = "subnet-[0-9a-f]{8}([0-9a-f]{9})?"
SECURITY_GROUP_PATTERN = "sg-[0-9a-f]{8}([0-9a-f]{9})?"
# The whole ARN ends in a hyphen and six characters that nobody chooses: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_iam-permissions.html
SECRETS_MANAGER_PATTERN = (
    r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6}"
)
_GROUP_NAME = re.compile(r"\?P<\w+>")


class FileModel(BaseModel):
    """Base of the models: rejects unknown keys and other types, and keeps values as they are read."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True)


def in_schema(pattern: str | None = None, longest: int | None = None, examples: list[str] | None = None) -> Any:
    """Return what the JSON Schema says of a text; Python's named groups, which it does not know, are left out of the pattern."""
    says: dict[str, Any] = {
        "pattern": pattern and f"^({_GROUP_NAME.sub('', pattern)})$",
        "maxLength": longest,
        "examples": examples,
    }
    return Field(json_schema_extra={key: value for key, value in says.items() if value is not None})


PipelineName = Annotated[str, in_schema(NAME_PATTERN, LONGEST_PIPELINE)]
StepName = Annotated[str, in_schema(NAME_PATTERN, LONGEST_STEP)]
GlueName = Annotated[str, in_schema(NAME_PATTERN, LONGEST_GLUE_NAME)]
ColumnType = Annotated[
    str, in_schema(COLUMN_TYPE_PATTERN, examples=["string", "bigint", "double", "timestamp", "decimal(10,2)"])
]
Cron = Annotated[str, in_schema(r"\S+( +\S+){5}", examples=["0 6 * * ? *", "30 5 ? * MON-FRI *"])]
Timezone = Annotated[str, in_schema(examples=["UTC", "Asia/Tokyo", "America/New_York"])]
# A job takes minutes to start: finer intervals are left to services for streams. Other numbers of hours do not divide a day.
IntervalName = Literal[
    "15 minutes",
    "30 minutes",
    "hour",
    "2 hours",
    "3 hours",
    "4 hours",
    "6 hours",
    "8 hours",
    "12 hours",
    "day",
    "week",
    "month",
]
Wait = Annotated[str, in_schema(WAIT_PATTERN, examples=["6h", "2d"])]
ArrivalPrefix = Annotated[str, in_schema(r"raw/[^/][\s\S]*/", examples=["raw/NAME/{process_date:%Y/%m/%d}/"])]
ArrivalName = Annotated[str, in_schema(r'[^/*{}<>"\\]+', examples=["_SUCCESS"])]
UNWATCHED = "off"
Freshness = Annotated[str, in_schema(rf"{DURATION_PATTERN}|{UNWATCHED}", examples=["30h", "8d", UNWATCHED])]
WindowLength = Annotated[str, in_schema(LENGTH_PATTERN, examples=["60 days", "12 hours", "2 weeks", "3 months"])]
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
InputUri = Annotated[str, in_schema(INPUT_URI_PATTERN, examples=["s3://{lake}/raw/NAME/{process_date:%Y/%m/%d}/"])]
InstanceType = Annotated[str, in_schema(INSTANCE_TYPE_PATTERN, examples=["ml.t3.medium", "ml.m5.xlarge"])]
LocalPath = Annotated[str, in_schema(f"{PROCESSING_FOLDER}/.+", LONGEST_LOCAL_PATH)]
Argument = Annotated[str, in_schema(r"[\s\S]+", LONGEST_ARGUMENT)]
EnvironmentName = Annotated[str, in_schema(ENVIRONMENT_NAME_PATTERN)]
EnvironmentValue = Annotated[str, in_schema(longest=LONGEST_VARIABLE)]
SecretArn = Annotated[
    str,
    in_schema(
        SECRETS_MANAGER_PATTERN,
        LONGEST_VARIABLE,
        ["arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:warehouse/reader-a1B2c3"],
    ),
]
SubnetId = Annotated[str, in_schema(SUBNET_PATTERN, examples=["subnet-0123456789abcdef0"])]
SecurityGroupId = Annotated[str, in_schema(SECURITY_GROUP_PATTERN, examples=["sg-0123456789abcdef0"])]
DateFormat = Annotated[str, in_schema(r".*%.*", examples=["%Y-%m-%d", "%Y%m%d", "%Y", "%m", "%d", "%H", "%G-W%V"])]
