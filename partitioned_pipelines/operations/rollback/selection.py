"""Which partitions are meant: ``year=2013/month=2``, with any of the table's keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.hive_path import unescape_value
from partitioned_pipelines.operations.history.refusal import OperationRefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class PartitionSelection:
    """Partitions by some of their values; without any conditions, all of them."""

    conditions: tuple[tuple[tuple[int, str], ...], ...] = ()
    texts: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " or ".join(map(repr, self.texts)) or "(all partitions)"

    @classmethod
    def parse(cls, texts: Sequence[str], keys: Sequence[str]) -> PartitionSelection:
        """Read texts, each ``key=value[/key=value]``; values are escaped as in paths.

        Raises
        ------
        OperationRefusedError
            If a text is not of this form, or names what is no partition key.
        """
        return cls(tuple(_parse(text, list(keys)) for text in texts), tuple(texts))

    def __contains__(self, values: Sequence[str]) -> bool:
        return not self.conditions or any(
            all(values[position] == value for position, value in condition) for condition in self.conditions
        )


def _parse(text: str, keys: list[str]) -> tuple[tuple[int, str], ...]:
    wanted = f"give {'/'.join(f'{key}=…' for key in keys)}, or some of these levels"
    condition = {}
    for level in text.strip("/").split("/"):
        name, equals, value = level.partition("=")
        if not equals or not value:
            raise OperationRefusedError(f"{text!r} names no partition: {level!r} is not key=value", wanted)
        if name not in keys:
            raise OperationRefusedError(f"{text!r} names no partition: the table has no partition key {name!r}", wanted)
        if keys.index(name) in condition:
            raise OperationRefusedError(f"{text!r} names no partition: {name!r} stands in it twice", wanted)
        condition[keys.index(name)] = unescape_value(value)
    return tuple(condition.items())
