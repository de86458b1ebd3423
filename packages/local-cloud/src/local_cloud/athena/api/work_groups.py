"""Athena's operations on workgroups."""

from __future__ import annotations

import json
from typing import Any

from moto.athena.responses import AthenaResponse

from local_cloud.athena.errors import InvalidStatementError
from local_cloud.patching import original_of, replace


def install() -> None:
    """Replace moto's operation."""
    # extension: the local cloud keeps results in S3 only.
    replace(AthenaResponse, "create_work_group", _create_work_group)


def check_configuration(configuration: dict[str, Any]) -> None:
    """Check the configuration of a workgroup.

    Raises
    ------
    InvalidStatementError
        If Athena would keep the results of queries itself.
    """
    if configuration.get("ManagedQueryResultsConfiguration", {}).get("Enabled"):
        raise InvalidStatementError(
            message="ManagedQueryResultsConfiguration is not supported by the local cloud: set ResultConfiguration.OutputLocation"
        )


def _create_work_group(self: AthenaResponse) -> Any:
    check_configuration(json.loads(self.body).get("Configuration", {}))
    return original_of(AthenaResponse, "create_work_group")(self)
