"""Deployment of changed scripts alone, to the local cloud: the stacks become those that the CDK CLI would deploy, without starting it.

A script's folder is published under the hash of its content, and that hash is all that a changed script changes in a template. So the new
template is the deployed one with another hash.
"""

from __future__ import annotations

import hashlib
import json
import time
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.deployment.project_digest import read_scripts, script_folder
from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.remedies import paste
from partitioned_pipelines.cli.terminal.output import note
from partitioned_pipelines.spec import published_prefix

if TYPE_CHECKING:
    from collections.abc import Mapping

    from partitioned_pipelines.cli.deployment.project_digest import ProjectDigest
    from partitioned_pipelines.cli.settings import Settings
    from partitioned_pipelines.cli.target.target import Cloud
    from partitioned_pipelines.spec import Pipeline, Project

_BOOTSTRAP_STACK = "CDKToolkit"
_POLLS_EVERY_SECONDS = 0.1
_ENDS_WITHIN_SECONDS = 60


def update_scripts(
    settings: Settings, project: Project, cloud: Cloud, deployed: ProjectDigest, current: ProjectDigest
) -> bool:
    """Publish changed scripts, and update the stacks that use them; return False, with nothing done, if more than scripts has changed.

    Raises
    ------
    CommandError
        If a stack cannot be updated.
    """
    if deployed.rest != current.rest or deployed.scripts.keys() != current.scripts.keys():
        return False
    changed = {
        folder: (before, current.scripts[folder])
        for folder, before in deployed.scripts.items()
        if before != current.scripts[folder]
    }
    templates = {
        settings.pipeline_stack(pipeline.name): template
        for pipeline in project.pipelines
        if (template := _new_template(cloud, settings, pipeline, changed)) is not None
    }
    if not all(any(new in template for template in templates.values()) for _, new in changed.values()):
        return False
    started = time.monotonic()
    note("updating scripts on the local cloud")
    bucket = _bootstrap_bucket(cloud)
    for folder, (_, new) in changed.items():
        for name, content in read_scripts(project.root, folder).items():
            cloud.s3.put_object(Bucket=bucket, Key=f"{published_prefix(new)}{name}", Body=content)
    for stack, template in templates.items():
        _update(cloud, settings, bucket, stack, template)
        note(f"  {stack} deployed")
    note(f"deployed in {time.monotonic() - started:.1f} s")
    return True


def _new_template(
    cloud: Cloud, settings: Settings, pipeline: Pipeline, changed: Mapping[str, tuple[str, str]]
) -> str | None:
    """Return the template of a pipeline's stack with the hashes of changed scripts; None if it uses none of them."""
    folders = {script_folder(step.script) for step in pipeline.steps if step.script is not None} & changed.keys()
    if not folders:
        return None
    stack = settings.pipeline_stack(pipeline.name)
    body = cloud.cloudformation.get_template(StackName=stack, TemplateStage="Original")["TemplateBody"]
    template = json.dumps(body, indent=1, ensure_ascii=False)
    for folder in folders:
        template = template.replace(*changed[folder])
    return template


def _bootstrap_bucket(cloud: Cloud) -> str:
    (stack,) = cloud.cloudformation.describe_stacks(StackName=_BOOTSTRAP_STACK)["Stacks"]
    return next(output["OutputValue"] for output in stack["Outputs"] if output["OutputKey"] == "BucketName")


def _update(cloud: Cloud, settings: Settings, bucket: str, stack: str, template: str) -> None:
    """Update a stack with the parameters and capabilities that the CDK CLI gave it, and wait for the end."""
    key = f"{hashlib.sha256(template.encode()).hexdigest()}.json"
    cloud.s3.put_object(Bucket=bucket, Key=key, Body=template.encode())
    (described,) = cloud.cloudformation.describe_stacks(StackName=stack)["Stacks"]
    cloud.cloudformation.update_stack(
        StackName=stack,
        TemplateURL=f"{cloud.s3.meta.endpoint_url}/{bucket}/{key}",
        Parameters=[
            {"ParameterKey": parameter["ParameterKey"], "UsePreviousValue": True}
            for parameter in described.get("Parameters", [])
        ],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    deadline = time.monotonic() + _ENDS_WITHIN_SECONDS
    while True:
        (described,) = cloud.cloudformation.describe_stacks(StackName=stack)["Stacks"]
        if described["StackStatus"] == "UPDATE_COMPLETE":
            return
        if not described["StackStatus"].endswith("_IN_PROGRESS") or time.monotonic() > deadline:
            reason = described.get("StackStatusReason", "no reason is given")
            raise CommandError(
                f"the update of {stack} is {described['StackStatus']}: {reason}",
                f"deploy again: {paste(settings, 'deploy')}",
                exit_code=ExitCode.NO_CLOUD,
            )
        time.sleep(_POLLS_EVERY_SECONDS)
