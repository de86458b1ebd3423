"""The state of an alarm by its data points, of which some may be missing.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

OK, ALARM, NO_DATA = "OK", "ALARM", "INSUFFICIENT_DATA"
EXTRA_PERIODS = 2
"""The periods before the evaluated ones whose data points replace missing ones. AWS does not document the number; its examples have two."""
_COMPARISONS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
    "LessThanThreshold": (operator.lt, "less than"),
}
COMPARISONS = frozenset(_COMPARISONS)


@dataclass(frozen=True, slots=True)
class Point:
    """A data point: the start of its period, and its value, which is None if it is missing."""

    start: dt.datetime
    value: float | None


@dataclass(frozen=True, slots=True)
class AlarmRule:
    """When an alarm is in which state.

    Attributes
    ----------
    periods, datapoints
        N and M: how many of the last periods must breach the threshold.
    missing
        TreatMissingData: ``breaching``, ``notBreaching``, ``ignore`` or ``missing``.
    """

    comparison: str
    threshold: float
    periods: int
    datapoints: int
    missing: str

    def evaluate(self, points: Sequence[Point], state: str) -> tuple[str, str]:
        """Return the new state and its reason.

        Parameters
        ----------
        points
            The data points of the evaluated periods and EXTRA_PERIODS more, the oldest first.
        state
            The current state.
        """
        existing = [point for point in points if point.value is not None][-self.periods :]
        breaching = sum(self._breaches(point) for point in existing)
        filled = self.periods - len(existing)
        if filled and self.missing == "breaching":
            is_alarm = breaching + filled >= self.datapoints
        elif not existing and self.missing in {"ignore", "missing"}:
            new = state if self.missing == "ignore" else NO_DATA
            return new, f"Insufficient Data: {_count(self.periods)} {_was(self.periods)} unknown."
        else:
            is_alarm = breaching >= self.datapoints
            if filled and not is_alarm and existing and breaching == len(existing) and self.missing != "notBreaching":
                # Only breaching data points, too few of them. They are no reason for OK, and one for ALARM if the next ones cannot change it.
                if self.missing == "ignore" or not self._is_settled(points):
                    return state, self._reason(existing, filled, breaches=True)
                is_alarm = True
        return (ALARM if is_alarm else OK), self._reason(existing, filled, breaches=is_alarm)

    def _breaches(self, point: Point) -> bool:
        return point.value is not None and _COMPARISONS[self.comparison][0](point.value, self.threshold)

    def _is_settled(self, points: Sequence[Point]) -> bool:
        """Return whether the oldest data point of the evaluated periods is at least as old as M."""
        evaluated = points[-self.periods :]
        return any(point.value is not None for point in evaluated[: self.periods - self.datapoints + 1])

    def _reason(self, existing: Sequence[Point], filled: int, *, breaches: bool) -> str:
        shown = [point for point in existing if self._breaches(point) == breaches] or list(existing)
        treated = {"breaching": "Breaching", "notBreaching": "NonBreaching"}.get(self.missing)
        parts = []
        if shown:
            values = ", ".join(f"{point.value} ({point.start:%d/%m/%y %H:%M:%S})" for point in reversed(shown))
            words = f"{'' if breaches else 'not '}{_COMPARISONS[self.comparison][1]} the threshold ({self.threshold})"
            fewest, change = (
                (self.datapoints, "OK -> ALARM") if breaches else (self.periods - self.datapoints + 1, "ALARM -> OK")
            )
            parts.append(
                f"{len(shown)} out of the last {self.periods} datapoints [{values}] {_was(len(shown))} {words} (minimum {_count(fewest)} for "
                f"{change} transition)"
            )
        if filled and treated:
            before = (
                "" if shown else f"no datapoints were received for {self.periods} period{'s' * (self.periods > 1)} and "
            )
            parts.append(
                f"{before}{filled} missing datapoint{'s' * (filled > 1)} {_was(filled)} treated as [{treated}]"
            )
        return f"Threshold Crossed: {' and '.join(parts)}."


def _count(number: int) -> str:
    return f"{number} datapoint{'s' * (number > 1)}"


def _was(number: int) -> str:
    return "was" if number == 1 else "were"
