"""The rules for images: they exist, and mean the same tomorrow."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from partitioned_pipelines.spec.checks.managed_images import sklearn_problem, spark_problem
from partitioned_pipelines.spec.files.project_path import path_problem
from partitioned_pipelines.spec.model.pipeline import DockerfileImage, SklearnImage, SparkImage, UriImage

if TYPE_CHECKING:
    from pathlib import Path

    from partitioned_pipelines.spec.checks.findings import Findings
    from partitioned_pipelines.spec.files.problems import Location
    from partitioned_pipelines.spec.model.pipeline import Image

_IMAGE_URI = re.compile(
    r"[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)+(:(?P<tag>[A-Za-z0-9_.-]{1,128}))?(?P<digest>@sha256:[0-9a-f]{64})?"
)


def check_image(image: Image | None, place: Location, project: Path, findings: Findings) -> None:
    """Check the image of a pipeline or of a step, where it has one."""
    if isinstance(image, DockerfileImage):
        findings.add((*place, "dockerfile"), path_problem(image.dockerfile, project))
    elif isinstance(image, UriImage):
        findings.add((*place, "uri"), _uri_problem(image.uri))
    elif isinstance(image, SklearnImage):
        findings.add((*place, "sklearn"), sklearn_problem(image.sklearn))
    elif isinstance(image, SparkImage):
        findings.add((*place, "spark"), spark_problem(image.spark))
    if isinstance(image, UriImage | SklearnImage | SparkImage) and image.local_requirements is not None:
        findings.add((*place, "local_requirements"), path_problem(image.local_requirements, project))


def _uri_problem(uri: str) -> str | None:
    match = _IMAGE_URI.fullmatch(uri)
    if match is None:
        return f"is {uri!r}: give registry/repository:tag or …@sha256:<digest>"
    if not match["digest"] and match["tag"] in (None, "latest"):
        return f"is {uri!r}, which can mean another image tomorrow: name a version or, best, its digest (@sha256:…)"
    return None
