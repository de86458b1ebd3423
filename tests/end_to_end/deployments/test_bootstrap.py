"""A local cloud is bootstrapped by the CDK CLI once; later clouds have the same stack."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from partitioned_pipelines.cli.deployment import bootstrap as deployment
from partitioned_pipelines.cli.deployment.bootstrap import bootstrap, is_bootstrapped
from partitioned_pipelines.cli.deployment.cdk import Cdk
from partitioned_pipelines.cli.target.cloud_process import start_cloud
from partitioned_pipelines.cli.target.target import Cloud

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def new_cloud(folder: Path) -> Iterator[tuple[Cdk, Cloud]]:
    running = start_cloud(folder, ends_with_this_process=True)
    try:
        yield Cdk.for_local(running.endpoint, folder, keeps_logs=True), Cloud.local(running.endpoint)
    finally:
        running.stop()


def described(cloud: Cloud) -> dict[str, Any]:
    """Return the bootstrap stack without what is different in each cloud."""
    (stack,) = cloud.cloudformation.describe_stacks(StackName="CDKToolkit")["Stacks"]
    resources = cloud.cloudformation.describe_stack_resources(StackName="CDKToolkit")["StackResources"]
    return {
        "template": cloud.cloudformation.get_template(StackName="CDKToolkit")["TemplateBody"],
        "parameters": stack["Parameters"],
        "outputs": {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]},
        "resources": {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in resources},
    }


def test_the_stack_of_the_cdk_cli_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deployment, "IMAGE_STORE", tmp_path / "images")
    with new_cloud(tmp_path / "first") as (cdk, cloud):
        bootstrap(cdk, cloud)
        first = described(cloud)
    with new_cloud(tmp_path / "second") as (cdk, cloud):
        bootstrap(cdk, cloud)
        assert described(cloud) == first
        assert not (tmp_path / "second" / "cdk-bootstrap.log").exists()

        cloud.cloudformation.delete_stack(StackName="CDKToolkit")
        (kept,) = tmp_path.glob("bootstrap-*.json")
        kept.write_text(json.dumps({"TemplateBody": "{}"}), encoding="utf-8")
        with pytest.raises(ClientError, match="At least one Resources member"):
            bootstrap(cdk, cloud)
        assert not is_bootstrapped(cloud)
        assert not kept.exists()
