"""The roles that use the Data Catalog, and their permissions beyond IAM's Glue actions: its key, and Lake Formation's permissions.

Both are options of a deployment, for accounts with an encrypted catalog or with Lake Formation. Without these options, nothing is added.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from constructs import Construct

from stacks.iam.key_permissions import allow_catalog
from stacks.iam.lake_formation import database, grant, location, table
from stacks.iam.role_policy import role_policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aws_cdk import CfnResource
    from aws_cdk import aws_iam as iam

    from partitioned_pipelines.spec import Pipeline, Table

READS = ("DESCRIBE", "SELECT")
WRITES = ("ALTER", "DESCRIBE", "INSERT", "SELECT")


@dataclass(frozen=True, slots=True)
class CatalogUser:
    """A role that uses tables of the Data Catalog.

    Attributes
    ----------
    name
        In PascalCase, used in the ids of its grants.
    role_arn
        The role's ARN; the role may belong to another stack.
    tables
        The tables that it uses.
    permissions
        Lake Formation permissions on each of the tables.
    sees_databases
        True if the role also describes the tables' databases.
    adds_locations
        True if the role adds partitions, whose locations Lake Formation checks if the bucket is registered.
    """

    name: str
    role_arn: str
    tables: Sequence[Table]
    permissions: tuple[str, ...] = READS
    sees_databases: bool = False
    adds_locations: bool = False


class LakeFormationGrants(Construct):
    """The Lake Formation permissions of a pipeline's roles; each is revoked when the stack is deleted.

    Parameters
    ----------
    users
        The roles, with the tables that they use.
    made
        This stack's tables by their qualified names: a table must exist before permissions on it are granted.
    location_arn
        The ARN of the tables' folder, if it is registered with Lake Formation; else None.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        users: Iterable[CatalogUser],
        made: Mapping[str, CfnResource],
        location_arn: str | None,
    ) -> None:
        super().__init__(scope, construct_id)
        for user in users:
            place = Construct(self, user.name)
            for used in user.tables:
                granted = grant(
                    place, f"Table-{used.database}__{used.name}", user.role_arn, table(used), user.permissions
                )
                if used.qualified_name in made:
                    granted.add_dependency(made[used.qualified_name])
            for name in sorted({used.database for used in user.tables}) if user.sees_databases else ():
                grant(place, f"Database-{name}", user.role_arn, database(name), ("DESCRIBE",))
            if user.adds_locations and location_arn is not None:
                grant(place, "Location", user.role_arn, location(location_arn), ("DATA_LOCATION_ACCESS",))


def allow_encrypted_catalog(roles: Iterable[iam.IRole], key_arn: str | None) -> None:
    """Allow roles to use the Data Catalog's key, in a separate policy."""
    for role in roles if key_arn is not None else ():
        with role_policy(role, name="CatalogKey") as policy:
            allow_catalog(policy, key_arn)


def allow_data_access(roles: Iterable[iam.IRole]) -> None:
    """Allow the roles of query engines to get Lake Formation's credentials for reading a registered location.

    The action does not support resources; Lake Formation checks its own permissions:
    https://docs.aws.amazon.com/lake-formation/latest/dg/access-control-underlying-data.html
    """
    for role in roles:
        with role_policy(role, name="DataAccess") as policy:
            policy.allow(["lakeformation:GetDataAccess"], ["*"])


def catalog_users(
    pipeline: Pipeline, *, planner: iam.IRole, registrar: iam.IRole | None, machine: iam.IRole | None
) -> list[tuple[iam.IRole, CatalogUser]]:
    """Return the roles that use the Data Catalog, with their permissions. The jobs' role is not included: it can access only S3.

    Parameters
    ----------
    planner, registrar, machine
        The roles of PlanRun, of RegisterPartitions and of the state machine; the latter two may be None.
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
