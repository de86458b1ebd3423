"""The implementation of each function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.athena.functions import collections
from local_cloud.athena.functions.implementation import python
from local_cloud.athena.functions.json import json_functions
from local_cloud.athena.functions.numbers import arithmetic
from local_cloud.athena.functions.text import binaries, hashes, regular_expressions, strings, urls
from local_cloud.athena.functions.time import date_arithmetic, date_texts, dates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local_cloud.athena.functions.implementation import Build
    from local_cloud.athena.types.trino_types import Type

_SCALAR: dict[str, Build] = {
    **binaries.FUNCTIONS,
    **collections.FUNCTIONS,
    **date_arithmetic.FUNCTIONS,
    **date_texts.FUNCTIONS,
    **dates.FUNCTIONS,
    **hashes.FUNCTIONS,
    **json_functions.FUNCTIONS,
    **arithmetic.FUNCTIONS,
    **regular_expressions.FUNCTIONS,
    **strings.FUNCTIONS,
    **urls.FUNCTIONS,
    "fail": python(collections.failed),
}


def implementation_of(name: str, types: Sequence[Type]) -> Build | None:
    """Return the implementation of a scalar function for the types of its arguments, or None if there is none."""
    bases = [kind.base for kind in types]
    for key in (
        f"{name}({','.join(bases)})",
        f"{name}({bases[0]},{bases[-1]})" if bases else "",
        f"{name}({bases[0]})" if bases else "",
    ):
        if key in _SCALAR:
            return _SCALAR[key]
    return _SCALAR.get(name)
