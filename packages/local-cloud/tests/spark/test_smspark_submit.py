"""The checks and settings of the smspark-submit replacement before Spark runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from local_cloud.spark import smspark_submit
from local_cloud.spark.smspark_submit import JobError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def fake_pyspark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty PySpark package instead of the installed one."""
    home = tmp_path / "site-packages" / "pyspark"
    home.mkdir(parents=True)
    (home / "__init__.py").write_text("")
    info = home.parent / "pyspark-4.3.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: pyspark\nVersion: 4.3.0\n")
    monkeypatch.syspath_prepend(str(home.parent))
    return home


def install_java(folder: Path, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set JAVA_HOME to a fake java that prints this version."""
    java = folder / "java" / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(f"#!/bin/sh\necho '{says}' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(folder / "java"))


@pytest.mark.parametrize(
    "says", ['openjdk version "17.0.15" 2025-04-15', 'java version "21" 2023-09-19 LTS', 'openjdk version "17-ea"']
)
def test_a_java_that_is_new_enough_is_taken(
    fake_pyspark: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str
) -> None:
    install_java(tmp_path, says, monkeypatch)
    assert smspark_submit._spark_home() == fake_pyspark


@pytest.mark.parametrize("says", ['openjdk version "11.0.2" 2019-01-15', 'java version "1.8.0_391"', "nonsense"])
def test_a_java_that_is_too_old_is_named_with_the_way_out(
    fake_pyspark: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str
) -> None:
    install_java(tmp_path, says, monkeypatch)
    with pytest.raises(JobError, match=r"PySpark 4\.3\.0 needs Java 17.*install it, or set JAVA_HOME") as refused:
        smspark_submit._spark_home()
    assert says in str(refused.value)


def test_a_machine_without_java_is_told_what_to_do(
    fake_pyspark: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "none"))
    with pytest.raises(JobError, match=r"needs Java 17, and there is no java on this machine"):
        smspark_submit._spark_home()


def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, document: Any) -> tuple[dict[str, str], dict[str, str]]:
    """Return the settings in a configuration file with this content."""
    path = tmp_path / "configuration.json"
    path.write_text(json.dumps(document))
    monkeypatch.setattr(smspark_submit, "_CONFIGURATION", path)
    return smspark_submit._read_configuration()


def test_a_configuration_becomes_settings_and_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export = {"Classification": "export", "Properties": {"A": "1"}}
    document = [
        {"Classification": "spark-defaults", "Properties": {"spark.executor.memory": "2g"}},
        {"Classification": "hive-site", "Properties": {"hive.x": "y"}},
        {"Classification": "spark-env", "Properties": {}, "Configurations": [export]},
        {"Classification": "yarn-site", "Properties": {"yarn.x": "y"}},
    ]
    expected = {"spark.executor.memory": "2g", "spark.hadoop.hive.x": "y"}
    assert read(tmp_path, monkeypatch, document) == (expected, {"A": "1"})
    assert read(tmp_path, monkeypatch, document[0]) == ({"spark.executor.memory": "2g"}, {})


def test_folders_become_the_files_that_are_in_them(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    for name in ("b.py", "a.zip", "below/c.py"):
        (tmp_path / name).write_text("")
    assert smspark_submit._listed(str(tmp_path)) == f"{tmp_path}/a.zip,{tmp_path}/b.py"
    assert smspark_submit._listed(f"s3://b/x.jar,file://{tmp_path}/b.py") == f"s3://b/x.jar,{tmp_path}/b.py"


@pytest.mark.parametrize(("given", "said"), [("relative.py", "absolute"), ("/no/such", "does not exist")])
def test_files_that_are_not_there_are_refused(given: str, said: str) -> None:
    with pytest.raises(JobError, match=said):
        smspark_submit._listed(given)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="Found zero files"):
        smspark_submit._listed(str(tmp_path))


def test_all_that_follows_the_application_is_its_own() -> None:
    parsed = smspark_submit._parse(["--class", "M", "-v", "app.jar", "--class", "N", "-v", "--", "x"])
    assert (parsed.class_, parsed.verbose, parsed.app) == ("M", True, "app.jar")
    assert parsed.app_arguments == ["--class", "N", "-v", "--", "x"]


@pytest.mark.parametrize("arguments", [[], ["--conf", "a=b", "app.py"], ["--py", "x", "app.py"]])
def test_what_the_real_one_does_not_take_is_refused(arguments: list[str]) -> None:
    with pytest.raises(JobError, match="Couldn't parse input"):
        smspark_submit._parse(arguments)
