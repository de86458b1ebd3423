"""AWS::ECR::Repository."""

from __future__ import annotations

import json
from typing import Any

from moto.core.common_models import CloudFormationModel

from local_cloud.cloudformation.api_resource import ApiResource, changed


class Repository(ApiResource, CloudFormationModel):
    """AWS::ECR::Repository: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecr-repository.html."""

    type_name = "AWS::ECR::Repository"
    service = "ecr"
    name_property = "RepositoryName"
    name_length = 256
    replacing = frozenset({"EncryptionConfiguration"})
    attributes = frozenset({"Arn", "RepositoryUri"})
    known = frozenset(
        {
            "EmptyOnDelete",
            "EncryptionConfiguration",
            "ImageScanningConfiguration",
            "ImageTagMutability",
            "LifecyclePolicy",
            "RepositoryName",
            "RepositoryPolicyText",
            "Tags",
        }
    )

    @classmethod
    def make(cls, api: Any, name: str, properties: dict[str, Any]) -> str:
        encryption = properties.get("EncryptionConfiguration", {})
        options = {"encryptionType": encryption.get("EncryptionType"), "kmsKey": encryption.get("KmsKey")}
        given = {key: value for key, value in options.items() if value}
        api.create_repository(
            repositoryName=name,
            tags=properties.get("Tags", []),
            **({"encryptionConfiguration": given} if given else {}),
        )
        cls.change(api, name, {}, properties)
        return name

    @classmethod
    def change(cls, api: Any, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        named = {"repositoryName": physical_id}
        if changed(old, new, "ImageTagMutability"):
            api.put_image_tag_mutability(**named, imageTagMutability=new.get("ImageTagMutability", "MUTABLE"))
        if changed(old, new, "ImageScanningConfiguration"):
            scan = new.get("ImageScanningConfiguration", {}).get("ScanOnPush", False)
            api.put_image_scanning_configuration(
                **named, imageScanningConfiguration={"scanOnPush": str(scan).lower() == "true"}
            )
        if changed(old, new, "LifecyclePolicy"):
            if text := new.get("LifecyclePolicy", {}).get("LifecyclePolicyText"):
                api.put_lifecycle_policy(**named, lifecyclePolicyText=text)
            else:
                api.delete_lifecycle_policy(**named)
        if changed(old, new, "RepositoryPolicyText"):
            if policy := new.get("RepositoryPolicyText"):
                api.set_repository_policy(**named, policyText=json.dumps(policy))
            else:
                api.delete_repository_policy(**named)

    @classmethod
    def remove(cls, api: Any, physical_id: str, properties: dict[str, Any]) -> None:
        api.delete_repository(repositoryName=physical_id, force=properties.get("EmptyOnDelete") in {True, "true"})

    def attribute(self, api: Any, name: str) -> str:
        (repository,) = api.describe_repositories(repositoryNames=[self.physical_resource_id])["repositories"]
        return str(repository["repositoryArn" if name == "Arn" else "repositoryUri"])
