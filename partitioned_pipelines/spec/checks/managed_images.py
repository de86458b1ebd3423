"""The versions of SageMaker's managed images that a step may name; a test keeps them in step with the official SDK's."""

from __future__ import annotations

import re

from partitioned_pipelines.spec.files.problems import did_you_mean

SKLEARN_VERSIONS = ("0.20.0", "0.23-1", "1.0-1", "1.2-1", "1.4-2", "1.4-2-py312", "1.9-0")
SPARK_VERSIONS = ("2.4", "3.0", "3.1", "3.2", "3.3", "3.5")
# 3.5-cpu moves with each release of the image; 3.5-cpu-py312-v1.3 is one of them.
_PINNED_SPARK = re.compile(r"(?P<version>[0-9.]+)-cpu-py[0-9]+-v[0-9]+(\.[0-9]+)*")


def sklearn_problem(version: str) -> str | None:
    """Return what is wrong with the version of a managed scikit-learn image."""
    if version in SKLEARN_VERSIONS:
        return None
    return f"is {version!r}, and there is no such managed image: {_instead(version, SKLEARN_VERSIONS)}"


def spark_problem(version: str) -> str | None:
    """Return what is wrong with the version of a managed Spark image: 3.5, or a release such as 3.5-cpu-py312-v1.3."""
    pinned = _PINNED_SPARK.fullmatch(version)
    if (pinned["version"] if pinned else version) in SPARK_VERSIONS:
        return None
    return f"is {version!r}, and there is no such managed image: {_instead(version, SPARK_VERSIONS)}"


def sklearn_tag(version: str) -> str:
    """Return the tag of a managed scikit-learn image."""
    return f"{version}-cpu-py3"


def spark_tag(version: str) -> str:
    """Return the tag of a managed Spark image."""
    return version if _PINNED_SPARK.fullmatch(version) else f"{version}-cpu"


def _instead(version: str, known: tuple[str, ...]) -> str:
    hint = did_you_mean(version, known)
    return hint if hint.startswith("known are") else f"{hint} (known are {', '.join(known)})"
