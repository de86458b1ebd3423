"""The roles of a pipeline that use the Data Catalog, and what each of them does there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.iam.catalog_access import WRITES, CatalogUser

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam

    from partitioned_pipelines.spec import Pipeline


def catalog_users(
    pipeline: Pipeline, *, planner: iam.IRole, registrar: iam.IRole | None, machine: iam.IRole | None
) -> list[tuple[iam.IRole, CatalogUser]]:
    """Return the roles with what they use. The jobs' role is not among them: its rights end at S3.

    Parameters
    ----------
    planner, registrar, machine
        Of PlanRun, of RegisterPartitions and of the state machine, if there are the latter two.
    """
    users: list[tuple[iam.IRole, CatalogUser]] = []
    if pipeline.read_tables:
        users.append((planner, CatalogUser("PlanRun", planner.role_arn, [*pipeline.read_tables.values()])))
    if registrar is not None:
        tables = [table for table in pipeline.tables if table.registration == "lambda"]
        user = CatalogUser("RegisterPartitions", registrar.role_arn, tables, WRITES, adds_locations=True)
        users.append((registrar, user))
    repaired = [table for table in pipeline.tables if table.registration == "msck"]
    if machine is not None and repaired:
        user = CatalogUser("Repairs", machine.role_arn, repaired, WRITES, sees_databases=True, adds_locations=True)
        users.append((machine, user))
    return users
