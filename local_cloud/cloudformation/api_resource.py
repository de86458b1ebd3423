"""A resource type that is made through its service's own API, with the API's own checks."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

from local_cloud.clients import client


class ApiResource:
    """What the types have in common; each is also a direct subclass of moto's ``CloudFormationModel``, which is how moto finds it.

    A type names itself, makes, changes and removes its thing, and says how it is called.
    """

    type_name: ClassVar[str]
    service: ClassVar[str]
    name_property: ClassVar[str] = ""
    attributes: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, physical_resource_id: str, region: str, properties: dict[str, Any]) -> None:
        self.physical_resource_id = physical_resource_id
        self.region = region
        self.properties = properties

    @classmethod
    @abstractmethod
    def make(cls, api: Any, name: str, properties: dict[str, Any]) -> str:
        """Make the thing, and give its physical id."""

    @classmethod
    @abstractmethod
    def change(cls, api: Any, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> str:
        """Change the thing, or replace it, and give its physical id."""

    @classmethod
    @abstractmethod
    def remove(cls, api: Any, physical_id: str, properties: dict[str, Any]) -> None:
        """Remove the thing."""

    @classmethod
    def cloudformation_name_type(cls) -> str:
        return cls.name_property

    @classmethod
    def cloudformation_type(cls) -> str:
        return cls.type_name

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return attr in cls.attributes

    def get_cfn_attribute(self, attribute_name: str) -> Any:
        raise KeyError(f"{self.type_name} has no attribute {attribute_name}")

    def is_created(self) -> bool:
        return True

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: dict[str, Any], account_id: str, region_name: str, **_: Any
    ) -> Any:
        properties = cloudformation_json["Properties"]
        physical_id = cls.make(client(cls.service, region_name), resource_name, properties)
        return cls(physical_id, region_name, properties)

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> Any:
        properties = cloudformation_json["Properties"]
        physical_id = cls.change(
            client(cls.service, region_name),
            original_resource.physical_resource_id,
            original_resource.properties,
            properties,
        )
        return cls(physical_id, region_name, properties)

    def delete(self, account_id: str, region_name: str) -> None:
        self.remove(client(self.service, region_name), self.physical_resource_id, self.properties)
