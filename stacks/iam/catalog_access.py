"""Which roles use the Data Catalog, and what they need there beyond IAM's rights: its key, and the permissions of Lake Formation.

Both are options of the deployment, for accounts that encrypt the catalog or let Lake Formation decide. Without them, nothing is added.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from constructs import Construct

from stacks.iam.key_grants import allow_catalog
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
        In PascalCase, for the ids of what it is granted.
    role_arn
        Of the role, which may be another stack's.
    tables
        The tables that it uses.
    permissions
        Lake Formation's, on each of the tables.
    sees_databases
        Whether it looks at the tables' databases, too.
    adds_locations
        Whether it adds partitions, whose locations Lake Formation decides about if it knows the bucket.
    """

    name: str
    role_arn: str
    tables: Sequence[Table]
    permissions: tuple[str, ...] = READS
    sees_databases: bool = False
    adds_locations: bool = False


class LakeFormationGrants(Construct):
    """The permissions of Lake Formation that a pipeline's roles need; each is revoked with the stack.

    Parameters
    ----------
    users
        The roles, with the tables that they use.
    made
        The tables of this stack by their qualified names: a table must be there before it is granted.
    location_arn
        The folder of the tables, if it is registered with Lake Formation; None if it is not.
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
    """Allow roles to use the key of the Data Catalog, in a policy of its own."""
    for role in roles if key_arn is not None else ():
        with role_policy(role, name="CatalogKey") as policy:
            allow_catalog(policy, key_arn)


def allow_data_access(roles: Iterable[iam.IRole]) -> None:
    """Allow roles of engines to get the credentials with which Lake Formation lets them read a registered location.

    The action knows no resource: Lake Formation decides by its own permissions,
    https://docs.aws.amazon.com/lake-formation/latest/dg/access-control-underlying-data.html
    """
    for role in roles:
        with role_policy(role, name="DataAccess") as policy:
            policy.allow(["lakeformation:GetDataAccess"], ["*"])


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
