"""The check that Lake Formation allows the stacks to be created, and the pipelines' roles to use their tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from partitioned_pipelines.cli.deployment.preflight.account import LakeStack, is_denied, warning_of
from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.lake.key_layout import TABLES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from partitioned_pipelines.cli.settings import Settings
    from partitioned_pipelines.cli.target.target import Cloud
    from partitioned_pipelines.spec import Project

CATALOG, LOCATION = "catalog", "location"
_EVERYBODY = "IAM_ALLOWED_PRINCIPALS"
_OF_TABLES = "CreateTableDefaultPermissions"
_CONSEQUENCE = "Lake Formation decides about the tables (lake_formation)"


def check_lake_formation(cloud: Cloud, settings: Settings, project: Project) -> Iterable[str]:
    """Reject a deployment that Lake Formation would deny, or whose roles it would deny."""
    options = project.deployment
    return check_permissions(
        cloud,
        options.lake_formation,
        {(table.database, table.name) for pipeline in project.pipelines for table in pipeline.tables},
        existing_databases=options.databases,
        bucket=options.bucket or LakeStack.read(cloud, settings.data_lake_stack).outputs.get("LakeBucketName"),
    )


def check_permissions(
    cloud: Cloud,
    option: str | None,
    tables: Collection[tuple[str, str]],
    *,
    existing_databases: Iterable[str] = (),
    bucket: str | None = None,
) -> Iterator[str]:
    """Yield a warning if the account's settings could not be read.

    Parameters
    ----------
    option
        The deployment's ``lake_formation``.
    tables
        Database and name of each of the project's tables.
    existing_databases
        The databases that the deployment does not create.
    bucket
        Name of the lake's bucket, if it exists already.

    Raises
    ------
    CommandError
        If a permission is missing without which the deployment or every run would be denied.

    See https://docs.aws.amazon.com/lake-formation/latest/dg/initial-lf-config.html
    """
    try:
        settings = cloud.lake_formation.get_data_lake_settings()["DataLakeSettings"]
        registered = _registered_location(cloud, bucket) if bucket else None
        if option is None:
            _refuse_ungranted(list(_decided_by_lake_formation(cloud, settings, tables)), registered)
            return
        if (option == LOCATION) != (registered is not None):
            _refuse_location(option, bucket, registered)
        _refuse_without_permissions(cloud, settings, sorted(existing_databases))
    except ClientError as error:
        if not is_denied(error):
            raise
        yield warning_of(error, _CONSEQUENCE)


def _decided_by_lake_formation(
    cloud: Cloud, settings: Mapping[str, Any], tables: Collection[tuple[str, str]]
) -> Iterator[str]:
    """Yield the resources that would be created under Lake Formation's permissions; for existing ones this was decided at their creation."""
    for name in sorted({database for database, _ in tables}):
        try:
            database: Mapping[str, Any] = cloud.glue.get_database(Name=name)["Database"]
        except cloud.glue.exceptions.EntityNotFoundException:
            if not _open(settings, "CreateDatabaseDefaultPermissions") or not _open(settings, _OF_TABLES):
                yield f"the new database {name}"
            continue
        if not _open(database, _OF_TABLES):
            new = [table for place, table in sorted(tables) if place == name and not _exists(cloud, name, table)]
            yield from (f"the new table {name}.{table}" for table in new)


def _open(settings: Mapping[str, Any], member: str) -> bool:
    """Return whether new resources are governed by IAM alone."""
    return any(
        entry.get("Principal", {}).get("DataLakePrincipalIdentifier") == _EVERYBODY and "ALL" in entry["Permissions"]
        for entry in settings.get(member) or []
    )


def _exists(cloud: Cloud, database: str, table: str) -> bool:
    try:
        cloud.glue.get_table(DatabaseName=database, Name=table)
    except cloud.glue.exceptions.EntityNotFoundException:
        return False
    return True


