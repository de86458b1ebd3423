"""The calls that moto's interpreter makes of this server, which lets in nobody without a key of its own."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import moto.stepfunctions.parser.asl.utils.boto_client as boto_client

from local_cloud.clients import client
from local_cloud.patching import replace


def call_with_own_key() -> None:
    """Sign what the interpreter asks for. Each of its modules has imported the function itself: what it calls is replaced.

    moto creates a client for each state that runs, and each client takes megabytes; here all executions share one for each service.
    """
    replace(boto_client, "boto3", SimpleNamespace(client=_client))


def _client(*, service_name: str, region_name: str, **_asked: Any) -> Any:
    return client(service_name, region_name, validates=False)
