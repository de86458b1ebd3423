"""Requests that no SDK sends."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from local_cloud.server import LocalCloud

SIGNED = "AWS4-HMAC-SHA256 Credential={}/20260101/ap-northeast-1/{}/aws4_request, SignedHeaders=host, Signature=0"


def send(
    cloud: LocalCloud, service: str, method: str, path: str, body: bytes, headers: dict[str, str]
) -> tuple[int, str, str]:
    """Send a request with the cloud's key. Returns the status, the type of the content, and the content."""
    where = urlsplit(cloud.endpoint_url)
    connection = http.client.HTTPConnection(str(where.hostname), where.port, timeout=30)
    signed = {"Authorization": SIGNED.format(cloud.access_key.access_key_id, service)}
    connection.request(method, path, body, signed | headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, str(answer.getheader("Content-Type")), text
