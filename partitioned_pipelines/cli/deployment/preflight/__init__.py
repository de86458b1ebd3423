"""The checks of the target before a deployment changes anything, one module each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.deployment.preflight.arrivals import check_arrivals
from partitioned_pipelines.cli.deployment.preflight.catalog_encryption import check_catalog_encryption
from partitioned_pipelines.cli.deployment.preflight.existing_resources import check_databases, check_former_data
from partitioned_pipelines.cli.deployment.preflight.instance_quotas import check_instance_quotas
from partitioned_pipelines.cli.deployment.preflight.lake_formation import check_lake_formation
from partitioned_pipelines.cli.deployment.preflight.partition_keys import check_partition_keys
from partitioned_pipelines.cli.settings import Settings
from partitioned_pipelines.cli.target.target import Cloud
from partitioned_pipelines.cli.terminal.output import note
from partitioned_pipelines.spec import Project

if TYPE_CHECKING:
    from typing import Final

# Yields warnings; raises CommandError to reject the deployment.
Check = Callable[[Cloud, Settings, Project], Iterable[str]]

CHECKS: Final[tuple[Check, ...]] = (
    check_instance_quotas,
    check_databases,
    check_former_data,
    check_catalog_encryption,
    check_lake_formation,
    check_partition_keys,
    check_arrivals,
)


def run_preflight(cloud: Cloud, settings: Settings, project: Project) -> None:
    """Run every check, and print the warnings.

    Raises
    ------
    CommandError
        If a check rejects the deployment, before anything has changed.
    """
    for check in CHECKS:
        for warning in check(cloud, settings, project):
            note(warning, style="yellow")
