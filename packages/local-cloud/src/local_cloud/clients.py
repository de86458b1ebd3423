"""Clients of the local cloud's own services, for the parts of it that use each other as a customer would."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from local_cloud.access import own_access_key
from local_cloud.backend_lock import waiting
from local_cloud.settings import endpoint_url

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest

# A function may take 15 minutes before it answers.
_READ_TIMEOUT_SECONDS = 1000


def client(service: str, region: str, *, validates: bool = True) -> Any:
    """Return a client that talks to this process's own server, which refuses what a client that does not validate lets through."""
    return _client(service, region, endpoint_url(), validates)


@functools.cache
def _client(service: str, region: str, endpoint: str, validates: bool) -> Any:
    # A session of its own for each client: boto3's sessions are not safe to share among threads, its clients are.
    key = own_access_key()
    session = boto3.Session(key.access_key_id, key.secret_access_key, region_name=region)
    config = Config(
        parameter_validation=validates,
        retries={"total_max_attempts": 1},
        max_pool_connections=32,
        read_timeout=_READ_TIMEOUT_SECONDS,
        proxies={},
    )
    made: Any = session.client(service, endpoint_url=endpoint, config=config)  # type: ignore[call-overload]

    def send(request: AWSPreparedRequest, **_: Any) -> Any:
        with waiting():
            return made._endpoint.http_session.send(request)

    # A handler of this event that returns a response has sent the request itself: https://github.com/boto/botocore/pull/1352.
    made.meta.events.register("before-send", send)
    return made
