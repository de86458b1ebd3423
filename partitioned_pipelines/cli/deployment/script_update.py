"""Deployment of changed scripts alone, to the local cloud: the stacks become those that the CDK CLI would deploy, without starting it.

A script's folder is published under the hash of its content, and that hash is all that a changed script changes in a template. So the new
template is the deployed one with another hash, unless the CDK would write it in another order: it sorts the statements of policies.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.deployment.bootstrap import bootstrap_bucket
from partitioned_pipelines.cli.deployment.project_digest import read_scripts, script_folder
from partitioned_pipelines.cli.deployment.stack_wait import wait_for_stack
from partitioned_pipelines.cli.remedies import paste
from partitioned_pipelines.cli.terminal.output import note
from partitioned_pipelines.spec import published_prefix, tree_hash

if TYPE_CHECKING:
    from collections.abc import Iterable

    from partitioned_pipelines.cli.deployment.project_digest import ProjectDigest
    from partitioned_pipelines.cli.settings import Settings
    from partitioned_pipelines.cli.target.target import Cloud
    from partitioned_pipelines.spec import Project

_PUBLISHED = re.compile(f"([0-9a-f]{{64}}){re.escape(published_prefix(''))}")


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
    changed = {folder for folder, before in deployed.scripts.items() if before != current.scripts[folder]}
    published = {folder: read_scripts(project.root, folder) for folder in changed}
    if any(tree_hash(files) != current.scripts[folder] for folder, files in published.items()):
        return False  # they were saved again
    templates: dict[str, str] = {}
    for pipeline in project.pipelines:
        folders = {script_folder(step.script) for step in pipeline.steps if step.script is not None}
        if folders & changed:
            stack = settings.pipeline_stack(pipeline.name)
            hashes = [(deployed.scripts[folder], current.scripts[folder]) for folder in folders]
            template = with_new_hashes(_deployed_template(cloud, stack), hashes)
            if template is None:
                return False
            templates[stack] = template
    if not all(any(current.scripts[folder] in template for template in templates.values()) for folder in changed):
        return False
    started = time.monotonic()
    note("updating scripts on the local cloud")
    bucket = bootstrap_bucket(cloud)
    for folder, files in published.items():
        for name, content in files.items():
            cloud.s3.put_object(Bucket=bucket, Key=f"{published_prefix(current.scripts[folder])}{name}", Body=content)
    for stack, template in templates.items():
        _update(cloud, settings, bucket, stack, template)
        note(f"  {stack} deployed")
    note(f"deployed in {time.monotonic() - started:.1f} s")
    return True


def with_new_hashes(template: str, hashes: Iterable[tuple[str, str]]) -> str | None:
    """Return a stack's template with other hashes of scripts; None if the CDK could write it in another way.

    Two folders with equal files have one hash, which says not which of them is meant. The CDK sorts what contains hashes, and merges what is
    equal: https://github.com/aws/aws-cdk/blob/main/packages/aws-cdk-lib/aws-iam/lib/private/merge-statements.ts

    Parameters
    ----------
    hashes
        The hash before and after of each folder of scripts that the stack uses, changed or not.
    """
    after: dict[str, str] = {}
    for old, new in hashes:
        if after.setdefault(old, new) != new:
            return None
    published = sorted({*_PUBLISHED.findall(template), *after})
    renamed = [after.get(each, each) for each in published]
    if renamed != sorted(set(renamed)):
        return None
    return re.sub("|".join(after), lambda found: after[found[0]], template)


def _deployed_template(cloud: Cloud, stack: str) -> str:
    body = cloud.cloudformation.get_template(StackName=stack, TemplateStage="Original")["TemplateBody"]
    return json.dumps(body, indent=1, ensure_ascii=False)


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
    wait_for_stack(cloud, stack, "UPDATE_COMPLETE", f"deploy again: {paste(settings, 'deploy')}")
