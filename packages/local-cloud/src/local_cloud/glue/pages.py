"""GetPartitions with pages, segments and ``ExcludeColumnSchema``; a client that ignores NextToken fails here as on AWS.

https://docs.aws.amazon.com/glue/latest/webapi/API_GetPartitions.html
"""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any

from moto.core.responses import ActionResult
from moto.glue.exceptions import GlueClientError
from moto.glue.responses import GlueResponse

from local_cloud.pages import page_of
from local_cloud.patching import replace

if TYPE_CHECKING:
    from datetime import datetime

    from moto.core.responses import ActionContext
    from moto.glue.models import FakePartition

# AWS documents no default; this is what it was observed to use.
_DEFAULT_PAGE = 500
# The partitions that the latest reads have chosen, the oldest first.
_reads: dict[tuple[object, ...], list[FakePartition]] = {}
_MOST_READS = 16


def page_partitions() -> None:
    """Replace moto's operations that return pages."""
    # moto: Glue's GetPartitions ignores MaxResults, NextToken, Segment and ExcludeColumnSchema; https://github.com/getmoto/moto/pull/10123
    # (open; Segment only)
    replace(GlueResponse, "get_partitions", _get_partitions)


def _get_partitions(self: GlueResponse) -> ActionResult:
    request: dict[str, Any] = self.parameters
    answer = glue_page(_chosen(self, request), "Partitions", request, _DEFAULT_PAGE)
    described = [partition.as_dict() for partition in answer["Partitions"]]
    if request.get("ExcludeColumnSchema"):
        described = [_without_columns(partition) for partition in described]
    return _PlainResult(answer | {"Partitions": described})


def _chosen(self: GlueResponse, request: dict[str, Any]) -> list[FakePartition]:
    """Return the partitions of all pages. They are chosen at the first page, because each page would otherwise look at all partitions."""
    database, table = request["DatabaseName"], request["TableName"]
    expression, segment = request.get("Expression") or "", request.get("Segment") or {}
    every = self.glue_backend.get_table(database, table).partitions
    if not expression and not segment:
        return list(every.values())
    key = (self.current_account, self.region, database, table, expression, *segment.values())
    if not request.get("NextToken") or key not in _reads:
        found = self.glue_backend.get_partitions(database, table, expression)
        if segment:
            number, total = segment["SegmentNumber"], segment["TotalSegments"]
            if number >= total:
                message = f"SegmentNumber {number} must be less than TotalSegments {total}"
                raise GlueClientError("InvalidInputException", message)
            found = [one for one in found if zlib.crc32(repr(one.values).encode()) % total == number]
        _reads.pop(key, None)
        _reads[key] = found
        if len(_reads) > _MOST_READS:
            del _reads[next(iter(_reads))]
    return _reads[key]


class _PlainResult(ActionResult):
    """A result whose members already have the names and the values of the answer.

    moto's serializer looks each of them up under every spelling that its backends use: that is nine tenths of the time to answer with
    hundreds of partitions.
    """

    def execute_result(self, context: ActionContext) -> tuple[int, dict[str, Any], str]:
        status, headers, _ = ActionResult({}).execute_result(context)
        return status, headers, json.dumps(self.result, default=_epoch_seconds)


def _epoch_seconds(moment: datetime) -> float:
    """Return a time as the JSON protocol writes it: https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html"""
    return moment.timestamp()


def _without_columns(partition: dict[str, Any]) -> dict[str, Any]:
    storage = partition.get("StorageDescriptor", {})
    kept = {name: value for name, value in storage.items() if name != "Columns"}
    return {**partition, "StorageDescriptor": kept} if storage else partition


def glue_page(found: list[Any], member: str, request: dict[str, Any], size: int) -> dict[str, Any]:
    """Return a page of a Data Catalog operation."""
    return page_of(member, found, request, size, _refusal)


def _refusal(token: str) -> GlueClientError:
    return GlueClientError("InvalidInputException", f"NextToken {token!r} was not returned by Glue")
