"""What stands in on this machine for an image that exists elsewhere: one of AWS's managed images, or any other by its URI."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.spec.model.pipeline import SklearnImage, UriImage

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from partitioned_pipelines.spec.model.pipeline import Image, SparkImage

    ImageElsewhere = UriImage | SklearnImage | SparkImage
    Requirements = Path | tuple[str, ...] | None

# The one in requirements/all.txt, which the tests run on; S3A's jars fit its Hadoop.
_PYSPARK = "pyspark==4.3.0"
# What is not a wheel would be compiled here, for minutes and mostly in vain: an old scikit-learn on a new Python.
_WHEELS_ONLY = "--only-binary=:all:"
# Up to this one, scikit-learn was made before NumPy 2 and pandas 3, and the images of it have neither.
_LAST_OF_NUMPY_1 = (1, 4)


def image_name(image: ImageElsewhere) -> str:
    """Name an image as its pipeline file does."""
    if isinstance(image, UriImage):
        return f"uri: {image.uri}"
    if isinstance(image, SklearnImage):
        return f"sklearn: {image.sklearn}"
    return f"spark: {image.spark}"


def image_reference(image: ImageElsewhere) -> str:
    """Return the reference under which an image is asked for; a managed one has a registry in each region."""
    if isinstance(image, UriImage):
        return image.uri
    return f"*/{image.repository}:{image.tag}"


def stand_in_requirements(image: ImageElsewhere, project_root: Path) -> Requirements:
    """Return what is installed in a stand-in: what its pipeline file names, or else what such an image is known for.

    Returns
    -------
    Path, tuple or None
        A requirements file, requirements, or None for a bare Python.
    """
    if image.local_requirements is not None:
        return project_root / image.local_requirements
    if isinstance(image, UriImage):
        return None
    if isinstance(image, SklearnImage):
        return _sklearn_requirements(image.sklearn)
    return (_PYSPARK,)


def stand_ins(images: Iterable[Image], project_root: Path) -> dict[str, tuple[ImageElsewhere, Requirements]]:
    """Return the stand-ins that images need, by reference; those with a Dockerfile are built by the CDK CLI and need none.

    Raises
    ------
    CommandError
        If one image is to have two stand-ins.
    """
    found: dict[str, tuple[ImageElsewhere, Requirements]] = {}
    for image in images:
        if hasattr(image, "dockerfile"):
            continue
        reference, requirements = image_reference(image), stand_in_requirements(image, project_root)
        _, other = found.setdefault(reference, (image, requirements))
        if requirements != other:
            raise CommandError(
                f"the image {image_name(image)} has one stand-in for all steps, and its local_requirements differ",
                "give the same `local_requirements:` to it wherever it is named, or none anywhere",
            )
    return found


def _sklearn_requirements(version: str) -> tuple[str, ...]:
    major, minor = (int(number) for number in re.findall(r"\d+", version)[:2])
    old = (major, minor) <= _LAST_OF_NUMPY_1
    return (
        _WHEELS_ONLY,
        f"scikit-learn=={major}.{minor}.*",
        "pandas<3" if old else "pandas",
        "numpy<2" if old else "numpy",
    )
