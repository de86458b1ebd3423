"""The rules for a step's processor: its image, its script or entrypoint, and its Spark settings."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from partitioned_pipelines.spec.checks.names import INSTEAD_OF_SECRETS, holds_secret, is_secret_word
from partitioned_pipelines.spec.files.image_context import ImageContext
from partitioned_pipelines.spec.files.problems import did_you_mean
from partitioned_pipelines.spec.files.project_files import ScriptFileError, path_problem, script_files
from partitioned_pipelines.spec.model.image import SKLEARN_VERSIONS, SPARK_VERSIONS
from partitioned_pipelines.spec.model.limits import LONGEST_ARGUMENT, MOST_ARGUMENTS
from partitioned_pipelines.spec.model.pipeline import DockerfileImage, SklearnImage, SparkImage, UriImage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from partitioned_pipelines.spec.files.problems import Location
    from partitioned_pipelines.spec.files.yaml_source import Findings
    from partitioned_pipelines.spec.model.pipeline import Image, PipelineEntry, SparkSettings, StepEntry

_IMPORTABLE = (".py", ".zip", ".egg")
_IMAGE_URI = re.compile(
    r"[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)+(:(?P<tag>[A-Za-z0-9_.-]{1,128}))?(?P<digest>@sha256:[0-9a-f]{64})?"
)


def check_processor(
    pipeline: PipelineEntry, step: StepEntry, place: Location, project: Path, findings: Findings
) -> None:
    """Check a step's image, script or entrypoint, and Spark settings."""
    image = step.image or pipeline.image
    if image is None:
        findings.add(place, "has no image: add `image:` to the pipeline or the step")
    if step.script is not None:
        findings.add((*place, "script"), _script_problem(step.script, project))
    if step.script is not None and step.entrypoint:
        findings.add((*place, "entrypoint"), "and `script:` are mutually exclusive: remove one of them")
    elif step.script is None and not step.entrypoint:
        findings.add(place, "has nothing to run: add a `script:`, or an `entrypoint:` for code that is in its image")
    elif step.script is None and isinstance(image, SklearnImage | SparkImage):
        message = "is a command of your own image, and this step has a managed one: use a `script:`"
        findings.add((*place, "entrypoint"), message)
    _check_entrypoint(step, place, findings)
    if step.spark is not None:
        if not isinstance(image, SparkImage):
            findings.add((*place, "spark"), 'is for Spark steps: use image: {spark: "3.5"}, or remove it')
        _check_spark(step.spark, (*place, "spark"), project, findings)


def _script_problem(script: str, project: Path) -> str | None:
    if not script.endswith(".py"):
        return f"is {script!r}: use a file that ends in .py"
    if problem := path_problem(script, project):
        return problem
    try:
        script_files((project / script).parent, project)
    except (ScriptFileError, OSError) as error:
        return f"is {script!r}, whose folder is published with it: {error}"
    return None


def _check_entrypoint(step: StepEntry, place: Location, findings: Findings) -> None:
    check_words(step.entrypoint, (*place, "entrypoint"), findings)


def check_words(words: Sequence[str], place: Location, findings: Findings) -> None:
    """Check the words of a job's command: its entrypoint or its arguments."""
    if len(words) > MOST_ARGUMENTS:
        findings.add(place, f"has {len(words)} entries: SageMaker takes at most {MOST_ARGUMENTS}")
    for index, word in enumerate(words):
        here = (*place, index)
        if not word:
            findings.add(here, "is empty: SageMaker takes no empty argument")
        if len(word) > LONGEST_ARGUMENT:
            findings.add(here, f"has {len(word)} characters: SageMaker takes at most {LONGEST_ARGUMENT}")
        if is_secret_word(words, index):
            findings.add(here, f"looks like a secret, {INSTEAD_OF_SECRETS}")


def _check_spark(spark: SparkSettings, place: Location, project: Path, findings: Findings) -> None:
    names: dict[str, str] = {}
    for index, path in enumerate(spark.py_files):
        here = (*place, "py_files", index)
        if not path.endswith(_IMPORTABLE):
            findings.add(here, f"is {path!r}: use a file that ends in .py, .zip or .egg; zip the folder of a package")
            continue
        findings.add(here, path_problem(path, project))
        name = PurePosixPath(path).name
        if name in names:
            findings.add(here, f"is {path!r}, and {names[name]} has the same name: they share one folder in the job")
        names[name] = path
    seen: set[str] = set()
    for index, entry in enumerate(spark.configuration):
        here = (*place, "configuration", index)
        if entry.classification in seen:
            message = f"is {entry.classification!r} a second time: merge the two"
            findings.add((*here, "Classification"), message)
        seen.add(entry.classification)
        for name, value in entry.properties.items():
            if holds_secret(value):
                findings.add((*here, "Properties", name), f"looks like a secret, {INSTEAD_OF_SECRETS}")


def check_image(image: Image | None, place: Location, project: Path, findings: Findings) -> None:
    """Check the image of a pipeline or of a step, if it has one."""
    if isinstance(image, DockerfileImage):
        findings.add((*place, "dockerfile"), _dockerfile_problem(image.dockerfile, project))
    elif isinstance(image, UriImage):
        findings.add((*place, "uri"), _uri_problem(image.uri))
    elif isinstance(image, SklearnImage):
        findings.add((*place, "sklearn"), _version_problem(image.sklearn, image.sklearn, SKLEARN_VERSIONS))
    elif isinstance(image, SparkImage):
        findings.add((*place, "spark"), _version_problem(image.spark, image.version, SPARK_VERSIONS))
    if isinstance(image, UriImage | SklearnImage | SparkImage) and image.local_requirements is not None:
        findings.add((*place, "local_requirements"), path_problem(image.local_requirements, project))


def _dockerfile_problem(dockerfile: str, project: Path) -> str | None:
    if problem := path_problem(dockerfile, project):
        return problem
    try:
        ImageContext(project / dockerfile).check_links(project)
    except (ScriptFileError, OSError, ValueError, re.error) as error:
        return f"is {dockerfile!r}, whose folder is the build's context: {error}"
    return None


def _uri_problem(uri: str) -> str | None:
    match = _IMAGE_URI.fullmatch(uri)
    if match is None:
        return f"is {uri!r}: use registry/repository:tag or …@sha256:<digest>"
    if not match["digest"] and match["tag"] in (None, "latest"):
        return f"is {uri!r}, which may be a different image tomorrow: use a version or, better, a digest (@sha256:…)"
    return None


def _version_problem(given: str, version: str, known: tuple[str, ...]) -> str | None:
    """Return an error if a managed image has no such version, else None; Spark's may name a release (3.5-cpu-py312-v1.3)."""
    if version in known:
        return None
    hint = did_you_mean(given, known)
    instead = hint if hint.startswith("use ") else f"{hint} (available: {', '.join(known)})"
    return f"is {given!r}, which is not a version of the managed image: {instead}"
