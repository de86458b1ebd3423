"""The checks, run one after the other, with the result of each check and of each assumption."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.cli.terminal.output import note
from partitioned_pipelines.cli.verify.assumptions import ASSUMPTIONS, BY_HAND
from partitioned_pipelines.cli.verify.ownership import ForeignResourceError
from partitioned_pipelines.cli.verify.scene import CheckFailedError
from partitioned_pipelines.operations.operation import OperationRefusedError
from partitioned_pipelines.runtime.catalog import RegistrationError
from partitioned_pipelines.runtime.conditional_object import ConditionalWriteError
from partitioned_pipelines.runtime.lease import LeaseError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from partitioned_pipelines.cli.verify.scene import Scene

# Failures of a check, reported in the table; any other exception is a bug in this program, and ends it.
_EXPECTED = (
    CheckFailedError,
    CommandError,
    ClientError,
    BotoCoreError,
    ForeignResourceError,
    OperationRefusedError,
    RegistrationError,
    ConditionalWriteError,
    LeaseError,
)


class Outcome(StrEnum):
    """The outcome of an assumption."""

    HELD = "held"
    NOT_HELD = "did not hold"
    NOT_SEEN = "not seen"
    NOT_ON_LOCAL = "not on local"
    BY_HAND = "by hand"


@dataclass(frozen=True)
class Seen:
    """A check's observation of an assumption."""

    assumption: str
    held: bool
    what: str


@dataclass(frozen=True)
class Check:
    """A check of the copy.

    Attributes
    ----------
    name
        A short name, which the documentation uses, too.
    title
        A description of the check.
    assumptions
        The assumptions that it observes.
    aws_only
        Those of the assumptions that a local cloud cannot confirm; a check with no others is skipped there.
    needs
        The checks that must succeed before.
    """

    name: str
    title: str
    perform: Callable[[Scene], Iterable[Seen]]
    assumptions: tuple[str, ...] = ()
    aws_only: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    @property
    def is_aws_only(self) -> bool:
        """Whether the check is skipped on a local cloud."""
        return bool(self.assumptions) and set(self.assumptions) == set(self.aws_only)


@dataclass(frozen=True)
class Step:
    """The result of a check: ``ok``, ``failed``, ``not made`` or ``not on local``, and the reason unless it is ``ok``."""

    name: str
    title: str
    status: str
    seconds: float
    reason: str = ""


@dataclass
class Verification:
    """The state of a verification.

    Attributes
    ----------
    local
        Whether it runs on the local cloud.
    interrupted
        Whether it was interrupted.
    left
        The copy's resources that still exist after the removal.
    """

    local: bool
    steps: list[Step] = field(default_factory=list)
    seen: dict[str, Seen] = field(default_factory=dict)
    not_on_local: set[str] = field(default_factory=set)
    interrupted: bool = False
    left: list[str] = field(default_factory=list)

    def make(self, checks: Iterable[Check], scene: Scene) -> None:
        """Run the checks in order; a check is skipped if one that it depends on has not succeeded."""
        for check in checks:
            if self.local:
                self.not_on_local.update(check.aws_only)
            went_well = {step.name for step in self.steps if step.status == "ok"}
            missing = [name for name in ("deploy", *check.needs) if name not in went_well]
            if self.local and check.is_aws_only:
                self.steps.append(Step(check.name, check.title, "not on local", 0.0))
            elif missing:
                reason = f"{', '.join(missing)} did not go well"
                self.steps.append(Step(check.name, check.title, "not made", 0.0, reason))
            else:
                with self.step(check.name, check.title):
                    for seen in check.perform(scene):
                        self.observe(seen)

    def step(self, name: str, title: str) -> _TimedStep:
        """Return a context manager that runs its block as a step; the step fails if the block raises an expected exception."""
        return _TimedStep(self, name, title)

    def observe(self, seen: Seen) -> None:
        """Record an observation; once an assumption did not hold, that remains."""
        before = self.seen.get(seen.assumption)
        if before is None or before.held:
            self.seen[seen.assumption] = seen
        if not seen.held:
            note(f"  {seen.assumption} did not hold: {seen.what}", style="red")

    def outcome(self, assumption: str) -> Outcome:
        """Return the outcome of an assumption."""
        if assumption in self.seen:
            return Outcome.HELD if self.seen[assumption].held else Outcome.NOT_HELD
        if assumption in BY_HAND:
            return Outcome.BY_HAND
        return Outcome.NOT_ON_LOCAL if assumption in self.not_on_local else Outcome.NOT_SEEN

    @property
    def held(self) -> bool:
        """Whether all steps succeeded, all observable assumptions were observed and held, and nothing is left."""
        bad = {Outcome.NOT_HELD, Outcome.NOT_SEEN}
        return (
            not self.left
            and not self.interrupted
            and all(step.status in {"ok", "not on local"} for step in self.steps)
            and not any(self.outcome(assumption) in bad for assumption in ASSUMPTIONS)
        )

    def rows(self) -> Iterator[tuple[str, str, Outcome, str]]:
        """Yield each assumption: its id, its text, its outcome, and the observation."""
        for assumption, says in ASSUMPTIONS.items():
            seen = self.seen.get(assumption)
            yield assumption, says, self.outcome(assumption), seen.what if seen else ""


class _TimedStep:
    """A context manager that adds a step to a verification when its block ends."""

    def __init__(self, verification: Verification, name: str, title: str) -> None:
        self._verification, self._name, self._title = verification, name, title
        self._started = time.monotonic()

    def __enter__(self) -> None:
        note(f"{self._name}: {self._title} …")

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> bool:
        seconds = time.monotonic() - self._started
        expected = isinstance(error, _EXPECTED)
        reason = "" if error is None else str(error) if expected else f"{type(error).__name__}: {error}".rstrip(": ")
        status = "ok" if error is None else "failed"
        self._verification.steps.append(Step(self._name, self._title, status, seconds, reason))
        note(f"  {status}, {seconds:.1f} s{f': {reason}' if reason else ''}", style="" if error is None else "red")
        return expected
