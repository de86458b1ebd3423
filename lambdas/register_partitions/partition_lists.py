"""Lists of partitions go into the body of a request as they are.

botocore would copy each of their values first, by the service's model: for plain JSON, which partitions are, the copy is the same, and takes
longer than all else that is done for a batch.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient

_LISTS = {
    "BatchCreatePartition": "PartitionInputList",
    "BatchGetPartition": "PartitionsToGet",
    "BatchUpdatePartition": "Entries",
}
_SET_ASIDE = "request_as_it_is"


def send_lists_as_they_are(glue: GlueClient) -> None:
    """Let a client's requests that carry lists of partitions be written in one go."""
    events: Any = glue.meta.events  # its type knows of no handler that answers
    for operation, name in _LISTS.items():

        def set_aside(params: dict[str, Any], context: dict[str, Any], name: str = name, **_: object) -> dict[str, Any]:
            context[_SET_ASIDE] = params
            return {**params, name: []}

        events.register_last(f"provide-client-params.glue.{operation}", set_aside)
        events.register_first(f"before-call.glue.{operation}", _write)


def _write(params: dict[str, Any], context: dict[str, Any], **_: object) -> None:
    params["body"] = json.dumps(context.pop(_SET_ASIDE)).encode()
