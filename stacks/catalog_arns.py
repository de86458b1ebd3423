"""What a call of Glue on a table is authorized on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Stack

if TYPE_CHECKING:
    from constructs import Construct

    from pipeline_spec import Table


def catalog_arns(scope: Construct, table: Table) -> list[str]:
    """Give catalog, database and table: https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html."""
    stack = Stack.of(scope)
    return [
        stack.format_arn(service="glue", resource="catalog"),
        stack.format_arn(service="glue", resource="database", resource_name=table.database),
        stack.format_arn(service="glue", resource="table", resource_name=f"{table.database}/{table.name}"),
    ]
