"""Hashes that DuckDB and Python's standard library lack.

xxHash64: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md. Murmur3 for 128 bits:
https://github.com/aappleby/smhasher/blob/master/src/MurmurHash3.cpp. ``checksum`` adds the xxHash64 of its values, as Trino's
``ChecksumAggregationFunction`` does.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.functions.implementation import python

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_cloud.athena.functions.aggregates import AggregateInvocation
    from local_cloud.athena.functions.implementation import Build
    from local_cloud.athena.types.trino_types import Type

_MASK = (1 << 64) - 1
_P1, _P2, _P3, _P4, _P5 = (
    0x9E3779B185EBCA87,
    0xC2B2AE3D27D4EB4F,
    0x165667B19E3779F9,
    0x85EBCA77C2B2AE63,
    0x27D4EB2F165667C5,
)


def _rotated(value: int, bits: int) -> int:
    return (value << bits | value >> (64 - bits)) & _MASK


def _round(state: int, lane: int) -> int:
    return _rotated(state + lane * _P2 & _MASK, 31) * _P1 & _MASK


def xxhash64(content: bytes) -> int:
    """Return the xxHash64 of some bytes with the seed 0."""
    whole = len(content) - len(content) % 32
    if whole:
        states = [(_P1 + _P2) & _MASK, _P2, 0, -_P1 & _MASK]
        for lanes in struct.iter_unpack("<4Q", content[:whole]):
            states = [_round(state, lane) for state, lane in zip(states, lanes, strict=True)]
        found = sum(_rotated(state, bits) for state, bits in zip(states, (1, 7, 12, 18), strict=True)) & _MASK
        for state in states:
            found = ((found ^ _round(0, state)) * _P1 + _P4) & _MASK
    else:
        found = _P5
    found = (found + len(content)) & _MASK
    rest = content[whole:]
    while len(rest) >= 8:
        found = _rotated(found ^ _round(0, int.from_bytes(rest[:8], "little")), 27) * _P1 + _P4 & _MASK
        rest = rest[8:]
    if len(rest) >= 4:
        found = _rotated(found ^ int.from_bytes(rest[:4], "little") * _P1 & _MASK, 23) * _P2 + _P3 & _MASK
        rest = rest[4:]
    for byte in rest:
        found = _rotated(found ^ byte * _P5 & _MASK, 11) * _P1 & _MASK
    found = (found ^ found >> 33) * _P2 & _MASK
    found = (found ^ found >> 29) * _P3 & _MASK
    return found ^ found >> 32


_C1, _C2 = 0x87C37B91114253D5, 0x4CF5AD432745937F


def murmur3(content: bytes) -> bytes:
    """Return the Murmur3 hash of 128 bits with the seed 0."""
    first = second = 0
    whole = len(content) - len(content) % 16
    for one, other in struct.iter_unpack("<2Q", content[:whole]):
        first = _rotated(first ^ _mixed(one, _C1, 31, _C2), 27) + second & _MASK
        first = first * 5 + 0x52DCE729 & _MASK
        second = _rotated(second ^ _mixed(other, _C2, 33, _C1), 31) + first & _MASK
        second = second * 5 + 0x38495AB5 & _MASK
    rest = content[whole:].ljust(16, b"\0")
    one, other = struct.unpack("<2Q", rest)
    first, second = (
        first ^ _mixed(one, _C1, 31, _C2) ^ len(content),
        second ^ _mixed(other, _C2, 33, _C1) ^ len(content),
    )
    first = first + second & _MASK
    first, second = _finished(first), _finished(second + first & _MASK)
    first = first + second & _MASK
    return struct.pack("<2Q", first, second + first & _MASK)


def _mixed(lane: int, one: int, bits: int, other: int) -> int:
    return _rotated(lane * one & _MASK, bits) * other & _MASK


def _finished(value: int) -> int:
    value = (value ^ value >> 33) * 0xFF51AFD7ED558CCD & _MASK
    value = (value ^ value >> 33) * 0xC4CEB9FE1A85EC53 & _MASK
    return value ^ value >> 33


def checksum(one: AggregateInvocation) -> str:
    """Return the SQL of ``checksum``, which does not depend on the order of rows."""
    encode = _encoder(one.types[0])

    def total(values: list[Any]) -> bytes | None:
        if not values:
            return None
        # The hash of null is one.
        hashes = (1 if value is None else xxhash64(encode(value)) for value in values)
        return struct.pack("<Q", sum(found * _P1 for found in hashes) & _MASK)

    return one.of_list(total, key=("checksum", str(one.types[0])))


def _encoder(kind: Type) -> Callable[[Any], bytes]:
    match kind.base:
        case "boolean" | "tinyint" | "smallint" | "integer" | "bigint":
            return lambda value: struct.pack("<q", value)
        case "varchar" | "char":
            return lambda value: value.rstrip(" ").encode() if kind.base == "char" else value.encode()
        case "varbinary":
            return bytes
        case "double":
            return lambda value: struct.pack("<d", value + 0.0)
    raise QueryFailedError("NOT_SUPPORTED", f"checksum of {kind} is not supported by the local cloud")


FUNCTIONS: dict[str, Build] = {
    "murmur3": python(murmur3),
    "xxhash64": python(lambda content: xxhash64(content).to_bytes(8, "big")),
}
