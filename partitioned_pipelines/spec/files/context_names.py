"""The CDK context that the app reads: where the project is, and the few options that a command line may replace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from partitioned_pipelines.spec.files.problems import did_you_mean
from partitioned_pipelines.spec.model.deployment import Deployment

if TYPE_CHECKING:
    from collections.abc import Mapping

OVERRIDES = ("prefix", "account", "region")
"""Options of deployment.yaml that context replaces: they say which deployment it is, and a forgotten one changes nothing that is deployed."""

CONTEXT_NAMES = frozenset({*OVERRIDES, "project", "local"})
# Its feature flags begin with @, its settings and looked-up values have a colon; these, of `cdk acknowledge` and the like, have neither.
_OTHERS_OF_THE_CDK = frozenset({"acknowledged-issue-numbers", "assets-ecr-repository-name", "cli-telemetry"})


class InvalidContextError(ValueError):
    """A context value that the app does not take."""


def context_problems(context: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with names of the context that are neither this project's nor the CDK's own.

    An option belongs into deployment.yaml: one that is forgotten on a command line would be taken back by the next deployment.
    """
    options = Deployment.model_fields
    problems = []
    for name in sorted(context.keys() - CONTEXT_NAMES - _OTHERS_OF_THE_CDK):
        if name in options:
            problems.append(f"context {name}: write `{name}: {_in_yaml(name, context[name])}` into deployment.yaml")
        elif not name.startswith("@") and ":" not in name:
            hint = did_you_mean(name, {*CONTEXT_NAMES, *options})
            problems.append(f"context {name}: there is no such option, {hint}")
    return problems


def _in_yaml(name: str, value: Any) -> str:
    if isinstance(Deployment.model_fields[name].get_default(), tuple):
        return f"[{', '.join(part.strip() for part in str(value).split(','))}]"
    return str(value)
