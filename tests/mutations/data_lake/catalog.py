"""Breakages of the permissions on an encrypted catalog, and of Lake Formation's grants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.mutations.mutation import Mutation, statement, statements

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.synthesized.resolved_stack import ResolvedStack

_CONTEXT = "kms:EncryptionContext:glue_catalog_id"


def _mutation(name: str, check: str, finding: str, apply: Callable[[ResolvedStack], object]) -> Mutation:
    return Mutation(name, check, finding, apply, pipeline="kinds", project="brought_along")


def _key_statement(stack: ResolvedStack) -> dict[str, Any]:
    """Return the statement of RegisterPartitions on the catalog's key."""
    return statement(stack, "kms:Encrypt", "RegisterPartitions")


def _grants(stack: ResolvedStack, role: str, kind: str) -> list[dict[str, Any]]:
    return [
        resource
        for resource in stack.of_type("AWS::LakeFormation::PrincipalPermissions")
        if role in resource["Properties"]["Principal"]["DataLakePrincipalIdentifier"]
        and kind in resource["Properties"]["Resource"]
    ]


def _drop_grant(stack: ResolvedStack, role: str, kind: str) -> None:
    grant = _grants(stack, role, kind)[0]
    del stack.resources[next(name for name, resource in stack.resources.items() if resource is grant)]


def _wildcard(stack: ResolvedStack) -> None:
    table = _grants(stack, "RegisterPartitions", "Table")[0]["Properties"]["Resource"]["Table"]
    del table["Name"]
    table["TableWildcard"] = {}


CATALOG_MUTATIONS = [
    _mutation(
        "let any service use the catalog's key",
        "catalog_key_calls",
        "'kms:ViaService': 's3.ap-northeast-1.amazonaws.com'",
        lambda stack: _key_statement(stack)["Condition"]["StringEquals"].pop("kms:ViaService"),
    ),
    _mutation(
        "use the key for another account's catalog",
        "catalog_key_calls",
        "'kms:EncryptionContext:glue_catalog_id': '210987654321'} is allowed",
        lambda stack: _key_statement(stack)["Condition"]["StringEquals"].pop(_CONTEXT),
    ),
    _mutation(
        "use any key for the catalog",
        "catalog_key_calls",
        "key/6666abcd-12ab-34cd-56ef-1234567890ab",
        lambda stack: _key_statement(stack).update(Resource="*"),
    ),
    _mutation(
        "create grants of the catalog's key",
        "registrar_permissions",
        "RegisterPartitions has kms:CreateGrant",
        lambda stack: _key_statement(stack)["Action"].append("kms:CreateGrant"),
    ),
    _mutation(
        "forget that PlanRun reads an encrypted catalog",
        "catalog_key_calls",
        "PlannerPlanRunRole",
        lambda stack: statement(stack, "kms:Encrypt", "Planner").update(Effect="Deny"),
    ),
    _mutation(
        "forget the permission to write an encrypted catalog",
        "registrar_permissions",
        "RegisterPartitions lacks kms:Encrypt",
        lambda stack: _key_statement(stack)["Action"].remove("kms:Encrypt"),
    ),
    _mutation(
        "forget the permission to get Lake Formation's credentials",
        "machine_permissions",
        "lacks lakeformation:GetDataAccess",
        lambda stack: statements(stack, "lakeformation:GetDataAccess")[0].update(Action="lakeformation:GetDataLake"),
    ),
    _mutation(
        "forget to grant a table",
        "lake_formation_grants",
        "Lake Formation does not grant ('RegisterPartitions', 'Table kinds.t_rows'",
        lambda stack: _drop_grant(stack, "RegisterPartitions", "Table"),
    ),
    _mutation(
        "forget to grant the location",
        "lake_formation_grants",
        "Lake Formation does not grant ('RegisterPartitions', 'DataLocation arn:aws:s3:::team-lake/tables'",
        lambda stack: _drop_grant(stack, "RegisterPartitions", "DataLocation"),
    ),
    _mutation(
        "grant everything on a table",
        "lake_formation_grants",
        "('ALL',)",
        lambda stack: _grants(stack, "RegisterPartitions", "Table")[0]["Properties"].update(Permissions=["ALL"]),
    ),
    _mutation("grant all tables of a database", "lake_formation_grants", "Table kinds.{}", _wildcard),
    _mutation(
        "let a role grant what it has",
        "lake_formation_grants",
        "may be handed on",
        lambda stack: _grants(stack, "PlanRun", "Table")[0]["Properties"].update(PermissionsWithGrantOption=["SELECT"]),
    ),
    _mutation(
        "grant a table before it is there",
        "lake_formation_grants",
        "before its table is there",
        lambda stack: _grants(stack, "RegisterPartitions", "Table")[0].pop("DependsOn"),
    ),
    _mutation(
        "grant jobs the tables",
        "lake_formation_grants",
        "Lake Formation grants ('arn:aws:iam::123456789012:role/job'",
        lambda stack: _grants(stack, "PlanRun", "Table")[0]["Properties"].update(
            Principal={"DataLakePrincipalIdentifier": "arn:aws:iam::123456789012:role/job"}
        ),
    ),
]
