"""Where SageMaker's managed images are: one registry for each region.

``managed_registries.json`` holds the accounts, as the official SDK's ``image_uris`` has them; a test keeps the two in step.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import aws_cdk as cdk
from aws_cdk.region_info import RegionInfo

from partitioned_pipelines.spec.checks.managed_images import sklearn_tag, spark_tag
from stacks.settings import InvalidContextError

if TYPE_CHECKING:
    from constructs import Construct

    from partitioned_pipelines.spec import SklearnImage, SparkImage

Framework = Literal["sklearn", "spark"]
REPOSITORIES: dict[Framework, str] = {"sklearn": "sagemaker-scikit-learn", "spark": "sagemaker-spark-processing"}
REGISTRIES: dict[Framework, dict[str, str]] = json.loads(
    Path(__file__).with_name("managed_registries.json").read_text(encoding="utf-8")
)
_MAPPING = "ManagedImageRegistries"


class UnknownRegistryError(InvalidContextError):
    """A region that has no registry of managed images."""


def managed_image(image: SklearnImage | SparkImage) -> tuple[Framework, str]:
    """Return the framework of a managed image, and its tag."""
    framework = getattr(image, "sklearn", None)
    if framework is not None:
        return "sklearn", sklearn_tag(framework)
    return "spark", spark_tag(image.model_dump()["spark"])


def managed_registry(scope: Construct, framework: Framework) -> tuple[str, str]:
    """Return the account of a registry, and its host: literal where the stack's region is known, looked up by CloudFormation where not.

    Raises
    ------
    UnknownRegistryError
        If the stack's region has none.
    """
    stack = cdk.Stack.of(scope)
    if not cdk.Token.is_unresolved(stack.region):
        account = REGISTRIES[framework].get(stack.region)
        if account is None:
            raise UnknownRegistryError(
                f"{stack.stack_name}: {stack.region} has no registry of managed {framework} images that is known here: give the "
                "step an image of your own, by `dockerfile:` or `uri:`"
            )
        suffix = RegionInfo.get(stack.region).domain_suffix or "amazonaws.com"
        return account, f"{account}.dkr.ecr.{stack.region}.{suffix}"
    mapping = stack.node.try_find_child(_MAPPING) or cdk.CfnMapping(stack, _MAPPING, mapping=_by_region())
    assert isinstance(mapping, cdk.CfnMapping)  # nothing else has its id  # noqa: S101
    account = mapping.find_in_map(cdk.Aws.REGION, framework)
    return account, f"{account}.dkr.ecr.{cdk.Aws.REGION}.{cdk.Aws.URL_SUFFIX}"


def _by_region() -> dict[str, dict[str, str]]:
    """Of the regions that have all of them: a mapping with a hole would fail a stack that never asks for it."""
    regions = set.intersection(*(set(accounts) for accounts in REGISTRIES.values()))
    return {
        region: {framework: accounts[region] for framework, accounts in REGISTRIES.items()}
        for region in sorted(regions)
    }
