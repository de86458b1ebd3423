"""A partitioned table in the Glue Data Catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import CfnResource
from constructs import Construct

from partitioned_pipelines.spec import glue_table_input
from stacks.iam.arns import ACCOUNT_ID
from stacks.literal_text import keep_text_literal

if TYPE_CHECKING:
    from partitioned_pipelines.spec import Table


class PartitionedTable(Construct):
    """A table as described by its pipeline file; runs register its partitions."""

    def __init__(self, scope: Construct, construct_id: str, *, table: Table, lake_bucket_name: str) -> None:
        super().__init__(scope, construct_id)
        # The table input is Glue's own document, from the builder that the other readers of the spec use. The L1 construct would need its own
        # spelling of each key.
        self.resource = CfnResource(
            self,
            "Table",
            type="AWS::Glue::Table",
            properties={
                "CatalogId": ACCOUNT_ID,
                "DatabaseName": table.database,
                "TableInput": glue_table_input(table, lake_bucket_name),
            },
        )
        keep_text_literal(self)
