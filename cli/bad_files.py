"""What to do when a query meets a file that is not what its table says: the command that finds it, for that very table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cli.hint import paste
from cli.visibility import how_partitions_are_seen
from pipeline_spec import InvalidProjectError, load_project

if TYPE_CHECKING:
    from cli.settings import Settings
    from pipeline_spec.model import Pipeline, Table

# A file holds what its table does not say: https://docs.aws.amazon.com/athena/latest/ug/troubleshooting-athena.html
_OF_FILES = ("HIVE_BAD_DATA", "HIVE_CURSOR_ERROR", "HIVE_INVALID_METADATA", "HIVE_PARTITION_SCHEMA_MISMATCH")
_RUN = re.compile(r"/runs/(?P<run>[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8})/")


def remedy_for_bad_files(settings: Settings, sql: str, reason: str) -> str | None:
    """Return the commands that find the file and the line; None if the reason is another, or the table is not the project's.

    The run is named if Athena says which file it was.
    """
    if not reason.startswith(_OF_FILES):
        return None
    found = [_remedy(settings, pipeline, table, reason) for pipeline, table in _tables(settings, sql)]
    return "\n".join(found) or None


def _tables(settings: Settings, sql: str) -> list[tuple[Pipeline, Table]]:
    try:
        project = load_project(settings.project)
    except InvalidProjectError:  # a query needs no project
        return []
    named = set(re.findall(r"\w+", sql.lower()))
    return [(pipeline, table) for pipeline in project.pipelines for table in pipeline.tables if table.name in named]


def _remedy(settings: Settings, pipeline: Pipeline, table: Table, reason: str) -> str:
    selected = ["--table", table.qualified_name] if len(pipeline.tables) > 1 else []
    if how_partitions_are_seen(table):
        return f"{table.qualified_name} has no runs: check what the job writes, or a copy of it, by pipelines audit {pipeline.name} DIR --full"
    if run := _RUN.search(reason):
        return f"find the file and the line: {paste(settings, 'audit', pipeline.name, run['run'], '--full', *selected)}"
    runs = paste(settings, "runs", pipeline.name, "--live", *selected)
    return f"find the run that readers see: {runs}, and its file and line: pipelines audit {pipeline.name} RUN --full"
