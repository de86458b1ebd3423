"""The rules for a pipeline's network, and for the secrets that its steps read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.runs.run_facts import GIVEN_ENVIRONMENT
from partitioned_pipelines.spec.checks.names import environment_name_problem
from partitioned_pipelines.spec.model.fields import (
    SECRETS_MANAGER_PATTERN,
    SECURITY_GROUP_PATTERN,
    SUBNET_PATTERN,
)
from partitioned_pipelines.spec.model.image import SparkImage
from partitioned_pipelines.spec.model.limits import LONGEST_VARIABLE, MOST_ENVIRONMENT, MOST_VARIABLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from partitioned_pipelines.spec.files.problems import Location
    from partitioned_pipelines.spec.files.yaml_source import Findings
    from partitioned_pipelines.spec.model.pipeline import PipelineEntry, StepEntry

_NO_NETWORK = "with network_isolation: true, the script has neither a network nor credentials"


def check_network(pipeline: PipelineEntry, findings: Findings) -> None:
    """Check the ids of subnets and security groups, the ARNs of secrets, and features that network isolation rules out."""
    if pipeline.network is not None:
        place: Location = ("network",)
        _check_ids(pipeline.network.subnets, SUBNET_PATTERN, "subnet", (*place, "subnets"), findings)
        groups = pipeline.network.security_groups
        _check_ids(groups, SECURITY_GROUP_PATTERN, "sg", (*place, "security_groups"), findings)
    for index, step in enumerate(pipeline.steps):
        _check_secrets(step, ("steps", index), findings)
        if pipeline.network_isolation and step.secrets:
            message = f"can't be read: {_NO_NETWORK}, so Secrets Manager cannot be reached; remove secrets or network_isolation"
            findings.add(("steps", index, "secrets"), message)
        if pipeline.network_isolation and isinstance(step.image or pipeline.image, SparkImage):
            message = f"can't be Spark: {_NO_NETWORK}, and Spark writes to S3 itself; use another image, or remove network_isolation"
            findings.add(("steps", index, "image") if step.image else ("image",), message)


def _check_ids(ids: Sequence[str], pattern: str, kind: str, place: Location, findings: Findings) -> None:
    for index, text in enumerate(ids):
        if not re.fullmatch(pattern, text):
            findings.add((*place, index), f"is {text!r}: use an id such as '{kind}-0123456789abcdef0'")
        elif text in ids[:index]:
            findings.add((*place, index), f"is {text!r} a second time: remove it")


def _check_secrets(step: StepEntry, place: Location, findings: Findings) -> None:
    if step.secrets and len(step.environment) + len(step.secrets) > MOST_ENVIRONMENT:
        message = (
            f"and environment have {len(step.environment) + len(step.secrets)} entries together: SageMaker takes {MOST_VARIABLES}, "
            f"and each run adds {len(GIVEN_ENVIRONMENT)}"
        )
        findings.add((*place, "secrets"), message)
    for name, arn in step.secrets.items():
        here = (*place, "secrets", name)
        findings.add(here, environment_name_problem(name))
        if name in step.environment:
            findings.add(here, f"{name!r} is also in environment: choose another name")
        if not re.fullmatch(SECRETS_MANAGER_PATTERN, arn):
            # The value is not shown: it may be the secret itself.
            message = (
                "is not a secret's complete ARN, arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-XXXXXX with the six "
                "characters that Secrets Manager appends to the name: `aws secretsmanager describe-secret` prints it"
            )
            findings.add(here, message)
        elif len(arn) > LONGEST_VARIABLE:
            findings.add(here, f"has {len(arn)} characters: SageMaker takes at most {LONGEST_VARIABLE}")
