"""The rules for images: they exist, and mean the same tomorrow."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline_spec.model import DockerfileImage, UriImage
from pipeline_spec.project_path import path_problem

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline_spec.findings import Findings
    from pipeline_spec.problems import Location

_IMAGE_URI = re.compile(
    r"[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)+(:(?P<tag>[A-Za-z0-9_.-]{1,128}))?(?P<digest>@sha256:[0-9a-f]{64})?"
)


def check_image(image: DockerfileImage | UriImage | None, place: Location, project: Path, findings: Findings) -> None:
    """Check the image of a pipeline or of a step, where it has one."""
    if isinstance(image, DockerfileImage):
        findings.add((*place, "dockerfile"), path_problem(image.dockerfile, project))
    elif isinstance(image, UriImage):
        match = _IMAGE_URI.fullmatch(image.uri)
        if match is None:
            findings.add((*place, "uri"), f"is {image.uri!r}: give registry/repository:tag or …@sha256:<digest>")
        elif not match["digest"] and match["tag"] in (None, "latest"):
            message = f"is {image.uri!r}, which can mean another image tomorrow: name a version or, best, its digest (@sha256:…)"
            findings.add((*place, "uri"), message)
        if image.local_requirements is not None:
            findings.add((*place, "local_requirements"), path_problem(image.local_requirements, project))
