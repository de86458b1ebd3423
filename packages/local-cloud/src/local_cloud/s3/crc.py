"""Cyclic redundancy checks that the standard library lacks, at about 100 MB a second.

A byte-wise loop in Python reads 10 MB a second. Here the data is divided into lanes, which are read side by side: the states of all
lanes are a few large integers, one for each byte of the state, and ``bytes.translate`` is the table look-up of all lanes at once.
https://www.zlib.net/crc_v3.txt explains the table; a state is shifted by multiplying polynomials.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_LANE_BYTES = 512


class CrcAlgorithm:
    """A reflected CRC whose first state and final XOR are all ones, such as CRC-32.

    Parameters
    ----------
    polynomial
        The reflected polynomial, without its highest term.
    bits
        The size of the state: 32 or 64.
    """

    def __init__(self, polynomial: int, bits: int) -> None:
        self._polynomial, self._bits = polynomial, bits
        self.size = bits // 8
        self._ones = (1 << bits) - 1

    def updated(self, crc: int, data: bytes) -> int:
        """Return the CRC of some data and what follows it; 0 is that of no data."""
        state, lanes = crc ^ self._ones, len(data) // _LANE_BYTES
        for lane in self._lanes(data, lanes):
            for index, table in enumerate(self._lane_shift):
                lane ^= table[state >> 8 * index & 0xFF]
            state = lane
        for byte in data[lanes * _LANE_BYTES :]:
            state = self._table[(state ^ byte) & 0xFF] ^ state >> 8
        return state ^ self._ones

    def combined(self, first: int, second: int, size: int) -> int:
        """Return the CRC of two pieces of data from the CRC of each, and the size in bytes of the second."""
        return self._product(first, self._power(size)) ^ second

    def _lanes(self, data: bytes, count: int) -> Iterator[int]:
        """Yield the state after each lane alone, beginning with zero."""
        if not count:
            return
        planes, end = [0] * self.size, count * _LANE_BYTES
        for place in range(_LANE_BYTES):
            column = planes[0] ^ int.from_bytes(data[place:end:_LANE_BYTES], "little")
            indexes = column.to_bytes(count, "little")
            planes = [
                plane ^ int.from_bytes(indexes.translate(table), "little")
                for plane, table in zip([*planes[1:], 0], self._planes, strict=True)
            ]
        for state in zip(*(plane.to_bytes(count, "little") for plane in planes), strict=True):
            yield int.from_bytes(state, "little")

    @functools.cached_property
    def _table(self) -> list[int]:
        """The state after each byte, beginning with zero."""
        states = list(range(256))
        for _ in range(8):
            states = [self._times_x(state) for state in states]
        return states

    @functools.cached_property
    def _planes(self) -> list[bytes]:
        """The first byte of each state of the table, the second, and so on."""
        return [bytes(state >> 8 * index & 0xFF for state in self._table) for index in range(self.size)]

    @functools.cached_property
    def _lane_shift(self) -> list[list[int]]:
        """For each byte of a state: the state after a lane of zeros, by the value of the byte."""
        power = self._power(_LANE_BYTES)
        return [[self._product(byte << 8 * index, power) for byte in range(256)] for index in range(self.size)]

    def _times_x(self, state: int) -> int:
        return state >> 1 ^ (self._polynomial if state & 1 else 0)

    def _product(self, first: int, second: int) -> int:
        """Return the product of two polynomials; the highest bit is the term without x."""
        product = 0
        for bit in range(self._bits - 1, -1, -1):
            if second >> bit & 1:
                product ^= first
            first = self._times_x(first)
        return product

    def _power(self, size: int) -> int:
        """Return the polynomial that shifts a state by a number of bytes."""
        power, square = 1 << self._bits - 1, 1 << self._bits - 9  # 1 and x to the 8th
        while size:
            if size & 1:
                power = self._product(power, square)
            square, size = self._product(square, square), size >> 1
        return power


CRC32 = CrcAlgorithm(0xEDB88320, 32)
CRC32C = CrcAlgorithm(0x82F63B78, 32)
CRC64NVME = CrcAlgorithm(0x9A6C9329AC4BC9B5, 64)
