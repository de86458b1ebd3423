"""The typed model of an image, which decides what kind of job a step is, and of what a Spark step has more than another."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag

from partitioned_pipelines.spec.model.fields import FileModel, ImageUri, ProjectPath, SklearnVersion, SparkVersion

# The versions of SageMaker's managed images; a test compares them with the official SDK's.
SKLEARN_VERSIONS = ("0.20.0", "0.23-1", "1.0-1", "1.2-1", "1.4-2", "1.4-2-py312", "1.9-0")
SPARK_VERSIONS = ("2.4", "3.0", "3.1", "3.2", "3.3", "3.5")
# 3.5-cpu moves with each release of the image; 3.5-cpu-py312-v1.3 is one of them.
_SPARK_RELEASE = re.compile(r"(?P<version>[0-9.]+)-cpu-py[0-9]+-v[0-9]+(\.[0-9]+)*")
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


class DockerfileImage(FileModel):
    """An image that the CDK builds (linux/amd64) from a Dockerfile of the project, whose folder is the build context."""

    dockerfile: ProjectPath
    """Path of the Dockerfile, relative to the project."""


class UriImage(FileModel):
    """An existing image; ``local_requirements`` is the requirements file of its stand-in on the local cloud."""

    uri: ImageUri
    """registry/repository with a version or, better, a digest (@sha256:…); never :latest."""
    local_requirements: ProjectPath | None = None
    """Path of the requirements.txt of its local stand-in, relative to the project; default: no packages."""


class SklearnImage(FileModel):
    """SageMaker's managed scikit-learn image of the stack's region."""

    framework: ClassVar[Literal["sklearn"]] = "sklearn"
    repository: ClassVar[str] = "sagemaker-scikit-learn"

    sklearn: SklearnVersion
    """Its version, such as 1.4-2."""
    local_requirements: ProjectPath | None = None
    """Path of the requirements.txt of its local stand-in, relative to the project; default: that scikit-learn, pandas and NumPy."""

    @property
    def tag(self) -> str:
        """The tag of the image."""
        return f"{self.sklearn}-cpu-py3"


class SparkImage(FileModel):
    """SageMaker's managed Spark image of the stack's region: smspark-submit runs the script, on any number of instances."""

    framework: ClassVar[Literal["spark"]] = "spark"
    repository: ClassVar[str] = "sagemaker-spark-processing"

    spark: SparkVersion
    """Its version, such as 3.5, or a release of it, such as 3.5-cpu-py312-v1.3."""
    local_requirements: ProjectPath | None = None
    """Path of the requirements.txt of its local stand-in, relative to the project, which must include pyspark; default: PySpark."""

    @property
    def version(self) -> str:
        """The version without the release."""
        release = _SPARK_RELEASE.fullmatch(self.spark)
        return release["version"] if release else self.spark

    @property
    def tag(self) -> str:
        """The tag of the image."""
        return self.spark if _SPARK_RELEASE.fullmatch(self.spark) else f"{self.spark}-cpu"


_KINDS: dict[str, type[FileModel]] = {
    "dockerfile": DockerfileImage,
    "sklearn": SklearnImage,
    "spark": SparkImage,
    "uri": UriImage,
}


def _image_kind(value: Any) -> str:
    for key, model in _KINDS.items():
        if isinstance(value, model) or (isinstance(value, dict) and key in value):
            return f"<{key}>"
    return "<uri>"


Image = Annotated[
    Annotated[DockerfileImage, Tag("<dockerfile>")]
    | Annotated[UriImage, Tag("<uri>")]
    | Annotated[SklearnImage, Tag("<sklearn>")]
    | Annotated[SparkImage, Tag("<spark>")],
    Discriminator(_image_kind),
]


class SparkClassification(FileModel):
    """Settings of one configuration file of Spark or Hadoop, in EMR's format."""

    model_config = ConfigDict(serialize_by_alias=True)

    classification: Annotated[Classification, Field(alias="Classification")]
    """Name of the configuration file: spark-defaults, core-site, …"""
    properties: Annotated[dict[str, str], Field(alias="Properties")]
    """Names and values, as strings."""
    configurations: Annotated[tuple[SparkClassification, ...], Field(alias="Configurations")] = ()
    """Nested classifications, such as the export of spark-env."""


class SparkSettings(FileModel):
    """Options of smspark-submit besides the script."""

    py_files: tuple[ProjectPath, ...] = ()
    """Files that the script imports (.py, .zip or .egg); its folder is not uploaded for Spark."""
    configuration: tuple[SparkClassification, ...] = ()
    """Settings of Spark and Hadoop, [{Classification: spark-defaults, Properties: {spark.executor.memory: 4g}}]."""
    event_logs: bool = False
    """Whether to keep Spark's event logs for the history server; they expire with the intermediate files."""
