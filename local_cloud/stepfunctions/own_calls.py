"""The calls that moto's interpreter makes of this server, which lets in nobody without a key of its own."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import boto3
import moto.stepfunctions.parser.asl.utils.boto_client as boto_client

from local_cloud.access import own_access_key
from local_cloud.patching import replace
from local_cloud.settings import endpoint_url


def call_with_own_key() -> None:
    """Sign what the interpreter asks for. Each of its modules has imported the function itself: what it calls is replaced."""
    replace(boto_client, "boto3", SimpleNamespace(client=_client))


def _client(**asked: Any) -> Any:
    key = own_access_key()
    own = {
        "aws_access_key_id": key.access_key_id,
        "aws_secret_access_key": key.secret_access_key,
        "endpoint_url": endpoint_url(),
    }
    return boto3.client(**(asked | own))
