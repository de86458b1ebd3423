"""A replacement for ``smspark-submit``, with the same arguments, on PySpark ``local[*]`` instead of a YARN cluster.

The script has no dependencies and runs with the image's Python. It is an independent implementation of the arguments of
https://github.com/aws/sagemaker-spark-container/blob/master/src/smspark/cli.py
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

_OPT_ML = Path("/opt/ml")
_CONFIGURATION = _OPT_ML / "processing" / "input" / "conf" / "configuration.json"
_VIEWFS = "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme"
_JOB_CREDENTIALS = "software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider"
_COMMITTER = "org.apache.hadoop.mapreduce.lib.output.FileOutputCommitterFactory"
_LOCAL_SCHEMES = {"", "file"}
_HADOOP_CLASSIFICATIONS = {"core-site", "hive-site", "hdfs-site"}
_EXPORTING_CLASSIFICATIONS = {"spark-env", "hadoop-env"}
_SPARK_WITH_JAVA_17 = 4
_LONGEST_MESSAGE = 1024


class JobError(Exception):
    """An error of the job, with its ExitMessage and exit code."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise JobError(f"Couldn't parse input.: {message}")


def main(argv: list[str]) -> int:
    """Run the application and return its exit code."""
    try:
        arguments = _parse(argv)
        if not _is_primary_host():
            print("smspark-submit: in the local cloud, only the first host runs Spark")
            return 0
        return _submit(arguments)
    except JobError as error:
        message = f"Algorithm Error: {error}"[:_LONGEST_MESSAGE]
        print(message, file=sys.stderr)
        (_OPT_ML / "output" / "message").write_text(message, encoding="utf-8")
        return error.exit_code


def _parse(argv: list[str]) -> argparse.Namespace:
    parser = _Parser(prog="smspark-submit", allow_abbrev=False)
    parser.add_argument("--class", dest="class_", help="main class of a jar")
    for option in ("--jars", "--py-files", "--files"):
        parser.add_argument(option, help="folder, or comma-separated list of files")
    parser.add_argument("--spark-event-logs-s3-uri")
    parser.add_argument("--local-spark-event-logs-dir", type=Path)
    parser.add_argument("-v", "--verbose", action="store_true")
    parser.add_argument("app")
    parser.add_argument("app_arguments", nargs=argparse.REMAINDER)
    return parser.parse_args(argv)


def _is_primary_host() -> bool:
    resource = json.loads((_OPT_ML / "config" / "resourceconfig.json").read_text(encoding="utf-8"))
    return bool(resource["current_host"] == min(resource["hosts"]))


def _submit(arguments: argparse.Namespace) -> int:
    home = _spark_home()
    user_settings, exported = _read_configuration()
    with tempfile.TemporaryDirectory(prefix="spark-") as scratch:
        event_logs = Path(scratch) / "events"
        event_logs.mkdir()
        settings = {
            **_event_log_settings(arguments, event_logs),
            "spark.local.dir": scratch,
            "spark.ui.enabled": "false",
            "spark.sql.warehouse.dir": f"file:{scratch}/warehouse",
            # As in the image: https://github.com/aws/sagemaker-spark-container/blob/master/spark/processing/3.5/py3/hadoop-config/spark-defaults.conf
            "spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version": "2",
            **user_settings,
            **_s3_settings(),
        }
        jars = _s3a_jars()
        if arguments.jars:
            jars.append(_listed(arguments.jars))
        elif "spark.jars" in settings:  # overridden by --jars
            jars.append(settings["spark.jars"])
        command = [str(home / "bin" / "spark-submit"), "--master", "local[*]", "--deploy-mode", "client"]
        for name, value in settings.items():
            command += ["--conf", f"{name}={value}"]
        for option, value in (
            ("--jars", ",".join(jars)),
            ("--py-files", _listed(arguments.py_files)),
            ("--files", _listed(arguments.files)),
        ):
            if value:
                command += [option, value]
        if arguments.class_:
            command += ["--class", arguments.class_]
        if arguments.verbose:
            command.append("--verbose")
        environment = {
            **os.environ,
            **exported,
            "SPARK_HOME": str(home),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "PYSPARK_PYTHON": sys.executable,
            "PYSPARK_DRIVER_PYTHON": sys.executable,
        }
        finished = subprocess.run([*command, arguments.app, *arguments.app_arguments], env=environment, check=False)
        if arguments.local_spark_event_logs_dir:
            _publish_event_logs(event_logs, arguments.local_spark_event_logs_dir)
    if finished.returncode != 0:
        code = finished.returncode if finished.returncode > 0 else 128 - finished.returncode
        raise JobError(f"spark failed with a non-zero exit code: {code}; see the job's log", code)
    return 0


