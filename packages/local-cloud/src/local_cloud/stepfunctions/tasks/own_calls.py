"""The API calls of moto's interpreter, which are signed with the owner's access key."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import moto.stepfunctions.parser.asl.utils.boto_client as boto_client

from local_cloud.clients import client
from local_cloud.patching import replace


def call_with_own_key() -> None:
    """Sign the interpreter's calls. Its modules import the function that creates clients, so ``boto3`` in that function is replaced.

    All executions share one client for each service.
    """
    # moto: Step Functions' interpreter creates a boto3 client for each state; not reported yet: a client takes megabytes, and could be shared
    # by all executions.
    replace(boto_client, "boto3", SimpleNamespace(client=_client))


def _client(*, service_name: str, region_name: str, **_asked: Any) -> Any:
    return client(service_name, region_name, validates=False)
