"""The environment of jobs whose entrypoint is ``smspark-submit``."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local_cloud.spark.s3_mirror import S3Mirror
from local_cloud.spark.s3a_jars import HADOOP_VERSION, find_jars

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from local_cloud.images import LocalImage

_PROGRAM = "smspark-submit"
_SCRIPT = Path(__file__).with_name("smspark_submit.py")
_CONFIGURATION = "processing/input/conf/configuration.json"
_WITH_URIS = ("AppSpecification", "Environment", "ProcessingInputs", "ProcessingOutputConfig")
_FIND_PYSPARK = "import importlib.util as u; s = u.find_spec('pyspark'); print(s.origin if s else '')"
Runtime = tuple[Path, dict[str, str]]


def is_spark_job(entrypoint: Sequence[str]) -> bool:
    """Return whether an entrypoint is ``smspark-submit``."""
    return bool(entrypoint) and Path(entrypoint[0]).name == _PROGRAM


def write_programs(folder: Path) -> Path:
    """Write the programs that a Spark container has on its PATH, and return their folder."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / _PROGRAM
    # python3 is the image's, which is first on the container's PATH.
    program.write_text(f'#!/bin/sh\nexec python3 "{_SCRIPT}" "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return folder


def folder_environment(s3: Path, why: str = "") -> dict[str, str]:
    """Return the variables of a container that has folders instead of S3.

    Parameters
    ----------
    s3
        The folder with a folder for each bucket: ``s3://bucket/key`` is its file ``bucket/key``.
    why
        The reason, for the job's log.
    """
    return {"LOCAL_CLOUD_SPARK_S3": str(s3.resolve()), "LOCAL_CLOUD_SPARK_WITHOUT_S3A": why, **_java_home()}


@contextlib.contextmanager
def spark_runtime(
    request: dict[str, Any], image: LocalImage, opt_ml: Path, folder: Path, store: Path
) -> Iterator[Runtime]:
    """Context manager with the folder of programs and the variables of a job's containers.

    Spark uses S3 through S3A, with the job's credentials. Without the jars of S3A, it uses folders, and its changes are uploaded at the
    exit of the context. A job without a network has no S3.

    Parameters
    ----------
    request
        The request of CreateProcessingJob.
    opt_ml
        The ``/opt/ml`` of the first host, with its inputs.
    folder
        The folder for the programs and the buckets.
    store
        The image store, which contains the jars.

    Raises
    ------
    MirrorError
        If the key of an object cannot be the path of a file.
    """
    programs = write_programs(folder / "programs")
    if request.get("NetworkConfig", {}).get("EnableNetworkIsolation", False):
        yield programs, _java_home()
        return
    jars, why = find_jars(store), _misfit(image)
    if jars is not None and not why:
        yield programs, {"LOCAL_CLOUD_SPARK_JARS": str(jars), **_java_home()}
        return
    mirror = S3Mirror(folder / "s3")
    mirror.bring(json.dumps({name: request.get(name) for name in _WITH_URIS}, ensure_ascii=False))
    configuration = opt_ml / _CONFIGURATION
    if configuration.is_file():
        mirror.bring(configuration.read_text(encoding="utf-8", errors="replace"))
    try:
        yield programs, folder_environment(folder / "s3", why or "its jars have not been fetched")
    finally:
        mirror.put_changes()  # also if the job failed: Spark writes to S3 directly


def _misfit(image: LocalImage) -> str:
    """Return why the jars are incompatible with an image, or an empty string."""
    python = str(image.venv / "bin" / "python3")
    found = subprocess.run([python, "-I", "-c", _FIND_PYSPARK], capture_output=True, text=True, check=True)
    if not (origin := found.stdout.strip()):
        return "the image has no pyspark"
    name = f"hadoop-client-api-{HADOOP_VERSION}.jar"
    if not (Path(origin).parent / "jars" / name).is_file():
        return f"its jars are for Hadoop {HADOOP_VERSION}, and the image's PySpark has another version"
    return ""


def _java_home() -> dict[str, str]:
    return {"JAVA_HOME": os.environ["JAVA_HOME"]} if "JAVA_HOME" in os.environ else {}
