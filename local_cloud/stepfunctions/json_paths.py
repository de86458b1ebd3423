"""A path that names one value gives that value: ``$[0].name`` too, for which moto gives a list.

https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html
"""

from __future__ import annotations

import re
from typing import Any

import moto.stepfunctions.parser.asl.component.common.string.string_expression as string_expression
import moto.stepfunctions.parser.asl.component.intrinsic.argument.argument as argument

from local_cloud.patching import original_of, replace

# What a path may name several values by; within quotes, these are part of a name.
_SEVERAL = re.compile(r"\.\.|[*?:,]")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")


def give_single_values() -> None:
    """Hook into how states and intrinsic functions read paths."""
    replace(string_expression, "extract_json", _extract_json)
    replace(argument, "extract_json", _extract_json)


def _extract_json(path: str, data: Any) -> Any:
    found = original_of(string_expression, "extract_json")(path, data)
    if _SEVERAL.search(_QUOTED.sub("", path)):
        return found
    # Only a value that follows an index is given as a list of one; read on from what the index gives.
    before, _, name = path.rpartition(".")
    if before.endswith("]") and name and isinstance(found, list):
        return _extract_json(f"$.{name}", _extract_json(before, data))
    return found
