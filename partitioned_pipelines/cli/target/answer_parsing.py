"""Fast parsing of what AWS answers: timestamps of every call, and pages of partitions.

botocore looks up each member of each partition in the service model, and makes times in this machine's timezone: more than half of the
processor time to read a lake.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.utils import parse_timestamp

if TYPE_CHECKING:
    import botocore.session

_TIMES = ("CreationTime", "LastAccessTime", "LastAnalyzedTime")


def parse_fast(session: botocore.session.Session) -> None:
    """Make the clients of a session parse timestamps, and the answers of Glue's GetPartitions, without botocore's parsers."""
    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=read_timestamp)
    session.register("before-parse.glue.GetPartitions", _read_partitions)


def read_timestamp(value: Any) -> datetime:
    """Return a timestamp of an answer: seconds since 1970, or ISO 8601; other forms are left to botocore.

    https://smithy.io/2.0/spec/protocol-traits.html#timestampformat-trait
    """
    try:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC)
        moment = datetime.fromisoformat(value)
    except (ValueError, OverflowError):
        return parse_timestamp(value)
    return moment if moment.tzinfo else parse_timestamp(value)


def _read_partitions(**event: Any) -> None:
    """Put the partitions into the answer as they are in JSON, which has the names of the service model.

    Errors, and answers with a null, which botocore leaves out, are left to botocore.
    """
    response: dict[str, Any] = event["response_dict"]
    body: bytes = response["body"]
    if response["status_code"] != 200 or b"null" in body:
        return
    answer = json.loads(body)
    for partition in answer["Partitions"]:
        for name in _TIMES:
            if name in partition:
                partition[name] = read_timestamp(partition[name])
    event["customized_response_dict"].update(answer)
    response["body"] = b"{}"
