"""The image that a step runs in, and the right to pull it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aws_cdk import Stack
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_iam as iam
from constructs import Construct

from pipeline_spec import DockerfileImage

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline_spec import UriImage

_ECR = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(?P<repository>[^:@]+)[:@].+"
)


class StepImage(Construct):
    """An image built from a Dockerfile of the project, or one that exists.

    Attributes
    ----------
    uri
        What the processing job gets as ``ImageUri``.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, image: DockerfileImage | UriImage, project: Path
    ) -> None:
        super().__init__(scope, construct_id)
        self._asset: ecr_assets.DockerImageAsset | None = None
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
        else:
            self.uri = image.uri

    def grant_pull(self, role: iam.Role) -> None:
        """Allow a role to pull this image, and no other."""
        if self._asset is not None:
            self._asset.repository.grant_pull(role)
            return
        match = _ECR.fullmatch(self.uri)
        if match is None:
            return  # a public registry asks for no rights
        arn = Stack.of(self).format_arn(
            service="ecr",
            account=match["account"],
            region=match["region"],
            resource="repository",
            resource_name=match["repository"],
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                resources=[arn],
            )
        )
        # GetAuthorizationToken knows no resource: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
        role.add_to_policy(iam.PolicyStatement(actions=["ecr:GetAuthorizationToken"], resources=["*"]))
