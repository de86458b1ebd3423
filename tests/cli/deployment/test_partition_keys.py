"""Tests of changed partition keys, before a deployment and after one that took place."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
import pytest

import partitioned_pipelines.cli.commands.partitions
import partitioned_pipelines.cli.commands.validate
from partitioned_pipelines.cli.deployment.preflight.partition_keys import check_partition_keys, key_changes
from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.cli.settings import Settings, Target
from partitioned_pipelines.cli.target.target import Cloud
from partitioned_pipelines.spec import load_project
from tests.cli.runs.test_looking_back import PIPELINE
from tests.moto_lake import REGION, Lake, aws, glue, lake, s3

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from partitioned_pipelines.spec import Project
    from tests.cli.conftest import Invoke

__all__ = ["aws", "glue", "lake", "s3"]  # fixtures of moto's lake

DT = '    - {name: dt, type: string, date_format: "%Y-%m-%d"}\n'
REGION_KEY = "    - {name: region, type: string}\n"


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Project]:
    """Return a function that writes the pipeline file with other keys, and loads the project."""
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "processing_scripts").mkdir()
    (tmp_path / "processing_scripts" / "extract.py").write_text("")

    def project(keys: str = DT, layout: str = "versioned") -> Project:
        text = (PIPELINE % ("0" * 64, layout)).replace(DT, keys)
        (tmp_path / "pipelines" / "features.yaml").write_text(text, encoding="utf-8")
        return load_project(tmp_path)

    return project


@pytest.fixture
def held(lake: Lake) -> Lake:
    """Return the deployed table with one partition."""
    lake.create_table()
    lake.write("dt=2026-01-01/a.csv")
    lake.register()
    return lake


@pytest.fixture
def cloud(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """Return moto as the cloud that the commands find."""
    found = Cloud(boto3.Session(region_name=REGION), None)

    @contextmanager
    def open_cloud(_settings: object) -> Iterator[Cloud]:
        yield found

    monkeypatch.setattr(partitioned_pipelines.cli.commands.validate, "_deployed_tables", open_cloud)
    monkeypatch.setattr(partitioned_pipelines.cli.commands.partitions, "open_cloud", open_cloud)
    return found


OTHER_KEYS = {
    "one more": DT + REGION_KEY,
    "another order": REGION_KEY + DT,
    "another type": "    - {name: dt, type: date}\n",
    "another name": DT.replace("dt", "day"),
}


@pytest.mark.parametrize("keys", OTHER_KEYS.values(), ids=OTHER_KEYS)
def test_a_change_is_refused_while_the_table_has_partitions(
    held: Lake, write: Callable[..., Project], cloud: Cloud, tmp_path: Path, keys: str
) -> None:
    project = write(keys)
    (change,) = key_changes(cloud.glue, cloud.s3, project)
    assert "the deployed table analytics.features has [dt string] and partitions of these keys" in change.message
    assert "features_v2" in change.message
    with pytest.raises(CommandError, match=r"features: tables\[0\]\.partition_keys: are ") as refused:
        list(check_partition_keys(cloud, Settings(tmp_path, Target.LOCAL, "pipelines", json=False), project))
    assert refused.value.remedy == "nothing was deployed"


def test_the_same_keys_pass(held: Lake, write: Callable[..., Project], cloud: Cloud) -> None:
    assert list(key_changes(cloud.glue, cloud.s3, write())) == []


def test_a_table_without_data_may_change(lake: Lake, write: Callable[..., Project], cloud: Cloud) -> None:
    assert list(key_changes(cloud.glue, cloud.s3, write(DT + REGION_KEY))) == []  # the table is not deployed
    lake.create_table()
    assert list(key_changes(cloud.glue, cloud.s3, write(DT + REGION_KEY))) == []


@pytest.mark.parametrize("registration", ["msck", "projection"])
def test_files_that_no_partition_is_registered_for_count_too(
    lake: Lake, write: Callable[..., Project], cloud: Cloud, registration: str
) -> None:
    lake.create_table("in_place")
    projected = "projection: {values: [a]}" if registration == "projection" else ""
    keys = f"    - {{name: region, type: string, {projected}}}\n".replace(", }", "}")
    project = write(keys, f"in_place\n  registration: {registration}")
    assert list(key_changes(cloud.glue, cloud.s3, project)) == []
    lake.write("dt=2026-01-01/a.csv")
    (change,) = key_changes(cloud.glue, cloud.s3, project)
    assert "and files of these keys" in change.message


def test_validate_names_the_line(
    held: Lake, write: Callable[..., Project], cloud: Cloud, invoke: Invoke, tmp_path: Path
) -> None:
    write(DT + REGION_KEY)
    shown = invoke("validate", "--project", tmp_path, "--json")
    assert shown.exit_code == 2
    (problem,) = json.loads(shown.stdout)
    assert (problem["severity"], problem["field"], problem["line"]) == ("error", "table.partition_keys", 14)
    assert invoke("validate", "other", "--project", tmp_path).exit_code == 2, "no such pipeline"
    write()
    assert invoke("validate", "--project", tmp_path).exit_code == 0


def test_partitions_of_a_table_whose_keys_were_changed_is_an_error(
    held: Lake, write: Callable[..., Project], cloud: Cloud, invoke: Invoke, tmp_path: Path
) -> None:
    table: dict[str, Any] = dict(held.glue.get_table(DatabaseName="analytics", Name="features")["Table"])
    kept = {name: table[name] for name in ("Name", "TableType", "Parameters", "StorageDescriptor")}
    keys = [*table["PartitionKeys"], {"Name": "region", "Type": "string"}]
    changed: Any = {**kept, "PartitionKeys": keys}
    held.glue.update_table(DatabaseName="analytics", TableInput=changed)
    write(DT + REGION_KEY)
    shown = invoke("partitions", "features", "--project", tmp_path)
    assert shown.exit_code == 1
    assert "analytics.features has the partition keys dt, region, and 1 of its 1 partitions" in shown.stderr
    assert "2026-01-01" in shown.stderr
