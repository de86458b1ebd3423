"""What a job needs around its containers where its entrypoint is ``smspark-submit``."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local_cloud.spark.s3_mirror import S3Mirror

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PROGRAM = "smspark-submit"
_SCRIPT = Path(__file__).with_name("smspark_submit.py")
_CONFIGURATION = "processing/input/conf/configuration.json"
_WITH_URIS = ("AppSpecification", "Environment", "ProcessingInputs", "ProcessingOutputConfig")


def is_spark_job(entrypoint: Sequence[str]) -> bool:
    """Say whether a container's command is Spark's."""
    return bool(entrypoint) and Path(entrypoint[0]).name == _PROGRAM


@contextlib.contextmanager
def spark_runtime(request: dict[str, Any], opt_ml: Path, folder: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """Give the folder of programs and the variables that a job's containers get; when it is left, what Spark wrote to S3 is there.

    Parameters
    ----------
    request
        CreateProcessingJob's, whose URIs are what the job is served of S3.
    opt_ml
        Of the first host, with its inputs.
    folder
        For the program and the mirror of S3.

    Raises
    ------
    MirrorError
        Where an object can't be a file.
    """
    programs = folder / "programs"
    programs.mkdir(parents=True)
    program = programs / _PROGRAM
    # The image's Python, which is first on the container's PATH.
    program.write_text(f'#!/bin/sh\nexec python3 "{_SCRIPT}" "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    mirror = S3Mirror(folder / "s3")
    mirror.bring(json.dumps({name: request.get(name) for name in _WITH_URIS}, ensure_ascii=False))
    configuration = opt_ml / _CONFIGURATION
    if configuration.is_file():
        mirror.bring(configuration.read_text(encoding="utf-8", errors="replace"))
    java_home = {"JAVA_HOME": os.environ["JAVA_HOME"]} if "JAVA_HOME" in os.environ else {}
    try:
        yield programs, {"LOCAL_CLOUD_SPARK_S3": str((folder / "s3").resolve()), **java_home}
    finally:
        mirror.put_changes()  # also of a job that failed: what Spark writes to S3 is there at once
