"""The image that a step runs in, and the right to pull it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aws_cdk import Stack
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_iam as iam
from constructs import Construct

from pipeline_spec import DockerfileImage, UriImage
from stacks.managed_registries import REPOSITORIES, managed_image, managed_registry

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline_spec import Image

_ECR = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(?P<repository>[^:@]+)[:@].+"
)


class StepImage(Construct):
    """An image built from a Dockerfile of the project, a managed one of SageMaker's, or another that exists.

    Attributes
    ----------
    uri
        What the processing job gets as ``ImageUri``.
    """

    def __init__(self, scope: Construct, construct_id: str, *, image: Image, project: Path) -> None:
        super().__init__(scope, construct_id)
        self._asset: ecr_assets.DockerImageAsset | None = None
        self._repository: tuple[str, str, str] | None = None
        if isinstance(image, DockerfileImage):
            dockerfile = project / image.dockerfile
            self._asset = ecr_assets.DockerImageAsset(
                self,
                "Asset",
                directory=str(dockerfile.parent),
                file=dockerfile.name,
                # SageMaker's instances are x86; an image built on an ARM laptop ends in "exec format error".
                platform=ecr_assets.Platform.LINUX_AMD64,
            )
            self.uri = self._asset.image_uri
        elif isinstance(image, UriImage):
            self.uri = image.uri
            if match := _ECR.fullmatch(image.uri):
                self._repository = (match["account"], match["region"], match["repository"])
        else:
            framework, tag = managed_image(image)
            account, host = managed_registry(self, framework)
            self.uri = f"{host}/{REPOSITORIES[framework]}:{tag}"
            self._repository = (account, Stack.of(self).region, REPOSITORIES[framework])

    def grant_pull(self, role: iam.Role) -> None:
        """Allow a role to pull this image, and no other."""
        if self._asset is not None:
            self._asset.repository.grant_pull(role)
            return
        if self._repository is None:
            return  # a public registry asks for no rights
        account, region, name = self._repository
        arn = Stack.of(self).format_arn(
            service="ecr", account=account, region=region, resource="repository", resource_name=name
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                resources=[arn],
            )
        )
        # GetAuthorizationToken knows no resource: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
        role.add_to_policy(iam.PolicyStatement(actions=["ecr:GetAuthorizationToken"], resources=["*"]))
