"""What a call of Glue on a table is authorized on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.iam.arns import arn

if TYPE_CHECKING:
    from partitioned_pipelines.spec import Table


def catalog_arns(table: Table) -> list[str]:
    """Give catalog, database and table: https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html."""
    resources = ("catalog", f"database/{table.database}", f"table/{table.database}/{table.name}")
    return [arn("glue", resource) for resource in resources]
