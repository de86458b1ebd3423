"""The check for a change of a table's partition keys, which CloudFormation and Glue allow, and which makes all partitions unreadable.

CloudFormation replaces an AWS::Glue::Table if its catalog, database or name changes. It updates the keys in place, but the partitions
keep their values: those of the old keys, in the old order.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-glue-table.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from partitioned_pipelines.cli.deployment.preflight.account import is_denied, warning_of
from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.lake.partitions.catalog_rules import keys_of
from partitioned_pipelines.lake.partitions.ignored_objects import is_data
from partitioned_pipelines.lake.s3_uri import InvalidS3UriError, S3Folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_glue import GlueClient
    from mypy_boto3_glue.type_defs import TableTypeDef
    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.cli.settings import Settings
    from partitioned_pipelines.cli.target.target import Cloud
    from partitioned_pipelines.spec import Project, Table

    Keys = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class KeyChange:
    """A deployed table with data whose pipeline file has different partition keys.

    Attributes
    ----------
    index
        Index of the table in its pipeline's list.
    """

    pipeline: str
    index: int
    message: str


def check_partition_keys(cloud: Cloud, settings: Settings, project: Project) -> Iterator[str]:
    """Reject a deployment that would change the partition keys of a table with data.

    Raises
    ------
    CommandError
        If there is such a table; the message names all of them.
    """
    try:
        changes = list(key_changes(cloud.glue, cloud.s3, project))
    except ClientError as error:
        if not is_denied(error):
            raise
        yield warning_of(error, "the partition keys of a table with data change")
        return
    if changes:
        listed = "\n".join(
            f"{change.pipeline}: tables[{change.index}].partition_keys: {change.message}" for change in changes
        )
        raise CommandError(listed, "nothing was deployed")


def key_changes(glue: GlueClient, s3: S3Client, project: Project) -> Iterator[KeyChange]:
    """Yield the tables with data whose deployed partition keys differ from those of their file."""
    for pipeline in project.pipelines:
        for index, table in enumerate(pipeline.tables):
            try:
                deployed = glue.get_table(DatabaseName=table.database, Name=table.name)["Table"]
            except glue.exceptions.EntityNotFoundException:
                continue
            there = [(key.name, key.type.lower()) for key in keys_of(deployed)]
            wanted: Keys = [(key.name, key.type) for key in table.partition_keys]
            if there != wanted and (what := _what_it_holds(glue, s3, deployed, table)):
                yield KeyChange(pipeline.name, index, _message(table, there, wanted, what))


def _what_it_holds(glue: GlueClient, s3: S3Client, deployed: TableTypeDef, table: Table) -> str | None:
    """Return what a change of keys would make unreadable, partitions or files; None if the table is empty."""
    registered = glue.get_partitions(
        DatabaseName=table.database, TableName=table.name, MaxResults=1, ExcludeColumnSchema=True
    )
    if registered.get("Partitions"):
        return "partitions"
    if table.registration == "lambda":
        return None
    # Projected partitions are not in the catalog, and files in folders of the old keys may not have been added by MSCK yet.
    return "files" if _holds_files(s3, deployed.get("StorageDescriptor", {}).get("Location", "")) else None


def _holds_files(s3: S3Client, location: str) -> bool:
    try:
        folder = S3Folder.parse(location)
    except InvalidS3UriError:
        return False
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=folder.bucket, Prefix=folder.prefix)
    return any(
        is_data(item["Key"][len(folder.prefix) :], item["Size"]) for page in pages for item in page.get("Contents", [])
    )


def _message(table: Table, there: Keys, wanted: Keys, what: str) -> str:
    return (
        f"are {_listed(wanted)}, and the deployed table {table.qualified_name} has {_listed(there)} and {what} of these keys, which no "
        f"query could read after the change. Restore the keys; or give the table a new name (such as {table.name}_v2), deploy, and run "
        "its days again: the old files stay where they are"
    )


def _listed(keys: Keys) -> str:
    return "[" + ", ".join(f"{name} {kind}" for name, kind in keys) + "]"
