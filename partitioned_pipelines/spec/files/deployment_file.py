"""``deployment.yaml``: the committed options of a deployment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from partitioned_pipelines.spec.checks.deployment_check import option_problems
from partitioned_pipelines.spec.checks.findings import Findings
from partitioned_pipelines.spec.checks.names import LONGEST_GLUE_NAME
from partitioned_pipelines.spec.files.context_names import InvalidContextError
from partitioned_pipelines.spec.files.problems import InvalidProjectError, Problem, did_you_mean
from partitioned_pipelines.spec.files.shape import shape_deployment
from partitioned_pipelines.spec.files.yaml_source import YamlSource, read_yaml
from partitioned_pipelines.spec.model.deployment import CREATE, Deployment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

DEPLOYMENT_FILE = "deployment.yaml"


@dataclass(frozen=True, slots=True)
class DeploymentFile:
    """The options of a project as its file has them.

    Attributes
    ----------
    options
        The defaults, if there is no file.
    """

    options: Deployment
    _source: YamlSource | None = None

    @classmethod
    def read(cls, root: Path) -> DeploymentFile:
        """Read the file of a project, which may have none.

        Raises
        ------
        InvalidProjectError
            With everything that is wrong with the file.
        """
        path = root / DEPLOYMENT_FILE
        if not path.exists():
            return cls(Deployment())
        source = read_yaml(path, DEPLOYMENT_FILE, first_key="removal_policy")
        options = shape_deployment(source)
        findings = Findings(source)
        for place, message in option_problems(options):
            findings.add(place, message)
        if findings.problems:
            raise InvalidProjectError(findings.problems)
        return cls(options, source)

    def replaced(self, overrides: Mapping[str, str]) -> Deployment:
        """Return the options with those of a command line in the place of the file's.

        Raises
        ------
        InvalidContextError
            If one of them, or what they are combined with in the file, is wrong.
        """
        options = self.options.model_copy(update=dict(overrides))
        if problems := [f"context {place[0]} {message}" for place, message in option_problems(options)]:
            raise InvalidContextError("\n".join(problems))
        return options

    def database_problems(self, named: Iterable[str]) -> list[Problem]:
        """Find names that are too long, and existing databases that no table is in: the one that is meant would be created.

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
                findings.add(("databases", index), f"is {name!r}, and no table is in it: {did_you_mean(name, known)}")
        return findings.problems


def for_local_cloud(options: Deployment) -> Deployment:
    """Return the options for the local cloud, which has nothing of what an account has: what exists there is created instead."""
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
        }
    )
