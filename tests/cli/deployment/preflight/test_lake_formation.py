"""Tests that Lake Formation's settings are reported before any creation if they would deny it, and harmless settings are not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from partitioned_pipelines.cli.deployment.preflight.lake_formation import check_permissions
from partitioned_pipelines.cli.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Callable

    from partitioned_pipelines.cli.target.target import Cloud

TABLES = {("analytics", "flights"), ("analytics", "features")}
ROLE = "arn:aws:iam::123456789012:role/cdk-hnb659fds-cfn-exec-role-123456789012-us-east-1"
OPEN = [{"Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}, "Permissions": ["ALL"]}]
BUCKET = "pipelines-lake"


def configure(cloud: Cloud, *, databases: Any = OPEN, tables: Any = OPEN, admins: tuple[str, ...] = ()) -> None:
    cloud.lake_formation.put_data_lake_settings(
        DataLakeSettings={
            "DataLakeAdmins": [{"DataLakePrincipalIdentifier": admin} for admin in admins],
            "CreateDatabaseDefaultPermissions": databases,
            "CreateTableDefaultPermissions": tables,
        }
    )


def create_database(cloud: Cloud, tables: Any) -> None:
    cloud.glue.create_database(DatabaseInput={"Name": "analytics", "CreateTableDefaultPermissions": tables})


def register(cloud: Cloud, place: str = BUCKET) -> None:
    cloud.lake_formation.register_resource(ResourceArn=f"arn:aws:s3:::{place}", RoleArn=ROLE)


def warnings(cloud: Cloud, option: str | None = None, **more: Any) -> list[str]:
    return list(check_permissions(cloud, option, TABLES, **more))


def refused(cloud: Cloud, option: str | None = None, **more: Any) -> CommandError:
    with pytest.raises(CommandError) as caught:
        warnings(cloud, option, **more)
    return caught.value


def test_an_account_as_aws_hands_it_over_is_not_reported(cloud: Cloud) -> None:
    assert warnings(cloud) == []


def test_administrators_alone_change_nothing(cloud: Cloud) -> None:
    configure(cloud, admins=("arn:aws:iam::123456789012:role/steward",))
    assert warnings(cloud) == []


@pytest.mark.parametrize("members", [{"databases": []}, {"tables": []}, {"databases": [], "tables": []}])
def test_new_databases_under_lake_formation_need_the_option(cloud: Cloud, members: dict[str, Any]) -> None:
    configure(cloud, **members)
    error = refused(cloud)
    assert "Lake Formation decides about the new database analytics in this account" in error.message
    assert "every run would fail" in error.message
    assert str(error.remedy).startswith("set lake_formation to catalog")


def test_new_tables_of_a_database_under_lake_formation_need_it_too(cloud: Cloud) -> None:
    create_database(cloud, [])
    assert "about the new table analytics.features (and 1 more)" in refused(cloud).message


def test_tables_that_are_there_were_decided_when_they_were_created(cloud: Cloud) -> None:
    create_database(cloud, [])
    for table in ("flights", "features"):
        cloud.glue.create_table(DatabaseName="analytics", TableInput={"Name": table})
    assert warnings(cloud) == []


def test_a_database_that_iam_decides_about_stays_so_whatever_the_account_says_now(cloud: Cloud) -> None:
    create_database(cloud, OPEN)
    configure(cloud, databases=[], tables=[])
    assert warnings(cloud) == []


def test_with_the_option_cloudformation_must_be_able_to_create_databases(cloud: Cloud) -> None:
    configure(cloud, databases=[], tables=[])
    error = refused(cloud, "catalog")
    assert f"CloudFormation's role {ROLE} may not create databases by Lake Formation" in error.message
    assert "aws lakeformation grant-permissions --permissions CREATE_DATABASE" in str(error.remedy)
    assert str(error.remedy).endswith(f"DataLakePrincipalIdentifier={ROLE}")


def test_the_command_of_the_remedy_is_the_remedy(cloud: Cloud) -> None:
    configure(cloud, databases=[], tables=[])
    cloud.lake_formation.grant_permissions(
        Principal={"DataLakePrincipalIdentifier": ROLE}, Resource={"Catalog": {}}, Permissions=["CREATE_DATABASE"]
    )
    assert warnings(cloud, "catalog") == []


def test_in_a_database_of_somebody_elses_it_must_be_an_administrator(cloud: Cloud) -> None:
    configure(cloud, databases=[], tables=[])
    cloud.lake_formation.grant_permissions(
        Principal={"DataLakePrincipalIdentifier": ROLE}, Resource={"Catalog": {}}, Permissions=["CREATE_DATABASE"]
    )
    error = refused(cloud, "catalog", existing_databases=["analytics"])
    assert "is not a data lake administrator, so it can neither create tables in analytics" in error.message
    configure(cloud, databases=[], tables=[], admins=(ROLE,))
    assert warnings(cloud, "catalog", existing_databases=["analytics"]) == []


@pytest.mark.parametrize("place", [BUCKET, f"{BUCKET}/tables", f"{BUCKET}/tables/"])
def test_a_registered_bucket_needs_the_location(cloud: Cloud, place: str) -> None:
    configure(cloud, admins=(ROLE,))
    register(cloud, place)
    for option in (None, "catalog"):
        error = refused(cloud, option, bucket=BUCKET)
        assert f"registered with Lake Formation (arn:aws:s3:::{place})" in error.message
        assert error.remedy == "set lake_formation to location"
    assert warnings(cloud, "location", bucket=BUCKET) == []


@pytest.mark.parametrize("place", ["pipelines-lake-2", "pipelines", f"{BUCKET}/raw", f"{BUCKET}/tables/analytics"])
def test_what_is_registered_beside_the_lake_is_not_the_lakes(cloud: Cloud, place: str) -> None:
    register(cloud, place)
    assert warnings(cloud, bucket=BUCKET) == []


@pytest.mark.parametrize("bucket", [BUCKET, None])
def test_a_location_that_is_not_registered_cannot_be_granted(cloud: Cloud, bucket: str | None) -> None:
    configure(cloud, admins=(ROLE,))
    error = refused(cloud, "location", bucket=bucket)
    assert "its location could not be granted" in error.message
    assert "set lake_formation to catalog" in str(error.remedy)


def test_in_hybrid_access_mode_iam_is_enough(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = {"ResourceInfoList": [{"ResourceArn": f"arn:aws:s3:::{BUCKET}", "HybridAccessEnabled": True}]}
    monkeypatch.setattr(cloud.lake_formation, "list_resources", lambda **_: listed)
    assert warnings(cloud, bucket=BUCKET) == []


def test_registered_locations_have_pages(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = {
        None: {"ResourceInfoList": [], "NextToken": "2"},
        "2": {"ResourceInfoList": [{"ResourceArn": f"arn:aws:s3:::{BUCKET}"}]},
    }
    monkeypatch.setattr(cloud.lake_formation, "list_resources", lambda NextToken=None: pages[NextToken])  # noqa: N803  # boto3's
    assert "is registered with Lake Formation" in refused(cloud, bucket=BUCKET).message


@pytest.mark.parametrize(
    ("operation", "option"),
    [
        ("lakeformation.GetDataLakeSettings", None),
        ("lakeformation.ListResources", None),
        ("glue.GetDatabase", None),
        ("lakeformation.ListPermissions", "catalog"),
    ],
)
def test_a_look_that_is_denied_is_a_warning(
    cloud: Cloud, deny: Callable[..., None], operation: str, option: str | None
) -> None:
    deny(operation)
    (warning,) = warnings(cloud, option, bucket=BUCKET)
    assert warning.startswith(f"{operation.partition('.')[2]} was denied, so it was not checked whether")
    assert "lake_formation" in warning
