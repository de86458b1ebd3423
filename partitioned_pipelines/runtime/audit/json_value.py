"""The check of JSON values against Hive types, including nested types.

The SerDe reads some values differently from JSON's own types: https://github.com/trinodb/trino/blob/master/lib/trino-hive-formats/src/main/java/io/trino/hive/formats/line/openxjson/README.md.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.tables.hive_type import INTEGER_BITS
from partitioned_pipelines.runtime.audit.column_value import rounded, value_problem
from partitioned_pipelines.runtime.audit.finding import cut, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from partitioned_pipelines.lake.tables.hive_type import HiveType

    # The path of a value, the value as shown in a finding, and its problem.
    Problem = tuple[str, str, str]

_TEXTS = ("string", "varchar", "char")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_OCTAL = re.compile(r"[+-]?0[0-9]+")
_INTEGER = re.compile(r"0|-?[1-9][0-9]*")
_MOST_REPEATED = 5
_DEEPEST_SHOWN = 5


class Number(str):
    """A number as written: engines read its digits, not Python's float."""

    __slots__ = ()


class JsonObject:
    """An object with all of its pairs, because keys may be repeated."""

    __slots__ = ("pairs",)

    def __init__(self, pairs: Sequence[tuple[str, Any]]) -> None:
        self.pairs = pairs

    def folded(self) -> dict[str, Any]:
        """Return the values by their lower-case keys."""
        return {name.lower(): value for name, value in self.pairs}


def describe(value: Any) -> str:
    """Return the JSON type of a value."""
    if isinstance(value, JsonObject):
        return "an object"
    return "an array" if isinstance(value, list) else "a single value"


def repeated_keys(row: JsonObject) -> list[str]:
    """Return the problems of a row's objects, at any depth, with repeated keys or keys that differ only in case."""
    problems: list[str] = []
    waiting: list[tuple[str, Any]] = [("", row)]
    while waiting and len(problems) < _MOST_REPEATED:
        path, value = waiting.pop()
        if isinstance(value, list):
            waiting += [(f"{path}[]", item) for item in value if isinstance(item, JsonObject | list)]
            continue
        names = [name for name, _ in value.pairs]
        if len({name.lower() for name in names}) < len(names):
            problems.append(_repeated(path, names))
        for name, item in value.pairs:
            if isinstance(item, JsonObject | list):
                waiting.append((f"{path}.{name}" if path else name, item))
    return problems


def check_value(path: str, wanted: HiveType, value: Any) -> Iterator[Problem]:
    """Yield the problems of a value and of the values inside it; a null is always valid."""
    if value is None:
        return
    if wanted.kind == "array":
        if not isinstance(value, list):
            yield path, _shown(value), f"it is not {_an(wanted)}: write an array"
            return
        for item in value:
            yield from check_value(f"{path}[]", wanted.parts[0], item)
    elif wanted.kind in ("struct", "map"):
        if not isinstance(value, JsonObject):
            yield path, _shown(value), f"it is not {_an(wanted)}: write an object"
        elif wanted.kind == "struct":
            yield from _check_struct(path, wanted, value)
        else:
            yield from _check_map(path, wanted, value)
    elif problem := _plain_problem(wanted, value):
        yield path, _shown(value), problem


def _check_struct(path: str, wanted: HiveType, value: JsonObject) -> Iterator[Problem]:
    fields = value.folded()
    if fields and not any(name in fields for name in wanted.names):
        names = sorted(name for name, _ in value.pairs)[:10]
        yield path, _shown(value), f"none of its keys is a field of {wanted}, {names!r}: all of it would be null"
    for name, part in zip(wanted.names, wanted.parts, strict=True):
        yield from check_value(f"{path}.{name}", part, fields.get(name))


def _check_map(path: str, wanted: HiveType, value: JsonObject) -> Iterator[Problem]:
    key_type, item_type = wanted.parts
    seen: set[object] = set()
    for key, item in value.pairs:
        if problem := _key_problem(key_type, key):
            yield path, f"an object with the key {quoted(key)}", problem
        elif (same := _identity(key_type, key)) in seen:
            yield path, f"an object with the key {quoted(key)} in two spellings", "one of the values would be lost"
        else:
            seen.add(same)
        yield from check_value(f"{path}[{quoted(key)}]", item_type, item)


