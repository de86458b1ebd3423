"""An audit of one file of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.partitions.key_value import PartitionKey
from partitioned_pipelines.runtime.audit import TableContent, audit_local

if TYPE_CHECKING:
    from pathlib import Path

    from partitioned_pipelines.runtime.audit import AuditReport

KEYS = [PartitionKey("dt", "string", "%Y-%m-%d")]
COLUMNS = [
    {"name": "name", "type": "string"},
    {"name": "n", "type": "int"},
    {"name": "x", "type": "double"},
    {"name": "day", "type": "date"},
]


def content(table_format: str, columns: list[dict[str, str]] = COLUMNS) -> TableContent:
    payload: Any = {"format": table_format, "columns": columns, "partition_keys": [{"name": "dt"}]}
    return TableContent.from_payload(payload)


def audit(
    folder: Path, body: bytes, table: TableContent | None = None, name: str = "a.csv", *, full: bool = True
) -> AuditReport:
    path = folder / "dt=2021-12-15" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(body)
    return audit_local(folder, table or content("csv"), KEYS, full=full)


def findings(report: AuditReport, folder: Path) -> list[str]:
    return [str(finding).removeprefix(f"{folder}/dt=2021-12-15/") for finding in report.findings]
