"""The CDK's bootstrap of a local cloud: the CDK CLI's own, or the stack that it made once, created again without starting it."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.cli.deployment.cdk_installation import digest_of_cdk
from partitioned_pipelines.cli.deployment.stack_wait import wait_for_stack
from partitioned_pipelines.cli.private_file import write_private
from partitioned_pipelines.cli.target.local_endpoint import LOCAL_ACCOUNT, LOCAL_REGION
from partitioned_pipelines.cli.target.locations import IMAGE_STORE

if TYPE_CHECKING:
    from pathlib import Path

    from partitioned_pipelines.cli.deployment.cdk import Cdk
    from partitioned_pipelines.cli.target.target import Cloud

_STACK = "CDKToolkit"


def is_bootstrapped(cloud: Cloud) -> bool:
    """Return whether a cloud has the CDK's bootstrap stack."""
    stacks = cloud.cloudformation.list_stacks(StackStatusFilter=["CREATE_COMPLETE", "UPDATE_COMPLETE"])
    return any(stack["StackName"] == _STACK for stack in stacks["StackSummaries"])


def bootstrap_bucket(cloud: Cloud) -> str:
    """Return the bucket of a cloud to which the CDK publishes files."""
    (stack,) = cloud.cloudformation.describe_stacks(StackName=_STACK)["Stacks"]
    return next(output["OutputValue"] for output in stack["Outputs"] if output["OutputKey"] == "BucketName")


def bootstrap(cdk: Cdk, cloud: Cloud) -> None:
    """Bootstrap a local cloud.

    The CDK CLI does it once for each of its versions. The template and parameters that it has deployed are kept beside the images, and
    later clouds get the same stack.

    Raises
    ------
    CommandError
        If the stack is not created.
    """
    kept = IMAGE_STORE.parent / f"bootstrap-{digest_of_cdk()}.json"
    if (request := _read(kept)) is not None:
        try:
            cloud.cloudformation.create_stack(StackName=_STACK, Capabilities=["CAPABILITY_NAMED_IAM"], **request)
            wait_for_stack(cloud, _STACK, "CREATE_COMPLETE", "repeat the command: the CDK CLI then bootstraps anew")
        except Exception:
            kept.unlink(missing_ok=True)
            raise
        return
    cdk.bootstrap(f"aws://{LOCAL_ACCOUNT}/{LOCAL_REGION}")
    with suppress(OSError):  # a folder that this user may only read: the CDK CLI bootstraps the next cloud, too
        write_private(kept, json.dumps(_deployed(cloud)).encode())


def _deployed(cloud: Cloud) -> dict[str, Any]:
    template: Any = cloud.cloudformation.get_template(StackName=_STACK)["TemplateBody"]  # text, or what its JSON says
    (stack,) = cloud.cloudformation.describe_stacks(StackName=_STACK)["Stacks"]
    return {
        "TemplateBody": template if isinstance(template, str) else json.dumps(template),
        "Parameters": stack["Parameters"],
    }


def _read(kept: Path) -> dict[str, Any] | None:
    with suppress(FileNotFoundError):
        request: dict[str, Any] = json.loads(kept.read_bytes())
        return request
    return None
