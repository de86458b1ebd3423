"""Tests that a partition is empty if it has no rows, regardless of its files' bytes."""

from __future__ import annotations

import bz2
import gzip
import io
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from partitioned_pipelines.runtime.audit import TableContent, audit_local
from partitioned_pipelines.runtime.registration.checks import EmptyOutputError
from tests.moto_lake import aws, glue, lake, s3  # noqa: F401  # fixtures
from tests.runtime.audit.text_audit import KEYS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.moto_lake import Lake

FRAME = pd.DataFrame({"a": ["x"], "n": [1]})


def written(name: str, frame: pd.DataFrame) -> bytes:
    """Return what pandas writes for a file name."""
    stream = io.BytesIO()
    if name.endswith(".parquet"):
        frame.astype({"a": "string", "n": "int32"}).to_parquet(stream, index=False)
        return stream.getvalue()
    if ".json" in name:
        frame.to_json(stream, orient="records", lines=True)
    else:
        frame.to_csv(stream, index=False, header=False)
    compress: Any = {"gz": gzip.compress, "bz2": bz2.compress}.get(name.rpartition(".")[2], bytes)
    return bytes(compress(stream.getvalue()))


FILES = ["p.parquet", "p.csv.gz", "p.csv.bz2", "p.json", "p.json.gz"]


def payload(name: str, *, allow_empty: bool = False) -> Any:
    return {
        "format": name.split(".")[1],
        "columns": [{"name": "a", "type": "string"}, {"name": "n", "type": "int"}],
        "partition_keys": [{"name": "dt"}],
        "allow_empty": allow_empty,
    }


@pytest.mark.parametrize("name", FILES)
def test_a_partition_without_rows_is_a_finding_unless_it_may_be_empty(name: str, tmp_path: Path) -> None:
    day, other = tmp_path / "dt=2024-01-01", tmp_path / "dt=2024-01-02"
    for folder, frame in ((day, FRAME.head(0)), (other, FRAME)):
        folder.mkdir()
        (folder / name).write_bytes(written(name, frame))
    report = audit_local(tmp_path, TableContent.from_payload(payload(name)), KEYS)
    (finding,) = report.findings
    assert finding.file == f"{day}/"
    assert "the partition has no rows" in finding.problem
    assert (report.files, report.count) == (2, 1)
    allowed = TableContent.from_payload(payload(name, allow_empty=True))
    assert audit_local(tmp_path, allowed, KEYS).count == 0
    (day / f"more-{name}").write_bytes(written(name, FRAME))  # next to a file with rows, it is harmless
    assert audit_local(tmp_path, TableContent.from_payload(payload(name)), KEYS).count == 0


@pytest.mark.parametrize("name", FILES)
def test_a_run_replaces_no_rows_by_none(name: str, lake: Lake) -> None:  # noqa: F811
    lake.create_table()
    table = payload(name) | {"partition_keys": lake.keys}
    lake.write(f"dt=2024-01-01/{name}", written(name, FRAME))
    lake.register(**table)
    before = lake.locations()
    lake.write(f"dt=2024-01-01/{name}", written(name, FRAME.head(0)), "r2")
    lake.write(f"dt=2024-01-02/{name}", written(name, FRAME), "r2")
    with pytest.raises(EmptyOutputError, match="1 of 2 partitions that the job wrote have no rows") as refused:
        lake.register("r2", **table)
    assert f"s3://lake/{lake.root('r2')}dt=2024-01-01/" in str(refused.value)
    assert lake.locations() == before
    assert lake.register("r2", **{**table, "allow_empty": True})["repointed"] == 1


def test_one_partition_without_rows_among_many_is_found(lake: Lake) -> None:  # noqa: F811
    """The sample omits most files, but not the smallest ones."""
    lake.create_table(keys="dt:string")
    body = gzip.compress(b"a,1\n" * 3)
    for number in range(300):
        lake.write(f"dt={number}/p.csv.gz", gzip.compress(b"") if number == 77 else body)
    with pytest.raises(EmptyOutputError, match=r"1 of 300 partitions.*dt=77/"):
        lake.register()


def test_a_run_whose_files_hold_no_rows_is_empty_however_many_they_are(lake: Lake) -> None:  # noqa: F811
    lake.create_table(keys="dt:string")
    for number in range(160):
        lake.write(f"dt=a/{number}.csv.gz", gzip.compress(b""))
    with pytest.raises(EmptyOutputError, match="1 of 1 partitions"):
        lake.register()
