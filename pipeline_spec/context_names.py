"""The names of the options of a deployment: the context that this project's app reads, and the CDK's own beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline_spec.problems import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

ACCOUNT_CONTEXT = ("permissions_boundary", "assets_kms")
"""What an account asks of whatever is deployed to it."""

CONTEXT_NAMES = frozenset(
    {
        *ACCOUNT_CONTEXT,
        "access_logs",
        "account",
        "bucket",
        "databases",
        "encrypt_inter_container_traffic",
        "kms",
        "prefix",
        "project",
        "redshift",
        "redshift_group",
        "region",
        "removal_policy",
    }
)
# Its feature flags begin with @, its settings and looked-up values have a colon; these, of `cdk acknowledge` and the like, have neither.
_OTHERS_OF_THE_CDK = frozenset({"acknowledged-issue-numbers", "assets-ecr-repository-name", "cli-telemetry"})


def unknown_context(names: Iterable[str]) -> list[str]:
    """Say of each name that is neither this project's nor the CDK's own what was probably meant."""
    return [
        f"context {name}: there is no such option, {did_you_mean(name, CONTEXT_NAMES)}"
        for name in sorted(set(names) - CONTEXT_NAMES - _OTHERS_OF_THE_CDK)
        if not name.startswith("@") and ":" not in name
    ]
