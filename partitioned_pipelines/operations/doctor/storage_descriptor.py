"""The differences between two storage descriptors, in words, except for their locations, which are specific to each partition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.tables.storage_format import without_defaults

if TYPE_CHECKING:
    from collections.abc import Mapping

_READING = ("InputFormat", "OutputFormat", "SerdeInfo", "Parameters", "Compressed", "NumberOfBuckets", "BucketColumns")


def descriptor_difference(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> str | None:
    """Return all differences of a storage descriptor from the expected one; None if files are read in the same way with both."""
    differences = [column_difference(found.get("Columns", []), wanted.get("Columns", []))]
    differences += [
        f"{name} is {without_defaults(found.get(name))!r}, and should be {without_defaults(wanted.get(name))!r}"
        for name in _READING
        if without_defaults(found.get(name)) != without_defaults(wanted.get(name))
    ]
    return "; ".join(filter(None, differences)) or None


def column_difference(found: list[Mapping[str, Any]], wanted: list[Mapping[str, Any]]) -> str | None:
    """Return the differences of columns from the expected ones, including comments; each differing column is named."""
    there = {column["Name"]: without_defaults(dict(column)) for column in found}
    to_be = {column["Name"]: without_defaults(dict(column)) for column in wanted}
    renamed = dict(renamed_columns(found, wanted))
    differences = [f"{before!r} is now {after!r}, if it was renamed" for before, after in renamed.items()]
    if missing := [name for name in to_be if name not in there and name not in renamed.values()]:
        differences.append(f"it lacks {_listed(missing)}")
    if extra := [name for name in there if name not in to_be and name not in renamed]:
        differences.append(f"it has {_listed(extra)}, which should not be there")
    differences += [
        f"{name!r} is {_described(there[name])}, and should be {_described(column)}"
        for name, column in to_be.items()
        if name in there and there[name] != column
    ]
    if not differences and list(there) != list(to_be):
        differences.append(
            f"its columns come in the order {_listed(list(there))}, and should in {_listed(list(to_be))}"
        )
    return "; ".join(differences) or None


def renamed_columns(found: list[Mapping[str, Any]], wanted: list[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return the old and the new name of each apparently renamed column: same position and type, and neither name used elsewhere."""
    there, to_be = {column["Name"] for column in found}, {column["Name"] for column in wanted}
    return [
        (before["Name"], after["Name"])
        for before, after in zip(found, wanted, strict=False)
        if before["Name"] not in to_be and after["Name"] not in there and before.get("Type") == after.get("Type")
    ]


def _described(column: Mapping[str, Any]) -> str:
    comment = column.get("Comment")
    return f"{column.get('Type', 'of no type')}{f' ({comment})' if comment else ''}"


def _listed(names: list[str]) -> str:
    return ", ".join(repr(name) for name in names)
