"""The account's default permissions in the Data Catalog, and Lake Formation's permissions in templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloud_under_test.stacks import resource
from cloud_under_test.template_parts import succeed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloud_under_test.stacks import Stacks

Aws = Any
OPEN = [{"Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}, "Permissions": ["ALL"]}]
ROLE = "arn:aws:iam::123456789012:role/r"


@pytest.fixture
def settings(aws: Aws) -> Iterator[dict[str, Any]]:
    """Lake Formation's settings, which are restored afterwards."""
    lake_formation = aws("lakeformation")
    before: dict[str, Any] = lake_formation.get_data_lake_settings()["DataLakeSettings"]
    yield before
    lake_formation.put_data_lake_settings(DataLakeSettings=before)


def default_permissions(aws: Aws, name: str) -> Any:
    return aws("glue").get_database(Name=name)["Database"]["CreateTableDefaultPermissions"]


def test_iam_decides_in_a_new_account(aws: Aws, settings: dict[str, Any]) -> None:
    assert settings["CreateDatabaseDefaultPermissions"] == settings["CreateTableDefaultPermissions"] == OPEN
    assert settings["DataLakeAdmins"] == []
    encryption = aws("glue").get_data_catalog_encryption_settings()["DataCatalogEncryptionSettings"]
    assert encryption["EncryptionAtRest"] == {"CatalogEncryptionMode": "DISABLED"}
    assert aws("lakeformation").list_resources()["ResourceInfoList"] == []


def test_a_database_keeps_what_the_account_said_when_it_was_created(
    aws: Aws, settings: dict[str, Any], name: str
) -> None:
    glue, lake_formation = aws("glue"), aws("lakeformation")
    before, after, told = f"{name}-before", f"{name}-after", f"{name}-told"
    glue.create_database(DatabaseInput={"Name": before})
    lake_formation.put_data_lake_settings(DataLakeSettings={**settings, "CreateTableDefaultPermissions": []})
    glue.create_database(DatabaseInput={"Name": after})
    glue.create_database(DatabaseInput={"Name": told, "CreateTableDefaultPermissions": OPEN})
    assert default_permissions(aws, before) == OPEN
    assert default_permissions(aws, after) == []
    assert default_permissions(aws, told) == OPEN


def test_permissions_are_granted_replaced_and_revoked(aws: Aws, stacks: Stacks) -> None:
    def named(table: str) -> dict[str, Any]:
        return {"Table": {"CatalogId": "123456789012", "DatabaseName": stacks.name, "Name": table}}

    def of(table: str) -> dict[str, Any]:
        given = {
            "Principal": {"DataLakePrincipalIdentifier": ROLE},
            "Resource": named(table),
            "Permissions": ["SELECT", "DESCRIBE"],
            "PermissionsWithGrantOption": [],
        }
        return {"Grant": resource("AWS::LakeFormation::PrincipalPermissions", given)}

    def granted(table: str) -> list[list[str]]:
        listed = aws("lakeformation").list_permissions(Resource=named(table))["PrincipalResourcePermissions"]
        return [sorted(one["Permissions"]) for one in listed]

    succeed(stacks.create(of("t")))
    assert granted("t") == [["DESCRIBE", "SELECT"]]
    succeed(stacks.update(of("u")))
    assert (granted("t"), granted("u")) == ([], [["DESCRIBE", "SELECT"]])
    succeed(stacks.delete())
    assert granted("u") == []


def test_a_property_that_is_not_known_is_refused(stacks: Stacks) -> None:
    stack = stacks.create({"Grant": resource("AWS::LakeFormation::PrincipalPermissions", {"Permission": []})})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert any("has no property Permission" in reason for _, _, reason in stacks.events())
