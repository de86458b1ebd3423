"""The image that a step runs in, and the right to pull it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aws_cdk import aws_ecr_assets as ecr_assets
from constructs import Construct

from partitioned_pipelines.spec import DockerfileImage, UriImage
from stacks.iam.arns import PARTITION, REGION
from stacks.pipeline.managed_registries import REPOSITORIES, managed_image, managed_registry

if TYPE_CHECKING:
    from pathlib import Path

    from partitioned_pipelines.spec import Image
    from stacks.iam.role_policy import RolePolicy

_ECR = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(?P<repository>[^:@]+)[:@].+"
)


# SageMaker's instances are x86; an image built on an ARM laptop ends in "exec format error".
_PLATFORM = ecr_assets.Platform.LINUX_AMD64


class StepImage(Construct):
    """An image built from a Dockerfile of the project, a managed one of SageMaker's, or another that exists.

    Attributes
    ----------
    uri
        What the processing job gets as ``ImageUri``.
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
            framework, tag = managed_image(image)
            account, host = managed_registry(self, framework)
            self.uri = f"{host}/{REPOSITORIES[framework]}:{tag}"
            self._repository_arn = _repository_arn(account, REGION, REPOSITORIES[framework])

    def allow_pull(self, policy: RolePolicy) -> None:
        """Allow this image to be pulled, and no other."""
        if self._repository_arn is None:
            return  # a public registry asks for no rights
        policy.allow(
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            [self._repository_arn],
        )
        # GetAuthorizationToken knows no resource: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
        policy.allow(["ecr:GetAuthorizationToken"], ["*"])


def _repository_arn(account: str, region: str, name: str) -> str:
    return f"arn:{PARTITION}:ecr:{region}:{account}:repository/{name}"
