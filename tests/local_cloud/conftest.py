"""One local cloud, in this process, for all tests of the local cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest

from local_cloud.server import LocalCloud
from local_cloud.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Client = Any


@pytest.fixture(scope="session")
def local_cloud_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """A running cloud; its state is shared, so that a test names its things for itself."""
    settings = Settings(
        state_dir=tmp_path_factory.mktemp("local_cloud"), image_store=tmp_path_factory.mktemp("image_store")
    )
    with LocalCloud(settings) as cloud:
        yield cloud


@pytest.fixture(scope="session")
def aws(local_cloud_server: LocalCloud) -> Callable[[str], Client]:
    """Clients of the cloud, by the name of the service."""
    session = boto3.Session(
        aws_access_key_id="local", aws_secret_access_key="local", region_name=local_cloud_server.settings.region
    )

    def client(service: str) -> Client:
        return session.client(service, endpoint_url=local_cloud_server.endpoint_url)  # type: ignore[call-overload]

    return client
