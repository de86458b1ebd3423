"""Values that are wrong for most members of a request."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from random import Random

_ODD: list[Any] = [
    *(None, True, False, 0, -1, 2**31, 2**63, 10**30, 1.5, 1e308),
    *("", " ", "a", "\x00", "é", "日本語", "💥", "a" * 5000, "\r\n", "%", "[", "$.a"),
    *("arn:", "arn:aws:iam::123456789012:role/x", "s3://", "../../etc/passwd", "{}", "null", "<a/>", "2020-01-01"),
    *([], {}, [None], [[]], [{}], {"a": None}, {"": ""}, {"Ref": "x"}, ["a"] * 50),
]


def mutated(value: Any, random: Random, share: float) -> Any:
    """Return a value of which some members are removed, or replaced by odd ones.

    Parameters
    ----------
    share
        The probability of a change of each member, from 0 to 1.
    """
    if random.random() < share:
        return _deep(random.choice((10, 60, 300))) if random.random() < 0.05 else random.choice(_ODD)
    if isinstance(value, dict):
        kept = {key: member for key, member in value.items() if random.random() > share / 3}
        return {key: mutated(member, random, share) for key, member in kept.items()}
    if isinstance(value, list):
        return [mutated(member, random, share) for member in value]
    return value


def corrupted(body: bytes, random: Random) -> bytes:
    """Return a body as it is, cut, in another encoding, or with another byte."""
    place = random.randrange(len(body) + 1)
    others = [
        body[:place],
        body + b"\xff\xfe",
        body.decode("utf-8", "replace").encode("utf-16"),
        b"\xef\xbb\xbf" + body,
        gzip.compress(body),
        body[:place] + bytes([random.randrange(256)]) + body[place + 1 :],
    ]
    return random.choice(others) if random.random() < 0.25 else body


def _deep(levels: int) -> Any:
    value: Any = "x"
    for level in range(levels):
        value = {"a": value} if level % 2 else [value]
    return value
