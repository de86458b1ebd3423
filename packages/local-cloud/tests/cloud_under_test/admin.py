"""Requests to the local cloud's own routes."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local_cloud.server import LocalCloud


def ask(cloud: LocalCloud, method: str, path: str) -> tuple[int, Any]:
    """Send a request below ``/_local/`` as the cloud's owner, and return its status and its document."""
    headers = {"Authorization": cloud.access_key.authorization}
    request = urllib.request.Request(f"{cloud.endpoint_url}/_local/{path}", headers=headers, method=method)  # noqa: S310 - localhost
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - localhost
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)
