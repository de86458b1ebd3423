"""boto3 clients of the local cloud's own services."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from local_cloud.access import own_access_key, role_access_key
from local_cloud.backend_lock import waiting
from local_cloud.botocore_session import botocore_session
from local_cloud.settings import endpoint_url

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest

# A function may run for 15 minutes.
_READ_TIMEOUT_SECONDS = 1000


def client(service: str, region: str, *, validates: bool = True, role_arn: str | None = None) -> Any:
    """Return a client of this process's server, with the credentials of a role, or of the cloud's owner.

    Without client-side validation, the server rejects invalid parameters.
    """
    return _client(service, region, endpoint_url(), validates, role_arn)


@functools.cache
def _client(service: str, region: str, endpoint: str, validates: bool, role_arn: str | None) -> Any:
    # One session for each client: boto3's clients are thread-safe, its sessions are not.
    key = role_access_key(role_arn) if role_arn else own_access_key()
    session = boto3.Session(
        key.access_key_id, key.secret_access_key, region_name=region, botocore_session=botocore_session()
    )
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

    # botocore does not send a request if a handler of this event returns a response: https://github.com/boto/botocore/pull/1352.
    made.meta.events.register("before-send", send)
    return made
