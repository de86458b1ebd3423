"""What to do when a query meets a file that is not what its table says: the command that finds it, for that very table."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from partitioned_pipelines.cli.athena.table_references import find_references
from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.cli.project import how_partitions_are_seen, open_project
from partitioned_pipelines.cli.terminal.hint import paste
from partitioned_pipelines.lake.run_facts import RUN_ID_PATTERN

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient

    from partitioned_pipelines.cli.settings import Settings
    from partitioned_pipelines.spec.model.pipeline import Pipeline, Table

# A file holds what its table does not say: https://docs.aws.amazon.com/athena/latest/ug/troubleshooting-athena.html
_OF_FILES = ("HIVE_BAD_DATA", "HIVE_CURSOR_ERROR", "HIVE_INVALID_METADATA", "HIVE_PARTITION_SCHEMA_MISMATCH")
_SHOWN = 3  # runs
_RUN = re.compile(rf"/(?P<run>{RUN_ID_PATTERN})/")


def remedy_for_bad_files(settings: Settings, glue: GlueClient, sql: str, reason: str) -> str | None:
    """Return the commands that find the file and the line; None if the reason is another, or the table is not the project's.

    The run is named if Athena says which file it was; otherwise those that readers see, the newest first.
    """
    if not reason.startswith(_OF_FILES):
        return None
    found = [_remedy(settings, glue, pipeline, table, reason) for pipeline, table in _tables(settings, sql)]
    return "\n".join(found) or None


def _tables(settings: Settings, sql: str) -> list[tuple[Pipeline, Table]]:
    try:
        project = open_project(settings)
    except CommandError:  # a query needs no project
        return []
    named = {reference.table.lower() for reference in find_references(sql)}
    return [(pipeline, table) for pipeline in project.pipelines for table in pipeline.tables if table.name in named]


def _remedy(settings: Settings, glue: GlueClient, pipeline: Pipeline, table: Table, reason: str) -> str:
    selected = ["--table", table.qualified_name] if len(pipeline.tables) > 1 else []
    if how_partitions_are_seen(table):
        folder = f"./{table.name}"
        location = _location(glue, table)
        copy = f"aws s3 sync {shlex.quote(location)} {folder}" if location else f"a copy of its files in {folder}"
        audit = paste(settings, "audit", pipeline.name, folder, "--full", *selected)
        return f"{table.qualified_name} has no runs; check a copy of its files:\n{copy}\n{audit}"
    run = _RUN.search(reason)
    live = [run["run"]] if run else _live_runs(glue, table)
    audits = [paste(settings, "audit", pipeline.name, each, "--full", *selected) for each in live[:_SHOWN]]
    if len(audits) == 1:
        return f"find the file and the line: {audits[0]}"
    runs = paste(settings, "runs", pipeline.name, "--live", *selected)
    if not audits:
        return f"see which runs readers see: {runs}"
    return "\n".join(
        [f"find the file and the line in one of the {len(live):,} runs that readers see ({runs}):", *audits]
    )


def _location(glue: GlueClient, table: Table) -> str | None:
    try:
        described = glue.get_table(DatabaseName=table.database, Name=table.name)["Table"]
    except (BotoCoreError, ClientError):  # the query's own error is what the command reports
        return None
    return described.get("StorageDescriptor", {}).get("Location")


def _live_runs(glue: GlueClient, table: Table) -> list[str]:
    """Return the runs that partitions point to, the newest first; none if the catalog cannot be read."""
    try:
        pages = glue.get_paginator("get_partitions").paginate(
            DatabaseName=table.database, TableName=table.name, ExcludeColumnSchema=True
        )
        found = {
            partition.get("Parameters", {}).get("run_id", "") for page in pages for partition in page["Partitions"]
        }
    except (BotoCoreError, ClientError):  # the query's own error is what the command reports
        return []
    return sorted(found - {""}, reverse=True)
