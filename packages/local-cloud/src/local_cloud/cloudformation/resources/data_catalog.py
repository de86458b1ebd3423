"""AWS::Glue::Database, AWS::Glue::Table and AWS::LakeFormation::PrincipalPermissions."""

from __future__ import annotations

from typing import Any, NoReturn

from moto.core.common_models import CloudFormationModel

from local_cloud.cloudformation.api_resource import ApiResource


class GlueDatabase(ApiResource, CloudFormationModel):
    """AWS::Glue::Database: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-glue-database.html."""

    type_name = "AWS::Glue::Database"
    service = "glue"
    replacing = frozenset({"CatalogId", "DatabaseName"})
    known = frozenset({"CatalogId", "DatabaseInput", "DatabaseName"})

    @classmethod
    def make(cls, api: Any, name: str, properties: dict[str, Any]) -> str:
        database = {"Name": properties.get("DatabaseName", name.lower()), **properties["DatabaseInput"]}
        api.create_database(DatabaseInput=database)
        return str(database["Name"])

    @classmethod
    def find(cls, api: Any, properties: dict[str, Any]) -> str | None:
        name = properties.get("DatabaseName")
        if not isinstance(name, str):
            return None
        try:
            return str(api.get_database(Name=name)["Database"]["Name"])
        except api.exceptions.EntityNotFoundException:
            return None

    @classmethod
    def is_replaced(cls, old: dict[str, Any], new: dict[str, Any]) -> bool:
        named = old["DatabaseInput"].get("Name"), new["DatabaseInput"].get("Name")
        return named[0] != named[1] or super().is_replaced(old, new)

    @classmethod
    def change(cls, api: Any, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        api.update_database(Name=physical_id, DatabaseInput={"Name": physical_id, **new["DatabaseInput"]})

    @classmethod
    def remove(cls, api: Any, physical_id: str, properties: dict[str, Any]) -> None:
        api.delete_database(Name=physical_id)


class GlueTable(ApiResource, CloudFormationModel):
    """AWS::Glue::Table: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-glue-table.html."""

    type_name = "AWS::Glue::Table"
    service = "glue"
    replacing = frozenset({"CatalogId", "DatabaseName"})
    known = frozenset({"CatalogId", "DatabaseName", "TableInput"})

    @classmethod
    def make(cls, api: Any, name: str, properties: dict[str, Any]) -> str:
        table = {"Name": name.lower(), **properties["TableInput"]}
        api.create_table(DatabaseName=properties["DatabaseName"], TableInput=table)
        return str(table["Name"])

    @classmethod
    def is_replaced(cls, old: dict[str, Any], new: dict[str, Any]) -> bool:
        return old["TableInput"].get("Name") != new["TableInput"].get("Name") or super().is_replaced(old, new)

    @classmethod
    def change(cls, api: Any, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        api.update_table(DatabaseName=new["DatabaseName"], TableInput={"Name": physical_id, **new["TableInput"]})

    @classmethod
    def remove(cls, api: Any, physical_id: str, properties: dict[str, Any]) -> None:
        api.delete_table(DatabaseName=properties["DatabaseName"], Name=physical_id)


class PrincipalPermissions(ApiResource, CloudFormationModel):
    """AWS::LakeFormation::PrincipalPermissions: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lakeformation-principalpermissions.html.

    The permissions are stored and listed, and not enforced.
    """

    type_name = "AWS::LakeFormation::PrincipalPermissions"
    service = "lakeformation"
    known = frozenset({"Catalog", "Permissions", "PermissionsWithGrantOption", "Principal", "Resource"})
    replacing = known

    @classmethod
    def make(cls, api: Any, name: str, properties: dict[str, Any]) -> str:
        api.grant_permissions(**_grant(properties))
        return name

    @classmethod
    def change(cls, api: Any, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> NoReturn:
        raise AssertionError("every property replaces the resource")

    @classmethod
    def remove(cls, api: Any, physical_id: str, properties: dict[str, Any]) -> None:
        api.revoke_permissions(**_grant(properties))


def _grant(properties: dict[str, Any]) -> dict[str, Any]:
    catalog = {"CatalogId": properties["Catalog"]} if "Catalog" in properties else {}
    given = {name: properties[name] for name in ("Principal", "Resource", "Permissions", "PermissionsWithGrantOption")}
    return {**catalog, **given}
