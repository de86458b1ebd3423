"""The typed model of an image: it decides what kind of job a step is."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, Tag

from partitioned_pipelines.spec.model.file_model import FileModel
from partitioned_pipelines.spec.model.schema_text import (
    ImageUri,
    ProjectPath,
    SklearnVersion,
    SparkVersion,
)


class DockerfileImage(FileModel):
    """An image that the CDK builds (linux/amd64) from a Dockerfile of the project; its folder is the build context."""

    dockerfile: ProjectPath
    """Path of the Dockerfile, relative to the project."""


class UriImage(FileModel):
    """An image that exists already; ``local_requirements`` is the requirements file of its stand-in on the local cloud."""

    uri: ImageUri
    """registry/repository with a version or, best, a digest (@sha256:…); never :latest."""
    local_requirements: ProjectPath | None = None
    """Path of the requirements.txt of its local stand-in, relative to the project; a bare Python without it."""


class SklearnImage(FileModel):
    """SageMaker's managed scikit-learn image of the stack's region."""

    sklearn: SklearnVersion
    """Its version, such as 1.4-2."""
    local_requirements: ProjectPath | None = None
    """Path of the requirements.txt of its local stand-in, relative to the project; without it, that scikit-learn, pandas and NumPy."""


class SparkImage(FileModel):
    """SageMaker's managed Spark image of the stack's region: the script runs by smspark-submit, on any number of instances."""

    spark: SparkVersion
    """Its version, such as 3.5, or a release of it, such as 3.5-cpu-py312-v1.3."""
    local_requirements: ProjectPath | None = None
    """Path of the requirements.txt of its local stand-in, relative to the project, with pyspark in it; without it, a PySpark."""


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
