"""AWS::LakeFormation::PrincipalPermissions."""

from __future__ import annotations

from typing import Any, NoReturn

from moto.core.common_models import CloudFormationModel

from local_cloud.cloudformation.api_resource import ApiResource


class PrincipalPermissions(ApiResource, CloudFormationModel):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lakeformation-principalpermissions.html.

    The permissions are kept and listed. Nothing here is denied for want of one.
    """

    type_name = "AWS::LakeFormation::PrincipalPermissions"
    service = "lakeformation"
    known = frozenset({"Catalog", "Permissions", "PermissionsWithGrantOption", "Principal", "Resource"})
    replacing = known

    @classmethod
    def make(cls, api: Any, name: str, properties: dict[str, Any]) -> str:
        api.grant_permissions(**_arguments(properties))
        return name

    @classmethod
    def change(cls, api: Any, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> NoReturn:
        raise AssertionError("every property replaces the resource")

    @classmethod
    def remove(cls, api: Any, physical_id: str, properties: dict[str, Any]) -> None:
        api.revoke_permissions(**_arguments(properties))


def _arguments(properties: dict[str, Any]) -> dict[str, Any]:
    catalog = {"CatalogId": properties["Catalog"]} if "Catalog" in properties else {}
    given = {name: properties[name] for name in ("Principal", "Resource", "Permissions", "PermissionsWithGrantOption")}
    return {**catalog, **given}
