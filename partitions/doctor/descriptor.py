"""How two storage descriptors differ, in words; the location, which each partition has of its own, is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_READING = ("InputFormat", "OutputFormat", "SerdeInfo", "Parameters", "Compressed", "NumberOfBuckets", "BucketColumns")


def descriptor_difference(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> str | None:
    """Say how a storage descriptor differs from the one that is wanted; None where they read files in the same way."""
    return column_difference(found.get("Columns", []), wanted.get("Columns", [])) or next(
        (
            f"{name} is {_meaningful(found.get(name))!r}, and should be {_meaningful(wanted.get(name))!r}"
            for name in _READING
            if _meaningful(found.get(name)) != _meaningful(wanted.get(name))
        ),
        None,
    )


def column_difference(found: list[Mapping[str, Any]], wanted: list[Mapping[str, Any]]) -> str | None:
    """Say how columns differ from those that are wanted, comments among it."""
    there = {column["Name"]: _meaningful(dict(column)) for column in found}
    to_be = {column["Name"]: _meaningful(dict(column)) for column in wanted}
    if missing := [name for name in to_be if name not in there]:
        return f"it lacks {_listed(missing)}"
    if extra := [name for name in there if name not in to_be]:
        return f"it has {_listed(extra)}, which should not be there"
    for name, column in to_be.items():
        if there[name] != column:
            return f"{name!r} is {_described(there[name])}, and should be {_described(column)}"
    if list(there) != list(to_be):
        return f"its columns come in the order {_listed(list(there))}, and should in {_listed(list(to_be))}"
    return None


def _described(column: Mapping[str, Any]) -> str:
    comment = column.get("Comment")
    return f"{column.get('Type', 'of no type')}{f' ({comment})' if comment else ''}"


def _listed(names: list[str]) -> str:
    return ", ".join(repr(name) for name in names)


def _meaningful(value: Any) -> Any:  # any JSON
    """Drop what says nothing: Glue gives back defaults that nobody set."""
    if isinstance(value, dict):
        return {name: kept for name, item in value.items() if (kept := _meaningful(item))}
    if isinstance(value, list | tuple):
        return [_meaningful(item) for item in value]
    return value or None
