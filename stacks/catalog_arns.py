"""What a call of Glue on a table is authorized on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Stack

if TYPE_CHECKING:
    from constructs import Construct

    from pipeline_spec import Table


def catalog_arns(scope: Construct, table: Table) -> list[str]:
    """Give catalog, database and table: https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html."""
    catalog = Stack.of(scope).format_arn(service="glue", resource="catalog")
    glue = catalog.removesuffix("catalog")
    return [catalog, f"{glue}database/{table.database}", f"{glue}table/{table.database}/{table.name}"]
