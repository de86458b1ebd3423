"""The image of a step, the registries of SageMaker's managed images, and the permission to pull an image.

``managed_registries.json`` contains the account of each region's registry, as in the official SDK's ``image_uris``; a test checks that both
agree.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import aws_cdk as cdk
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk.region_info import RegionInfo
from constructs import Construct

from partitioned_pipelines.spec import DockerfileImage, UriImage
from stacks.iam.arns import PARTITION, REGION
from stacks.settings import InvalidContextError

if TYPE_CHECKING:
    from partitioned_pipelines.spec import Image
    from stacks.iam.role_policy import RolePolicy

Framework = Literal["sklearn", "spark"]
REGISTRIES: dict[Framework, dict[str, str]] = json.loads(
    Path(__file__).with_name("managed_registries.json").read_text(encoding="utf-8")
)
_MAPPING = "ManagedImageRegistries"
_ECR = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(?P<repository>[^:@]+)[:@].+"
)
# SageMaker's instances are x86; an image built on an ARM laptop fails with "exec format error".
_PLATFORM = ecr_assets.Platform.LINUX_AMD64


class UnknownRegistryError(InvalidContextError):
    """A region has no registry of managed images."""


def managed_registry(scope: Construct, framework: Framework) -> tuple[str, str]:
    """Return the account and the host of a registry: literal if the stack's region is known, else looked up by CloudFormation.

    Raises
    ------
    UnknownRegistryError
        If the stack's region has no registry.
    """
    stack = cdk.Stack.of(scope)
    if not cdk.Token.is_unresolved(stack.region):
        account = REGISTRIES[framework].get(stack.region)
        if account is None:
            raise UnknownRegistryError(
                f"{stack.stack_name}: {stack.region} has no known registry of managed {framework} images: use your "
                "own image, by `dockerfile:` or `uri:`"
            )
        suffix = RegionInfo.get(stack.region).domain_suffix or "amazonaws.com"
        return account, f"{account}.dkr.ecr.{stack.region}.{suffix}"
    mapping = stack.node.try_find_child(_MAPPING) or cdk.CfnMapping(stack, _MAPPING, mapping=_by_region())
    assert isinstance(mapping, cdk.CfnMapping)  # only the mapping has this id  # noqa: S101
    account = mapping.find_in_map(cdk.Aws.REGION, framework)
    return account, f"{account}.dkr.ecr.{cdk.Aws.REGION}.{cdk.Aws.URL_SUFFIX}"


def _by_region() -> dict[str, dict[str, str]]:
    """Return the accounts of the regions with all registries: an incomplete mapping would fail even stacks without need of the entry."""
    regions = set.intersection(*(set(accounts) for accounts in REGISTRIES.values()))
    return {
        region: {framework: accounts[region] for framework, accounts in REGISTRIES.items()}
        for region in sorted(regions)
    }


class StepImage(Construct):
    """An image built from a Dockerfile of the project, an image managed by SageMaker, or another existing image.

    Attributes
    ----------
    uri
        The ``ImageUri`` of the processing job.
    """

    def __init__(self, scope: Construct, construct_id: str, *, image: Image, project: Path) -> None:
        super().__init__(scope, construct_id)
        self._repository_arn: str | None = None
        if isinstance(image, DockerfileImage):
            dockerfile = project / image.dockerfile
            asset = ecr_assets.DockerImageAsset(
                self,
                "Asset",
                directory=str(dockerfile.parent),
                file=dockerfile.name,
                platform=_PLATFORM,
            )
            self.uri = asset.image_uri
            self._repository_arn = asset.repository.repository_arn
        elif isinstance(image, UriImage):
            self.uri = image.uri
            if match := _ECR.fullmatch(image.uri):
                self._repository_arn = _repository_arn(match["account"], match["region"], match["repository"])
        else:
            account, host = managed_registry(self, image.framework)
            self.uri = f"{host}/{image.repository}:{image.tag}"
            self._repository_arn = _repository_arn(account, REGION, image.repository)

    def allow_pull(self, policy: RolePolicy) -> None:
        """Allow a role to pull only this image."""
        if self._repository_arn is None:
            return  # a public registry needs no permissions
        policy.allow(
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            [self._repository_arn],
        )
        # GetAuthorizationToken does not support resources: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
        policy.allow(["ecr:GetAuthorizationToken"], ["*"])


def _repository_arn(account: str, region: str, name: str) -> str:
    return f"arn:{PARTITION}:ecr:{region}:{account}:repository/{name}"
