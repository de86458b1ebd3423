"""GetPartitions with pages, segments and ``ExcludeColumnSchema``; a client that ignores NextToken fails here as on AWS.

https://docs.aws.amazon.com/glue/latest/webapi/API_GetPartitions.html
"""

from __future__ import annotations

import zlib
from typing import Any

from moto.core.responses import ActionResult
from moto.glue.exceptions import GlueClientError
from moto.glue.responses import GlueResponse

from local_cloud.pages import page_of
from local_cloud.patching import replace

# AWS documents no default; this is what it was observed to use.
_DEFAULT_PAGE = 500


def page_partitions() -> None:
    """Replace moto's operations that return pages."""
    # moto: Glue's GetPartitions ignores MaxResults, NextToken, Segment and ExcludeColumnSchema; https://github.com/getmoto/moto/pull/10123
    # (open; Segment only)
    replace(GlueResponse, "get_partitions", _get_partitions)


def _get_partitions(self: GlueResponse) -> ActionResult:
    request: dict[str, Any] = self.parameters
    found = self.glue_backend.get_partitions(
        request["DatabaseName"], request["TableName"], request.get("Expression") or ""
    )
    if segment := request.get("Segment"):
        number, total = segment["SegmentNumber"], segment["TotalSegments"]
        if number >= total:
            raise GlueClientError(
                "InvalidInputException", f"SegmentNumber {number} must be less than TotalSegments {total}"
            )
        found = [one for one in found if zlib.crc32(repr(one.values).encode()) % total == number]
    answer = glue_page(found, "Partitions", request, _DEFAULT_PAGE)
    described = [partition.as_dict() for partition in answer["Partitions"]]
    if request.get("ExcludeColumnSchema"):
        described = [_without_columns(partition) for partition in described]
    return ActionResult(answer | {"Partitions": described})


def _without_columns(partition: dict[str, Any]) -> dict[str, Any]:
    storage = partition.get("StorageDescriptor", {})
    kept = {name: value for name, value in storage.items() if name != "Columns"}
    return {**partition, "StorageDescriptor": kept} if storage else partition


def glue_page(found: list[Any], member: str, request: dict[str, Any], size: int) -> dict[str, Any]:
    """Return a page of a Data Catalog operation."""
    return page_of(member, found, request, size, _refusal)


def _refusal(token: str) -> GlueClientError:
    return GlueClientError("InvalidInputException", f"NextToken {token!r} was not returned by Glue")
