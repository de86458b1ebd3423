"""The list of all extensions of moto."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud import (
    athena,
    botocore_session,
    cloudformation,
    cloudwatch,
    events,
    glue,
    iam,
    lambda_functions,
    logs,
    s3,
    sagemaker,
    scheduler,
    service_quotas,
    sns,
    sqs,
    ssm,
    stepfunctions,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_cloud.settings import Settings

_INSTALLS: tuple[Callable[[Settings], None], ...] = (
    athena.install,
    botocore_session.install,
    cloudformation.install,
    cloudwatch.install,
    events.install,
    glue.install,
    iam.install,
    lambda_functions.install,
    logs.install,
    s3.install,
    sagemaker.install,
    scheduler.install,
    service_quotas.install,
    sns.install,
    sqs.install,
    ssm.install,
    stepfunctions.install,
)


def install(settings: Settings) -> None:
    """Install all extensions. A second call only changes the settings."""
    for install_extension in _INSTALLS:
        install_extension(settings)