def _spark_home() -> Path:
    """Return the folder of PySpark in the image, and check that a suitable Java is installed."""
    found = importlib.util.find_spec("pyspark")
    if found is None or found.origin is None:
        raise JobError("the local image has no pyspark: add it to the image's local requirements")
    version = importlib.metadata.version("pyspark")
    needed = 17 if int(version.partition(".")[0]) >= _SPARK_WITH_JAVA_17 else 8
    java = shutil.which(str(Path(os.environ["JAVA_HOME"]) / "bin" / "java") if os.environ.get("JAVA_HOME") else "java")
    if java is None:
        raise JobError(
            f"PySpark {version} needs Java {needed}, and there is no java on this machine: install it, or set JAVA_HOME"
        )
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    numbers = re.search(r'version "(?:1\.)?(\d+)', said)
    if numbers is None or int(numbers[1]) < needed:
        first = said.splitlines()[0] if said else "nothing"
        raise JobError(
            f"PySpark {version} needs Java {needed}, and {java} reports {first}: install it, or set JAVA_HOME"
        )
    return Path(found.origin).parent


def _read_configuration() -> tuple[dict[str, str], dict[str, str]]:
    """Return the Spark settings and the variables in the SDK's ``configuration`` file."""
    settings: dict[str, str] = {}
    exported: dict[str, str] = {}
    if not _CONFIGURATION.is_file():
        return settings, exported
    document = json.loads(_CONFIGURATION.read_text(encoding="utf-8"))
    for entry in document if isinstance(document, list) else [document]:
        classification, properties = entry["Classification"], entry.get("Properties", {})
        if classification == "spark-defaults":
            settings.update(properties)
        elif classification in _HADOOP_CLASSIFICATIONS:
            settings.update({f"spark.hadoop.{name}": value for name, value in properties.items()})
        elif classification in _EXPORTING_CLASSIFICATIONS:
            for inner in entry.get("Configurations", []):
                exported.update(inner.get("Properties", {}))
        else:
            print(f"smspark-submit: {classification} has no effect in the local cloud, which has no YARN")
    return settings, exported


def _s3_settings() -> dict[str, str]:
    """Return the settings for ``s3://`` and ``s3a://``: S3A with the job's credentials, folders, or none for jobs without a network."""
    if "LOCAL_CLOUD_SPARK_JARS" in os.environ:
        endpoint = os.environ["AWS_ENDPOINT_URL"]
        return {
            "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
            "spark.hadoop.fs.s3a.endpoint": endpoint,
            "spark.hadoop.fs.s3a.endpoint.region": os.environ["AWS_REGION"],
            "spark.hadoop.fs.s3a.path.style.access": "true",
            "spark.hadoop.fs.s3a.connection.ssl.enabled": str(endpoint.startswith("https://")).lower(),
            "spark.hadoop.fs.s3a.aws.credentials.provider": _JOB_CREDENTIALS,
        }
    if "LOCAL_CLOUD_SPARK_S3" in os.environ:
        if why := os.environ.get("LOCAL_CLOUD_SPARK_WITHOUT_S3A"):
            print(f"smspark-submit: s3:// is mapped to local folders, without S3A: {why}", flush=True)
        return _folder_settings(Path(os.environ["LOCAL_CLOUD_SPARK_S3"]))
    print("smspark-submit: the job has no network: s3:// cannot be read or written", flush=True)
    return {}


def _s3a_jars() -> list[str]:
    folder = os.environ.get("LOCAL_CLOUD_SPARK_JARS")
    return [str(path) for path in sorted(Path(folder).glob("*.jar"))] if folder else []


def _folder_settings(mirror: Path) -> dict[str, str]:
    """Return the settings that map each bucket to a folder."""
    settings = {"spark.hadoop.mapreduce.outputcommitter.factory.scheme.s3a": _COMMITTER}
    for scheme in ("s3", "s3a"):
        settings[f"spark.hadoop.fs.{scheme}.impl"] = _VIEWFS
    for bucket in sorted(mirror.iterdir()):
        settings[f"spark.hadoop.fs.viewfs.mounttable.{bucket.name}.linkFallback"] = bucket.as_uri()
    return settings


def _event_log_settings(arguments: argparse.Namespace, folder: Path) -> dict[str, str]:
    target = arguments.spark_event_logs_s3_uri or (folder.as_uri() if arguments.local_spark_event_logs_dir else None)
    if target is None:
        return {}
    # An uncompressed event log in one file, as in the image.
    return {
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": target,
        "spark.eventLog.rolling.enabled": "false",
        "spark.eventLog.compress": "false",
    }


def _publish_event_logs(folder: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.is_file() and path.suffix != ".crc":
            shutil.copyfile(path, target / path.name.removesuffix(".inprogress"))


def _listed(value: str | None) -> str:
    """Return a comma-separated list with folders replaced by their files."""
    listed: list[str] = []
    for item in value.split(",") if value else ():
        parts = urlsplit(item)
        if parts.scheme not in _LOCAL_SCHEMES:
            listed.append(item)
            continue
        path = Path(parts.path if parts.scheme else item)
        if not path.is_absolute():
            raise JobError(
                f"error preparing for spark submit: file path {path} must be an absolute path to a file or directory"
            )
        if not path.exists():
            raise JobError(f"error preparing for spark submit: file path {path} does not exist")
        files = sorted(str(file) for file in path.iterdir() if file.is_file()) if path.is_dir() else [str(path)]
        if not files:
            raise JobError(f"error preparing for spark submit: Found zero files in {path}")
        listed += files
    return ",".join(listed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