def _registered_location(cloud: Cloud, bucket: str) -> str | None:
    """Return the registered location that contains the lake's tables; None in hybrid access mode, in which IAM permissions suffice."""
    answer = cloud.lake_formation.list_resources()
    found: list[dict[str, Any]] = answer["ResourceInfoList"]
    while token := answer.get("NextToken"):
        answer = cloud.lake_formation.list_resources(NextToken=token)
        found += answer["ResourceInfoList"]
    for resource in found:
        place = str(resource["ResourceArn"]).partition(":s3:::")[2].rstrip("/")
        if f"{bucket}/{TABLES}".startswith(f"{place}/") and not resource.get("HybridAccessEnabled"):
            return str(resource["ResourceArn"])
    return None


def _refuse_ungranted(decided: Sequence[str], registered: str | None) -> None:
    if registered is not None:
        raise CommandError(
            f"the lake's bucket is registered with Lake Formation ({registered}), and lake_formation is not set: tables could "
            "not be created there, and queries would be denied",
            f"set lake_formation to {LOCATION}",
        )
    if decided:
        more = f" (and {len(decided) - 1} more)" if len(decided) > 1 else ""
        raise CommandError(
            f"Lake Formation decides about {decided[0]}{more} in this account, and lake_formation is not set: PlanRun and "
            "RegisterPartitions would be denied, and every run would fail",
            f"set lake_formation to {CATALOG}, so that the roles are granted what they need",
        )


def _refuse_location(option: str, bucket: str | None, registered: str | None) -> None:
    if option == LOCATION:
        where = f"the bucket {bucket} is not registered" if bucket else "a new bucket cannot be registered yet"
        raise CommandError(
            f"lake_formation is {LOCATION}, and {where} with Lake Formation: its location could not be granted",
            f"set lake_formation to {CATALOG}; register the bucket after its deployment, then set {LOCATION}",
        )
    raise CommandError(
        f"lake_formation is {option}, and the lake's bucket is registered with Lake Formation ({registered}): tables could "
        "not be created there, and partitions not be added",
        f"set lake_formation to {LOCATION}",
    )


def _refuse_without_permissions(cloud: Cloud, settings: Mapping[str, Any], existing_databases: Sequence[str]) -> None:
    role = _cloudformation_role(cloud)
    if role in {admin["DataLakePrincipalIdentifier"] for admin in settings.get("DataLakeAdmins", [])}:
        return
    if existing_databases:
        raise CommandError(
            f"CloudFormation's role {role} is not a data lake administrator, so it can neither create tables in "
            f"{existing_databases[0]}, which it did not create, nor grant them",
            "add the role in Lake Formation's console: Administration > Administrative roles and tasks > Data lake administrators",
        )
    if not _may_create_databases(cloud, role):
        raise CommandError(
            f"CloudFormation's role {role} may not create databases by Lake Formation, so the deployment would be rolled back",
            "as a data lake administrator: aws lakeformation grant-permissions --permissions CREATE_DATABASE "
            f"--resource '{{\"Catalog\": {{}}}}' --principal DataLakePrincipalIdentifier={role}",
        )


def _cloudformation_role(cloud: Cloud) -> str:
    """Return the role of the CDK bootstrap stack with which CloudFormation creates resources.

    https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
    """
    caller = cloud.sts.get_caller_identity()
    partition, account, region = caller["Arn"].split(":")[1], caller["Account"], cloud.session.region_name
    return f"arn:{partition}:iam::{account}:role/cdk-hnb659fds-cfn-exec-role-{account}-{region}"


def _may_create_databases(cloud: Cloud, role: str) -> bool:
    granted = cloud.lake_formation.list_permissions(
        Principal={"DataLakePrincipalIdentifier": role}, Resource={"Catalog": {}}
    )
    return any("CREATE_DATABASE" in one["Permissions"] for one in granted["PrincipalResourcePermissions"])
