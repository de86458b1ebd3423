"""The typed model of what a Spark step has more than another."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from partitioned_pipelines.spec.model.file_model import FileModel
from partitioned_pipelines.spec.model.schema_text import ProjectPath

# What smspark-submit knows: https://docs.aws.amazon.com/emr/latest/ReleaseGuide/emr-configure-apps.html
Classification = Literal[
    "core-site",
    "export",
    "hadoop-env",
    "hadoop-log4j",
    "hive-env",
    "hive-exec-log4j",
    "hive-log4j",
    "hive-site",
    "spark-defaults",
    "spark-env",
    "spark-hive-site",
    "spark-log4j",
    "spark-metrics",
    "yarn-env",
    "yarn-site",
]


class SparkClassification(FileModel):
    """Settings of one of Spark's or Hadoop's files, spelled as EMR spells them."""

    model_config = ConfigDict(serialize_by_alias=True)

    classification: Annotated[Classification, Field(alias="Classification")]
    """Which file: spark-defaults, core-site, …"""
    properties: Annotated[dict[str, str], Field(alias="Properties")]
    """Names and texts."""
    configurations: Annotated[tuple[SparkClassification, ...], Field(alias="Configurations")] = ()
    """Classifications in it, such as the export of spark-env."""


class SparkSettings(FileModel):
    """What smspark-submit is told beside the script."""

    py_files: tuple[ProjectPath, ...] = ()
    """Files that the script imports, .py, .zip or .egg: its folder does not go along."""
    configuration: tuple[SparkClassification, ...] = ()
    """Settings of Spark and Hadoop, [{Classification: spark-defaults, Properties: {spark.executor.memory: 4g}}]."""
    event_logs: bool = False
    """Whether Spark's event logs are kept, for the history server; they expire with the intermediates."""