def _key_problem(wanted: HiveType, key: str) -> str | None:
    if not key and wanted.kind not in _TEXTS:
        return f"it is not {_an(wanted)}, and the pair would be lost: remove it"
    return _plain_problem(wanted, key)


def _identity(wanted: HiveType, key: str) -> object:
    """Return a key's normal form, which is equal for all spellings of one key."""
    if wanted.kind in INTEGER_BITS:
        return int(key)
    if wanted.kind == "decimal":
        return rounded(wanted, Decimal(key))
    if wanted.kind in ("float", "double"):
        return float(key.rstrip("fFdD"))
    if wanted.kind in ("date", "timestamp"):
        whole, _, fraction = key.partition(".")
        return *map(int, re.findall(r"[0-9]+", whole)), fraction.rstrip("0")
    return key.lower() if wanted.kind == "boolean" else key


def _plain_problem(wanted: HiveType, value: Any) -> str | None:
    kind = wanted.kind
    if kind in _TEXTS:
        return _text_problem(wanted, value)
    if isinstance(value, JsonObject | list):
        return f"it is not {_an(wanted)}: write a single value"
    if isinstance(value, bool):
        return None if kind == "boolean" else f"it is not {_an(wanted)}: write a number, or null"
    if value == "":
        # Other types read an empty string as null, except boolean (false) and binary (no bytes).
        return f"it is not {_an(wanted)}: write null, or omit it" if kind == "boolean" else None
    if kind == "binary" and isinstance(value, Number):
        return "it is a number, and binary values are Base64 strings: encode it"
    if kind in INTEGER_BITS and not isinstance(value, Number) and _OCTAL.fullmatch(value):
        return "it begins with 0, and would be read as an octal number: write it without leading zeros"
    return value_problem(wanted, value)


def _text_problem(wanted: HiveType, value: Any) -> str | None:
    """Return the reason why engines read different strings from a value; they write every value that is not a string as JSON."""
    if isinstance(value, JsonObject | list) and wanted.kind != "string":
        return f"it is not {_an(wanted)}: write a string"
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, JsonObject):
            waiting += [text for pair in part.pairs for text in pair]
        elif isinstance(part, list):
            waiting += part
        elif isinstance(part, Number):
            if not _INTEGER.fullmatch(part) and repr(float(part)) != part:
                return f"it contains the number {cut(part)}, which engines format differently: write it as a string"
        elif isinstance(part, str) and _SURROGATE.search(part):
            return "it contains half of a surrogate pair, which is not a character: remove it, or write the other half"
        elif isinstance(part, str) and "\x00" in part:
            return "it contains the control character '\\x00': remove it"
    if isinstance(value, JsonObject | list):
        return None
    return value_problem(wanted, value if isinstance(value, str) else json.dumps(value))


def _repeated(path: str, names: list[str]) -> str:
    folded = [name.lower() for name in names]
    same = sorted({name for name in names if folded.count(name.lower()) > 1})[:10]
    place = f"{path}: " if path else ""
    if len({name.lower() for name in same}) == len(same):
        return f"{place}a key is repeated, {same!r}: engines fail, or read one of the values: write each key once"
    return f"{place}keys differ only in case, {same!r}, which engines ignore: write each key once"


def _an(wanted: HiveType) -> str:
    return f"{'an' if wanted.text[0] in 'aeiou' else 'a'} {wanted}"


def _shown(value: Any) -> str:
    if isinstance(value, str) and not isinstance(value, Number):
        return quoted(value)
    return cut(_written(value))


def _written(value: Any, depth: int = 0) -> str:
    """Write a value as JSON again, shortened for a finding."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, JsonObject | list) and depth > _DEEPEST_SHOWN:
        return "…"
    if isinstance(value, list):
        return f"[{', '.join(_written(item, depth + 1) for item in value[:20])}]"
    if isinstance(value, JsonObject):
        pairs = (f"{json.dumps(name)}: {_written(item, depth + 1)}" for name, item in value.pairs[:20])
        return "{" + ", ".join(pairs) + "}"
    return json.dumps(value, ensure_ascii=False)
