"""Checks of the target before a deployment changes anything, one module each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from cli.output import note
from cli.preflight.catalog_encryption import check_catalog_encryption
from cli.preflight.databases import check_databases
from cli.preflight.former_data import check_former_data
from cli.preflight.instance_quotas import check_instance_quotas
from cli.preflight.lake_formation import check_lake_formation
from cli.preflight.partition_keys import check_partition_keys
from cli.settings import Settings
from cli.target import Cloud
from pipeline_spec import Project

if TYPE_CHECKING:
    from typing import Final

# Yields warnings; raises CommandError to refuse the deployment.
Check = Callable[[Cloud, Settings, Project], Iterable[str]]

CHECKS: Final[tuple[Check, ...]] = (
    check_instance_quotas,
    check_databases,
    check_former_data,
    check_catalog_encryption,
    check_lake_formation,
    check_partition_keys,
)


def run_preflight(cloud: Cloud, settings: Settings, project: Project) -> None:
    """Run every check, and print the warnings.

    Raises
    ------
    CommandError
        If a check refuses the deployment. Nothing has been changed then.
    """
    for check in CHECKS:
        for warning in check(cloud, settings, project):
            note(warning, style="yellow")
