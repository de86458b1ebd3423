"""``pipelines partitions``: a list of a table's registered partitions and their locations."""

from typing import TYPE_CHECKING, Any

from partitioned_pipelines.cli.command import command
from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.project import (
    Name,
    TableName,
    find_pipeline,
    find_table,
    how_partitions_are_seen,
    open_project,
)
from partitioned_pipelines.cli.remedies import DEPLOY_IT, paste
from partitioned_pipelines.cli.settings import Settings
from partitioned_pipelines.cli.target.clouds import open_cloud
from partitioned_pipelines.cli.terminal.output import note, print_json, print_table
from partitioned_pipelines.spec.model.pipeline import Table

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient


@command
def partitions(settings: Settings, name: Name, table: TableName = None) -> None:
    """List the partitions of a pipeline's table, with their locations and receipts."""
    spec = find_table(find_pipeline(open_project(settings), name), table)
    with open_cloud(settings) as cloud:
        found = list_partitions(cloud.glue, spec, paste(settings, "doctor", name))
    if settings.json:
        print_json(found)
        return
    keys = [key.name for key in spec.partition_keys]
    rows = [
        [
            *partition["values"].values(),
            partition["parameters"].get("run_id"),
            partition["parameters"].get("objects"),
            partition["parameters"].get("bytes"),
            partition["location"],
        ]
        for partition in found
    ]
    print_table(
        [*keys, "run_id", "objects", "bytes", "location"], rows, numeric=[*(False for _ in keys), False, True, True]
    )
    if how := how_partitions_are_seen(spec):
        note(how)
    note(f"{len(found):,} {'partition' if len(found) == 1 else 'partitions'}", style="dim")


def list_partitions(glue: "GlueClient", table: Table, doctor: str) -> list[dict[str, Any]]:
    """Return a table's partitions, sorted by their values: ``values``, ``location``, ``parameters``.

    ``doctor`` is the command that examines the table, for messages.
    """
    try:
        # The partition keys of the deployed table, which the values belong to.
        deployed = glue.get_table(DatabaseName=table.database, Name=table.name)["Table"]
        pages = glue.get_paginator("get_partitions").paginate(
            DatabaseName=table.database, TableName=table.name, ExcludeColumnSchema=True
        )
        registered = [partition for page in pages for partition in page["Partitions"]]
    except glue.exceptions.EntityNotFoundException as error:
        raise CommandError(
            f"the table {table.database}.{table.name} is not deployed",
            DEPLOY_IT,
            exit_code=ExitCode.NO_CLOUD,
        ) from error
    keys = [key["Name"] for key in deployed.get("PartitionKeys", [])]
    if others := [partition["Values"] for partition in registered if len(partition["Values"]) != len(keys)]:
        raise CommandError(
            f"{table.qualified_name} has the partition keys {', '.join(keys)}, and {len(others):,} of its {len(registered):,} partitions "
            f"were registered under others, such as {'/'.join(others[0])}: no query can read the table",
            f"restore partition_keys in the pipeline file and deploy, or give the table a new name; which partitions: {doctor}",
            exit_code=ExitCode.FAILED,
        )
    found = [
        {
            "values": dict(zip(keys, partition["Values"], strict=True)),
            "location": partition["StorageDescriptor"]["Location"],
            "parameters": partition.get("Parameters", {}),
        }
        for partition in registered
    ]
    return sorted(found, key=lambda partition: [_sort_key(value) for value in partition["values"].values()])


def _sort_key(value: str) -> tuple[int, int, str]:
    """Return a key that sorts 2 before 10, and numbers before other strings."""
    return (0, int(value), value) if value.isascii() and value.isdigit() else (1, 0, value)
