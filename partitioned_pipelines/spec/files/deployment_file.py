"""``deployment.yaml``, the committed options of a deployment, and the CDK context, which overrides a few of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.spec.checks.deployment_check import option_problems
from partitioned_pipelines.spec.checks.notify_check import unknown_pipelines
from partitioned_pipelines.spec.files.problems import InvalidProjectError, Problem, did_you_mean
from partitioned_pipelines.spec.files.shape import shape_deployment
from partitioned_pipelines.spec.files.yaml_source import Findings, YamlSource, read_yaml
from partitioned_pipelines.spec.model.deployment import CREATE, Deployment
from partitioned_pipelines.spec.model.limits import LONGEST_GLUE_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

DEPLOYMENT_FILE = "deployment.yaml"


@dataclass(frozen=True, slots=True)
class DeploymentFile:
    """The options of a project as written in its file.

    Attributes
    ----------
    options
        The options; the defaults if there is no file.
    """

    options: Deployment
    _source: YamlSource | None = None

    @classmethod
    def read(cls, root: Path) -> DeploymentFile:
        """Return the options of a project's file, or the defaults if there is no file.

        Raises
        ------
        InvalidProjectError
            If the file is invalid; it holds all problems.
        """
        path = root / DEPLOYMENT_FILE
        if not path.exists():
            return cls(Deployment())
        source = read_yaml(path, DEPLOYMENT_FILE, first_key="removal_policy")
        options = shape_deployment(source)
        findings = Findings(source)
        for place, message in option_problems(options):
            findings.add(place, message)
        if options.prices is not None and not (root / options.prices).is_file():
            message = f"is {options.prices!r}: no such file; write it: pipelines prices --region REGION --output {options.prices}"
            findings.add(("prices",), message)
        if findings.problems:
            raise InvalidProjectError(findings.problems)
        return cls(options, source)

    def replaced(self, overrides: Mapping[str, str]) -> Deployment:
        """Return the options with those of the command line overriding the file's.

        Raises
        ------
        InvalidContextError
            If an override is invalid, alone or together with the file's options.
        """
        options = self.options.model_copy(update=dict(overrides))
        if problems := [f"context {place[0]} {message}" for place, message in option_problems(options)]:
            raise InvalidContextError("\n".join(problems))
        return options

    def database_problems(self, named: Iterable[str]) -> list[Problem]:
        """Return problems for names that are too long, and for listed existing databases without a table (the intended one would be created).

        Parameters
        ----------
        named
            The databases of the tables, by their names in the Data Catalog.
        """
        known = sorted(set(named))
        if self._source is None:
            return []
        findings = Findings(self._source)
        if (longest := max(map(len, known), default=0)) > LONGEST_GLUE_NAME:
            message = f"makes a database's name {longest} characters long: Glue allows at most {LONGEST_GLUE_NAME}"
            findings.add(("database_suffix",), message)
        for index, name in enumerate(self.options.databases):
            if name not in known:
                findings.add(("databases", index), f"is {name!r}, which no table uses: {did_you_mean(name, known)}")
        return findings.problems

    def notify_problems(self, pipelines: Sequence[str]) -> list[Problem]:
        """Return problems for pipelines that ``notify`` names and the project does not have."""
        if self._source is None:
            return []
        findings = Findings(self._source)
        for place, message in unknown_pipelines(self.options, pipelines):
            findings.add(place, message)
        return findings.problems


def for_local_cloud(options: Deployment) -> Deployment:
    """Return the options for the local cloud, which has none of an account's existing resources: it creates them instead.

    Nobody is notified of what happens there.
    """
    return options.model_copy(
        update={
            "account": None,
            "region": None,
            "permissions_boundary": None,
            "kms": CREATE if options.kms else None,
            "former_kms": (),
            "assets_kms": None,
            "catalog_kms": None,
            "lake_formation": None,
            "bucket": None,
            "access_logs": CREATE if options.access_logs else None,
            "databases": (),
            "notify": (),
        }
    )


OVERRIDES = ("prefix", "account", "region")
"""Options of deployment.yaml that context overrides: they select the deployment, so that a forgotten one does not change what is deployed."""

CONTEXT_NAMES = frozenset({*OVERRIDES, "project", "local"})
# The CDK's feature flags begin with @, and its settings and looked-up values contain a colon; these, of `cdk acknowledge` and similar, do not.
_OTHERS_OF_THE_CDK = frozenset({"acknowledged-issue-numbers", "assets-ecr-repository-name", "cli-telemetry"})


class InvalidContextError(ValueError):
    """An invalid context value."""


def context_problems(context: Mapping[str, Any]) -> list[str]:
    """Return an error for each context name that belongs neither to this project nor to the CDK.

    Options belong in deployment.yaml: one that is forgotten on the command line would be undone by the next deployment.
    """
    options = Deployment.model_fields
    problems = []
    for name in sorted(context.keys() - CONTEXT_NAMES - _OTHERS_OF_THE_CDK):
        if name in options:
            problems.append(f"context {name}: write `{name}: {_in_yaml(name, context[name])}` into deployment.yaml")
        elif not name.startswith("@") and ":" not in name:
            hint = did_you_mean(name, {*CONTEXT_NAMES, *options})
            problems.append(f"context {name}: no such option, {hint}")
    return problems


def _in_yaml(name: str, value: Any) -> str:
    if isinstance(Deployment.model_fields[name].get_default(), tuple):
        return f"[{', '.join(part.strip() for part in str(value).split(','))}]"
    return str(value)
