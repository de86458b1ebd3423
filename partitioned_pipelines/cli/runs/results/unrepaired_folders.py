"""The folders of a table that MSCK REPAIR TABLE silently skips: their files are in no partition.

https://docs.aws.amazon.com/athena/latest/ug/msck-repair-table.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.runs.published_table import address_of_table
from partitioned_pipelines.cli.terminal.output import note
from partitioned_pipelines.lake.partitions.hive_path import escape_value, unescape_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.cli.runs.results.run_report import RunReport
    from partitioned_pipelines.cli.settings import Settings
    from partitioned_pipelines.cli.target.target import Cloud
    from partitioned_pipelines.lake.s3_uri import S3Folder
    from partitioned_pipelines.spec.model.pipeline import Pipeline

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class UnrepairedFolder:
    """A folder that is not added, and the reason."""

    uri: str
    reason: str


def warnings_after(settings: Settings, cloud: Cloud, report: RunReport, pipeline: Pipeline) -> list[str]:
    """Return warnings after a successful run about folders that MSCK REPAIR TABLE silently skips."""
    repaired = [table for table in pipeline.tables if table.registration == "msck"]
    if not repaired or not report.succeeded or report.nothing_done_because:
        return []
    bucket = cloud.stack_outputs(settings.data_lake_stack)["LakeBucketName"]
    warnings = []
    for table in repaired:
        data = address_of_table(bucket, table).data
        if found := list(find_unrepaired(cloud.s3, data, [key.name for key in table.partition_keys])):
            warnings.append(unrepaired_warning(table.qualified_name, found))
            note(f"warning: {warnings[-1]}", style="yellow")
    return warnings


def find_unrepaired(s3: S3Client, data: S3Folder, keys: Sequence[str]) -> Iterator[UnrepairedFolder]:
    """Yield the folders that are not added, level by level; the content of such a folder is not examined.

    Parameters
    ----------
    data
        The table's own folder.
    keys
        The names of the table's partition keys.
    """
    if not keys:
        return
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=data.bucket, Prefix=data.prefix, Delimiter="/")
    for page in pages:
        for item in page.get("CommonPrefixes", []):
            below = type(data)(data.bucket, item["Prefix"])
            if reason := _why_not(item["Prefix"].removeprefix(data.prefix).rstrip("/"), keys[0]):
                yield UnrepairedFolder(below.uri, reason)
            else:
                yield from find_unrepaired(s3, below, keys[1:])


def unrepaired_warning(table_name: str, found: Sequence[UnrepairedFolder]) -> str:
    """Return a warning with the first of a table's skipped folders."""
    listed = "".join(f"\n  {folder.uri}: {folder.reason}" for folder in found[:_SHOWN])
    more = f"\n  … and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    what = "folder of" if len(found) == 1 else "folders of"
    return f"Athena's MSCK REPAIR TABLE does not add {len(found)} {what} {table_name}, and no query finds what is in them:{listed}{more}"


def _why_not(folder: str, key: str) -> str | None:
    if folder.startswith(("_", ".")):
        return "names that begin with '_' or '.' are hidden"
    name, equals, text = folder.partition("=")
    value = unescape_value(text)
    if not equals or not text:
        return f"it is not {key}=VALUE"
    if name != key and name.lower() == key:
        return f"its key is {name!r}, and must be written {key!r}"
    if name != key:
        return f"its key is {name!r}, and the table's is {key!r}"
    if ":" in value:
        return "its value has a colon; write timestamps without, such as 2024-01-01T100000"
    if escape_value(value).casefold() != text.casefold():
        return f"its value is not escaped as Hive escapes it: {key}={escape_value(value)}"
    return None
