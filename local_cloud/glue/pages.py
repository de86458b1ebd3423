"""GetPartitions answers in pages, so that whoever forgets to follow them is found out here.

https://docs.aws.amazon.com/glue/latest/webapi/API_GetPartitions.html
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.glue.exceptions import GlueClientError
from moto.glue.responses import GlueResponse

from local_cloud.patching import replace

# AWS documents no default: what it was seen to answer with.
_DEFAULT_PAGE = 500


def page_partitions() -> None:
    """Hook into the call."""
    replace(GlueResponse, "get_partitions", _get_partitions)


def _get_partitions(self: GlueResponse) -> ActionResult:
    request: dict[str, Any] = self.parameters
    found = self.glue_backend.get_partitions(
        request["DatabaseName"], request["TableName"], request.get("Expression") or ""
    )
    start = _start(request.get("NextToken"))
    end = start + request.get("MaxResults", _DEFAULT_PAGE)
    answer: dict[str, Any] = {"Partitions": [partition.as_dict() for partition in found[start:end]]}
    if end < len(found):
        answer["NextToken"] = str(end)
    return ActionResult(answer)


def _start(token: str | None) -> int:
    if not token:
        return 0
    if not token.isdecimal():
        raise GlueClientError("InvalidInputException", f"NextToken {token!r} is none that GetPartitions has given")
    return int(token)
