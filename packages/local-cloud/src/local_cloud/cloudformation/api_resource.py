"""The base class of resource types, which create, update and delete resources through their service's API."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

from botocore.exceptions import ClientError
from moto.cloudformation.exceptions import UnsupportedAttribute, ValidationError

from local_cloud.clients import client


class ApiResource:
    """A resource type. Each is also a direct subclass of moto's ``CloudFormationModel``, by which moto finds it.

    Attributes
    ----------
    type_name
        The name of the type, such as ``AWS::Glue::Table``.
    service
        The name of the service's boto3 client.
    name_property
        The property that names the resource, or an empty string. A change of it replaces the resource.
    name_length
        The maximum length of a generated name.
    named_after_stack
        Whether a generated name begins with the stack's name.
    replacing
        Further properties whose change replaces the resource ("Update requires: Replacement").
    attributes
        The attributes for ``Fn::GetAtt``.
    known
        All supported properties; None if the API itself rejects unknown ones.
    remark
        What the local cloud does not do with the resource, the reason in the stack's event of its creation or update.
    """

    type_name: ClassVar[str]
    service: ClassVar[str]
    name_property: ClassVar[str] = ""
    name_length: ClassVar[int] = 64
    named_after_stack: ClassVar[bool] = True
    replacing: ClassVar[frozenset[str]] = frozenset()
    attributes: ClassVar[frozenset[str]] = frozenset()
    known: ClassVar[frozenset[str] | None] = None
    remark: ClassVar[str | None] = None

    def __init__(self, physical_resource_id: str, region: str, properties: dict[str, Any]) -> None:
        self.physical_resource_id = physical_resource_id
        self.region = region
        self.properties = properties
        self._attributes: dict[str, Any] = {}  # as read since the resource was created or updated

    @classmethod
    @abstractmethod
    def make(cls, api: Any, name: str, properties: dict[str, Any]) -> str:
        """Create the resource, and return its physical id."""

    @classmethod
    @abstractmethod
    def change(cls, api: Any, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Update the resource in place."""

    @classmethod
    @abstractmethod
    def remove(cls, api: Any, physical_id: str, properties: dict[str, Any]) -> None:
        """Delete the resource."""

    @classmethod
    def find(cls, api: Any, properties: dict[str, Any]) -> str | None:
        """Return the physical id of an existing resource that a template names, or None.

        Only types that can be imported implement it.
        """
        return None

    def attribute(self, api: Any, name: str) -> Any:
        """Return the value of an attribute."""
        raise UnsupportedAttribute(self.type_name, name)

    @classmethod
    def is_replaced(cls, old: dict[str, Any], new: dict[str, Any]) -> bool:
        """Return whether a change of properties replaces the resource."""
        return any(old.get(name) != new.get(name) for name in cls.replacing | {cls.name_property})

    # The methods below are called by moto.

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
        if attribute_name not in self.attributes:
            raise UnsupportedAttribute(self.type_name, attribute_name)
        if attribute_name not in self._attributes:
            self._attributes[attribute_name] = self.attribute(client(self.service, self.region), attribute_name)
        return self._attributes[attribute_name]

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: dict[str, Any], account_id: str, region_name: str, **_: Any
    ) -> Any:
        properties = cls._understood(cloudformation_json)
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
        properties = cls._understood(cloudformation_json)
        physical_id = original_resource.physical_resource_id
        cls.change(client(cls.service, region_name), physical_id, original_resource.properties, properties)
        return cls(physical_id, region_name, properties)

    def delete(self, account_id: str, region_name: str) -> None:
        try:
            self.remove(client(self.service, region_name), self.physical_resource_id, self.properties)
        except ClientError as error:
            # A resource that was already deleted is no failure.
            if not any(word in error.response["Error"]["Code"] for word in ("NotFound", "NoSuch", "NotExist")):
                raise

    @classmethod
    def _understood(cls, definition: dict[str, Any]) -> dict[str, Any]:
        properties: dict[str, Any] = definition.get("Properties", {})
        if cls.known is not None and (unknown := sorted(properties.keys() - cls.known)):
            raise ValidationError(message=f"{cls.type_name} has no property {unknown[0]} in the local cloud")
        return properties


def tag_dict(properties: dict[str, Any]) -> dict[str, str]:
    """Return the property ``Tags`` as a dict."""
    return {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}


def changed(old: dict[str, Any], new: dict[str, Any], *names: str) -> bool:
    """Return whether any of the named properties changes."""
    return any(old.get(name) != new.get(name) for name in names)
