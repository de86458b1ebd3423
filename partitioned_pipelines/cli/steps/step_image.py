"""The local stand-in of a step's image: its content and how it is built."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.terminal.output import note, spinner
from partitioned_pipelines.spec.model.pipeline import DockerfileImage, SklearnImage, UriImage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from local_cloud.images import ImageStore, LocalImage
    from partitioned_pipelines.spec.model.pipeline import Image, SparkImage

    ImageElsewhere = UriImage | SklearnImage | SparkImage
    Requirements = Path | tuple[str, ...] | None

# The version in requirements/all.txt, which the tests run on; S3A's jars match its Hadoop.
_PYSPARK = "pyspark==4.3.0"
# A package without a wheel would be compiled here, which takes minutes and mostly fails: an old scikit-learn on a new Python.
_WHEELS_ONLY = "--only-binary=:all:"
# scikit-learn up to this version predates NumPy 2 and pandas 3, and its images contain neither.
_LAST_OF_NUMPY_1 = (1, 4)


def image_name(image: ImageElsewhere) -> str:
    """Return an image's name, as in its pipeline file."""
    if isinstance(image, UriImage):
        return f"uri: {image.uri}"
    if isinstance(image, SklearnImage):
        return f"sklearn: {image.sklearn}"
    return f"spark: {image.spark}"


def image_reference(image: ImageElsewhere) -> str:
    """Return the reference under which an image is requested; a managed image has a registry in each region."""
    if isinstance(image, UriImage):
        return image.uri
    return f"*/{image.repository}:{image.tag}"


def stand_in_requirements(image: ImageElsewhere, project_root: Path) -> Requirements:
    """Return the packages of a stand-in: those in its pipeline file, or the defaults for its kind of image.

    Returns
    -------
    Path, tuple or None
        A requirements file, requirements, or None for Python alone.
    """
    if image.local_requirements is not None:
        return project_root / image.local_requirements
    if isinstance(image, UriImage):
        return None
    if isinstance(image, SklearnImage):
        return _sklearn_requirements(image.sklearn)
    return (_PYSPARK,)


def stand_ins(images: Iterable[Image], project_root: Path) -> dict[str, tuple[ImageElsewhere, Requirements]]:
    """Return the stand-ins that images need, by reference; images with a Dockerfile are built by the CDK CLI and need none.

    Raises
    ------
    CommandError
        If one image would have two stand-ins.
    """
    found: dict[str, tuple[ImageElsewhere, Requirements]] = {}
    for image in images:
        if hasattr(image, "dockerfile"):
            continue
        reference, requirements = image_reference(image), stand_in_requirements(image, project_root)
        _, other = found.setdefault(reference, (image, requirements))
        if requirements != other:
            raise CommandError(
                f"the image {image_name(image)} has one local image for all steps, but different local_requirements",
                "use the same `local_requirements:` everywhere, or none",
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


def local_image(image: Image, project_root: Path, store: ImageStore) -> LocalImage:
    """Return an image's stand-in; build it if it does not exist.

    Raises
    ------
    CommandError
        If its Dockerfile needs a real container engine, or a package cannot be installed.
    """
    if isinstance(image, DockerfileImage):
        with spinner("preparing the image"), image_errors():
            dockerfile = project_root / image.dockerfile
            return store.build(dockerfile, dockerfile.parent, say=note)
    return build_stand_in(image, stand_in_requirements(image, project_root), store)


def build_stand_in(image: ImageElsewhere, requirements: Requirements, store: ImageStore) -> LocalImage:
    """Return the stand-in of an external image; build it if it does not exist.

    Raises
    ------
    CommandError
        If a package cannot be installed.
    """
    from local_cloud.images.virtual_environment import ImageBuildError

    with spinner("preparing the image"):
        try:
            return store.stand_in(requirements, say=note)
        except ImageBuildError as error:
            raise CommandError(
                f"the local stand-in of the image {image_name(image)} cannot be built: {error}",
                "name requirements that install on this machine's Python with `local_requirements:` beside it",
                exit_code=ExitCode.FAILED,
            ) from error


def fetch_spark_jars(store: ImageStore) -> None:
    """Fetch Spark's S3 client if it is missing; if that fails, print a note that Spark's jobs see S3 as folders.

    Raises
    ------
    CommandError
        If the fetched files do not match the pinned versions.
    """
    from local_cloud.spark import NoJarsError, WrongJarsError, fetch_jars  # imports all of moto

    with spinner("fetching Spark's client of S3"):
        try:
            fetch_jars(store.root)
        except NoJarsError as error:
            note(
                f"Spark's client of S3 (S3A) cannot be fetched: {error}. Spark's jobs see S3 as folders of this machine, see "
                "docs/explanation/local_cloud.md. To have it, install Maven, go online, and deploy again"
            )
        except WrongJarsError as error:
            raise CommandError(
                f"Spark's client of S3 was not installed: {error}",
                "delete ~/.m2/repository/software/amazon and ~/.m2/repository/org/apache/hadoop, and deploy again",
                exit_code=ExitCode.FAILED,
            ) from error


@contextmanager
def image_errors() -> Iterator[None]:
    """Convert errors of an image build to CommandErrors."""
    from local_cloud.images import UnsupportedDockerfileError
    from local_cloud.images.virtual_environment import ImageBuildError

    try:
        yield
    except UnsupportedDockerfileError as error:
        raise CommandError(str(error)) from error
    except ImageBuildError as error:
        raise CommandError(str(error), exit_code=ExitCode.FAILED) from error
