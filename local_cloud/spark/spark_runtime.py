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


def write_programs(folder: Path) -> Path:
    """Write what a container of Spark's has on its PATH beside the image's own programs, and give the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / _PROGRAM
    # The image's Python, which is first on the container's PATH.
    program.write_text(f'#!/bin/sh\nexec python3 "{_SCRIPT}" "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return folder


def spark_environment(s3: Path) -> dict[str, str]:
    """Give the variables that a container of Spark's has beside the job's own.

    Parameters
    ----------
    s3
        Folder with a folder for each bucket, by its name: ``s3://bucket/key`` is the file ``bucket/key`` there.
    """
    java_home = {"JAVA_HOME": os.environ["JAVA_HOME"]} if "JAVA_HOME" in os.environ else {}
    return {"LOCAL_CLOUD_SPARK_S3": str(s3.resolve()), **java_home}


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
    programs = write_programs(folder / "programs")
    mirror = S3Mirror(folder / "s3")
    mirror.bring(json.dumps({name: request.get(name) for name in _WITH_URIS}, ensure_ascii=False))
    configuration = opt_ml / _CONFIGURATION
    if configuration.is_file():
        mirror.bring(configuration.read_text(encoding="utf-8", errors="replace"))
    try:
        yield programs, spark_environment(folder / "s3")
    finally:
        mirror.put_changes()  # also of a job that failed: what Spark writes to S3 is there at once
