"""IAM: AWS managed policies, one of which the CDK's bootstrap stack attaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.core.config import default_user_config

if TYPE_CHECKING:
    from local_cloud.settings import Settings


def install(settings: Settings) -> None:
    """Have moto load the policies, which takes 0.1 s at the first request of IAM."""
    default_user_config["iam"]["load_aws_managed_policies"] = True
