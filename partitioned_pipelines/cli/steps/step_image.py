"""The stand-in of a step's image on this machine."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.steps.stand_in import image_name, stand_in_requirements
from partitioned_pipelines.cli.terminal.output import note, spinner
from partitioned_pipelines.spec.model.pipeline import DockerfileImage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local_cloud.images import ImageStore, LocalImage
    from partitioned_pipelines.cli.steps.stand_in import ImageElsewhere, Requirements
    from partitioned_pipelines.spec.model.pipeline import Image


def local_image(image: Image, project_root: Path, store: ImageStore) -> LocalImage:
    """Build an image's stand-in, or take the one that is there.

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
    """Build the stand-in of an image that exists elsewhere, or take the one that is there.

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
    """Fetch Spark's client of S3 unless it is there; a note says that Spark's jobs see S3 as folders without it.

    Raises
    ------
    CommandError
        If what was fetched is not what is pinned.
    """
    from local_cloud.spark import NoJarsError, WrongJarsError, fetch_jars  # it loads all of moto

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
    """Turn what can go wrong with an image into a CommandError."""
    from local_cloud.images import UnsupportedDockerfileError
    from local_cloud.images.virtual_environment import ImageBuildError

    try:
        yield
    except UnsupportedDockerfileError as error:
        raise CommandError(str(error)) from error
    except ImageBuildError as error:
        raise CommandError(str(error), exit_code=ExitCode.FAILED) from error
