"""The conditions of a Condition step.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps.html
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}


class InvalidConditionError(ValueError):
    """A condition that can't be decided."""


def holds(condition: dict[str, Any]) -> bool:
    """Decide a condition whose references have their values.

    Raises
    ------
    InvalidConditionError
        If its type is unknown, or its values can't be compared.
    """
    kind = condition["Type"]
    if kind == "Not":
        # Version 3 of the SageMaker SDK writes the one, version 2 the other.
        return not holds(condition["Condition"] if "Condition" in condition else condition["Expression"])
    if kind == "Or":
        return any(holds(inner) for inner in condition["Conditions"])
    if kind == "In":
        return condition["QueryValue"] in condition["Values"]
    if kind not in _COMPARISONS:
        raise InvalidConditionError(f"the local cloud does not know the condition {kind!r}")
    left, right = condition["LeftValue"], condition["RightValue"]
    try:
        return _COMPARISONS[kind](left, right)
    except TypeError as error:
        raise InvalidConditionError(f"{left!r} and {right!r} can't be compared: {error}") from error
