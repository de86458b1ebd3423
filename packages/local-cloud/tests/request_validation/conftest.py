"""Clients without validation, so that the server rejects invalid requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_cloud.server import LocalCloud


@pytest.fixture
def unchecked(local_cloud_server: LocalCloud) -> Callable[[str], Any]:
    """Return a client of a service."""
    key = local_cloud_server.access_key
    session = boto3.Session(key.access_key_id, key.secret_access_key, region_name=local_cloud_server.settings.region)
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1}, proxies={})

    def client(service: str) -> Any:
        endpoint = local_cloud_server.endpoint_url
        return session.client(service, endpoint_url=endpoint, config=config)  # type: ignore[call-overload]

    return client
