"""IAM: the policies that AWS itself manages are there, as in every account; the CDK's bootstrap stack attaches one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.core.config import default_user_config

if TYPE_CHECKING:
    from local_cloud.settings import Settings


def install(settings: Settings) -> None:
    """Have moto load them (some 0.1 s, when IAM is first asked)."""
    default_user_config["iam"]["load_aws_managed_policies"] = True
