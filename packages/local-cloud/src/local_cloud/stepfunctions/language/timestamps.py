"""Timestamps of the Amazon States Language: RFC 3339 with an uppercase T, and Z or an offset.

https://states-language.net/spec.html#timestamps
"""

from __future__ import annotations

import datetime as dt
import re
from fractions import Fraction

from moto.stepfunctions.parser.asl.component.state.wait.wait_function.timestamp import Timestamp

from local_cloud.patching import replace

_TIMESTAMP = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(\.\d+)?(Z|[+-]\d{2}:\d{2})")


def wait_for_times() -> None:
    """Replace how moto's Wait states read timestamps."""
    # moto: Step Functions' Wait state rejects timestamps with offsets, and reads UTC as local time; not reported yet: timestamps are RFC 3339,
    # with Z or an offset.
    replace(Timestamp, "_from_timestamp_string", staticmethod(_local_time))


def _local_time(timestamp: str) -> dt.datetime | None:
    seconds = parse_timestamp(timestamp)
    # moto subtracts datetime.now(), which has no timezone.
    return None if seconds is None else dt.datetime.fromtimestamp(float(seconds))  # noqa: DTZ006


def parse_timestamp(value: object) -> Fraction | None:
    """Return the exact seconds since 1970, or None if the value is not a timestamp."""
    found = _TIMESTAMP.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    try:
        moment = dt.datetime.fromisoformat(found[1] + found[3].replace("Z", "+00:00"))
    except ValueError:
        return None
    since = moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return Fraction(since // dt.timedelta(seconds=1)) + Fraction(f"0{found[2] or ''}")


def format_timestamp(moment: dt.datetime) -> str:
    """Return a time in the context object's format: ``2019-03-26T20:14:13.192Z``."""
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
