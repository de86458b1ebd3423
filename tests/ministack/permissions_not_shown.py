"""Permissions that ministack cannot show to be needed, each with the reason why a role has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.iam.permissions_on_record import STARS, UNUSED

if TYPE_CHECKING:
    from tests.ministack.permissions import Permission

_JOBS = "the job's runner here is the local cloud's, which does not"
_SYNC = "AWS asks for it (docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html); the bridge"
# By role and action, for any resource.
_BY_ROLE = {
    **dict.fromkeys(
        ((role, action) for role in ("PlanRun", "RegisterPartitions") for action in ("logs:CreateLogStream", "logs:PutLogEvents")),
        "ministack writes the logs of functions itself, and not in their name",
    ),
    **dict.fromkeys(
        (("RegisterPartitions", f"sqs:{action}") for action in ("GetQueueUrl", "SendMessage")),
        "the bus refuses none of these runs' events",
    ),
    ("processing", "s3:AbortMultipartUpload"): f"{_JOBS} upload in parts",
    **dict.fromkeys(
        (
            ("processing", f"logs:{action}")
            for action in ("CreateLogGroup", "CreateLogStream", "DescribeLogStreams", "PutLogEvents")
        ),
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
        "ministack asks for it on the group's ARN without `:*`, which AWS wants at its end: the jobs' logs are kept elsewhere",
    ),
    ("processing", "cloudwatch:PutMetricData"): f"{_JOBS} measure its host",
    ("processing", "ecr:BatchCheckLayerAvailability"): f"{_JOBS} pull layers",
    ("processing", "ecr:GetDownloadUrlForLayer"): f"{_JOBS} pull layers",
    ("state machine", "sagemaker:StopProcessingJob"): "these runs are not stopped",
    ("state machine", "sagemaker:AddTags"): f"{_SYNC} does not tag",
    ("state machine", "sagemaker:ListTags"): f"{_SYNC} does not tag",
    **dict.fromkeys(
        (("state machine", f"events:{action}") for action in ("DescribeRule", "PutRule", "PutTargets")),
        f"{_SYNC} waits for a job without a rule",
    ),
}  # fmt: skip


def reason_of(permission: Permission) -> str | None:
    """Return the reason why no run on ministack needs a permission, or None if a run must need it."""
    if reason := _BY_ROLE.get((permission.title, permission.action)):
        return reason
    if permission.title == "state machine" and permission.action.startswith(("logs:", "xray:")):
        return STARS[permission.action]  # ministack neither delivers logs nor traces
    return next(
        (
            reason
            for (action, part), reason in UNUSED.items()
            if action == permission.action and all(part in resource for resource in permission.resources)
        ),
        None,
    )
