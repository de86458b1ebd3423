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
    """A condition that cannot be evaluated."""


def holds(condition: dict[str, Any]) -> bool:
    """Return whether a condition holds; its references must be resolved.

    Raises
    ------
    InvalidConditionError
        If its type is unknown, or its values cannot be compared.
    """
    kind = condition["Type"]
    if kind == "Not":
        # Version 3 of the SageMaker SDK writes "Condition", version 2 "Expression".
        return not holds(condition["Condition"] if "Condition" in condition else condition["Expression"])
    if kind == "Or":
        return any(holds(inner) for inner in condition["Conditions"])
    if kind == "In":
        return condition["QueryValue"] in condition["Values"]
    if kind not in _COMPARISONS:
        raise InvalidConditionError(f"the local cloud does not support the condition {kind!r}")
    left, right = condition["LeftValue"], condition["RightValue"]
    try:
        return _COMPARISONS[kind](left, right)
    except TypeError as error:
        raise InvalidConditionError(f"{left!r} and {right!r} cannot be compared: {error}") from error
