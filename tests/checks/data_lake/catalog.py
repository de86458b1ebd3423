"""Checks of roles in accounts that encrypt the Data Catalog or use Lake Formation; each returns its findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.iam.calls.expected_calls import allowed, denied, surprises
from tests.iam.expected_permissions import PROJECTED, READ_TABLES, REPAIRED, TABLES, registered_tables
from tests.iam.simulator import IamCall
from tests.synthesized.intrinsics import ACCOUNT, REGION
from tests.synthesized.resolved_stack import as_list

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tests.iam.calls.expected_calls import Expected
    from tests.synthesized.resolved_stack import ResolvedStack
    from tests.synthesized.subject import Subject

_OTHER = "210987654321"
_USES = ("Decrypt", "Encrypt", "GenerateDataKey")
_READS, _WRITES = ["DESCRIBE", "SELECT"], ["ALTER", "DESCRIBE", "INSERT", "SELECT"]
Grant = tuple[str, str, tuple[str, ...]]
"""Part of the role's name, what is granted on, and the permissions."""


def catalog_key_calls(subject: Subject) -> list[str]:
    """Check that each role with permissions on tables may use the catalog's key, for this account's catalog, through Glue only."""
    if subject.catalog_key_arn is None:
        return []
    expected: list[Expected] = []
    statements = {}
    for role in subject.stack.of_type("AWS::IAM::Role"):
        given = subject.stack.statements_of(role["Properties"])
        name = next(key for key, value in subject.stack.resources.items() if value is role)
        arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
        statements[arn] = given
        uses_tables = any("glue:" in action for statement in given for action in statement["Action"])
        expected += catalog_key_uses(arn, subject.catalog_key_arn, uses_tables=uses_tables)
    keys = (subject.catalog_key_arn, _other_key(subject.catalog_key_arn))
    return surprises(expected, {key: account_key_policy() for key in keys}, statements)


def catalog_key_uses(role: str, key_arn: str, *, uses_tables: bool) -> Iterable[Expected]:
    """Yield the KMS calls that Glue makes with a role, and similar calls that must be denied."""

    def call(use: str, service: str = "glue", catalog: str = ACCOUNT, key: str = key_arn) -> IamCall:
        via = ("kms:ViaService", f"{service}.{REGION}.amazonaws.com")
        return IamCall(role, f"kms:{use}", key, (via, ("kms:EncryptionContext:glue_catalog_id", catalog)))

    other_key = _other_key(key_arn)
    yield from (allowed if uses_tables else denied)(*(call(use) for use in _USES))
    yield from denied(*(call(use, service="s3") for use in _USES))
    yield from denied(*(call(use, catalog=_OTHER) for use in _USES), *(call(use, key=other_key) for use in _USES))
    yield from denied(*(IamCall(role, f"kms:{use}", key_arn) for use in _USES))


def _other_key(key_arn: str) -> str:
    return f"{key_arn.rpartition('/')[0]}/6666abcd-12ab-34cd-56ef-1234567890ab"


def account_key_policy() -> dict[str, Any]:
    """Return the policy of a key that delegates to the policies of this account's roles."""
    principal = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    return {"Statement": [{"Effect": "Allow", "Principal": principal, "Action": "kms:*", "Resource": "*"}]}


def lake_formation_grants(subject: Subject) -> list[str]:
    """Check that each role has the permissions that its calls need, on its own tables, without the grant option."""
    given = list(_given(subject.stack))
    wanted = list(_wanted(subject)) if subject.lake_formation else []
    found = [f"Lake Formation grants {grant}" for grant in given if grant not in wanted]
    found += [f"Lake Formation does not grant {grant}" for grant in wanted if grant not in given]
    for name, resource in subject.stack.resources.items():
        if resource["Type"] == "AWS::LakeFormation::PrincipalPermissions":
            table = resource["Properties"]["Resource"].get("Table")
            if resource["Properties"]["PermissionsWithGrantOption"]:
                found.append(f"{name} may be handed on")
            if table and not _waits_for(subject.stack, resource, table):
                found.append(f"{name} may be granted before its table is there")
    return found


def _given(stack: ResolvedStack) -> Iterator[Grant]:
    for resource in stack.of_type("AWS::LakeFormation::PrincipalPermissions"):
        properties = resource["Properties"]
        ((kind, names),) = properties["Resource"].items()
        if names.get("CatalogId") != ACCOUNT:
            yield ("", f"the catalog {names.get('CatalogId')}", ())
        where = ".".join(str(value) for key, value in names.items() if key != "CatalogId")
        role = properties["Principal"]["DataLakePrincipalIdentifier"]
        yield (_role_kind(role), f"{kind} {where}", tuple(properties["Permissions"]))


def _role_kind(arn: str) -> str:
    kinds = ("RegisterPartitions", "PlanRun", "StateMachine", "Redshift", "Watch")
    return next((kind for kind in kinds if kind in arn), arn)


def _wanted(subject: Subject) -> Iterator[Grant]:
    location = (f"DataLocation arn:aws:s3:::{subject.lake_bucket}/tables", ("DATA_LOCATION_ACCESS",))
    registered = subject.lake_formation == "location"
    if subject.pipeline.read_tables:
        for prefix in READ_TABLES:
            _, database, table, *_ = prefix.split("/")
            yield ("PlanRun", f"Table {database}.{table}", tuple(_READS))
    tables = registered_tables(subject)
    for database, table, _ in tables:
        yield ("RegisterPartitions", f"Table {database}.{table}", tuple(_WRITES))
    if tables and registered:
        yield ("RegisterPartitions", *location)
    repaired = [] if subject.is_sagemaker_pipeline else REPAIRED.get(subject.pipeline.name, [])
    for database, table in repaired:
        yield ("StateMachine", f"Table {database}.{table}", tuple(_WRITES))
        yield ("StateMachine", f"Database {database}", ("DESCRIBE",))
    if repaired and registered:
        yield ("StateMachine", *location)
    for database, table, _ in TABLES[subject.pipeline.name]:
        if table not in PROJECTED:
            yield ("Watch", f"Table {database}.{table}", tuple(_READS))
    if subject.redshift:
        for database, table, _ in TABLES[subject.pipeline.name]:
            yield ("Redshift", f"Table {database}.{table}", tuple(_READS))
        for database in {database for database, _, _ in TABLES[subject.pipeline.name]}:
            yield ("Redshift", f"Database {database}", ("DESCRIBE",))


def _waits_for(stack: ResolvedStack, grant: dict[str, Any], table: dict[str, str]) -> bool:
    """Return whether a grant depends on its table; another stack's table exists already."""
    names = [
        name
        for name, resource in stack.resources.items()
        if resource["Type"] == "AWS::Glue::Table"
        and resource["Properties"]["DatabaseName"] == table["DatabaseName"]
        and resource["Properties"]["TableInput"]["Name"] == table.get("Name")
    ]
    return all(name in as_list(grant.get("DependsOn", [])) for name in names)


CATALOG_CHECKS: dict[str, Callable[[Subject], list[str]]] = {
    check.__name__: check for check in (catalog_key_calls, lake_formation_grants)
}
