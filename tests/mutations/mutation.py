"""A breakage of one property: what a careless edit of the stacks would do, and which named check must see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.checks import linters
from tests.checks.catalog import CATALOG_CHECKS
from tests.checks.encryption import ENCRYPTION_CHECKS
from tests.checks.lake import LAKE_CHECKS
from tests.checks.machine import MACHINE_CHECKS
from tests.checks.machine_states import all_states
from tests.checks.network import NETWORK_CHECKS
from tests.checks.pipeline import PIPELINE_CHECKS
from tests.checks.roles import ROLE_CHECKS
from tests.checks.step_kinds import STEP_KIND_CHECKS
from tests.synthesized.resolved_stack import as_list

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.synthesized.resolved_stack import ResolvedStack
    from tests.synthesized.subject import Subject

LINTERS: dict[str, Callable[[ResolvedStack], list[str]]] = {
    linter.__name__: linter for linter in (linters.cfn_lint, linters.parliament, linters.asl_validator)
}
SUBJECT_CHECKS: dict[str, Callable[[Subject], list[str]]] = {
    **MACHINE_CHECKS,
    **STEP_KIND_CHECKS,
    **PIPELINE_CHECKS,
    **ROLE_CHECKS,
    **ENCRYPTION_CHECKS,
    **CATALOG_CHECKS,
    **NETWORK_CHECKS,
}
ALL_CHECKS = {*LAKE_CHECKS, *SUBJECT_CHECKS, *LINTERS}


@dataclass(frozen=True)
class Mutation:
    """One breakage.

    Attributes
    ----------
    name
        What was done.
    check
        Name of the check that must find it.
    finding
        Part of what the check must say: a red for another reason is none.
    apply
        Breaks a resolved stack in place.
    pipeline
        Whose stack is broken: flights has three steps in a row, a versioned table, a schedule; kinds has every kind of step.
    project
        Of which deployment; empty for the repository's own, or for every_option where it alone has the pipeline.
    """

    name: str
    check: str
    finding: str
    apply: Callable[[ResolvedStack], object]
    pipeline: str = "flights"
    project: str = ""


def assert_found(mutation: Mutation, findings: list[str]) -> None:
    """Assert that the check says what it must: a red for another reason is none."""
    assert any(mutation.finding in finding for finding in findings), (
        f"{mutation.check} does not see: {mutation.name}; it says {findings}"
    )


def statement(stack: ResolvedStack, action: str, role: str = "") -> dict[str, Any]:
    """Find the one statement that allows an action, of the role whose name holds a text."""
    (found,) = statements(stack, action, role)
    return found


def statements(stack: ResolvedStack, action: str, role: str = "") -> list[dict[str, Any]]:
    """Find the statements that allow an action, of the role whose name holds a text."""
    return [
        entry
        for policy in stack.role_policies()
        if role in policy["Properties"]["Roles"][0]
        for entry in policy["Properties"]["PolicyDocument"]["Statement"]
        if action in as_list(entry["Action"])
    ]


def widen(stack: ResolvedStack, action: str, role: str = "") -> None:
    """Let the statement that allows an action allow it on anything."""
    statement(stack, action, role)["Resource"] = "*"


def drop_action(stack: ResolvedStack, action: str, role: str = "") -> None:
    """Take an action out of the statement that allows it."""
    entry = statement(stack, action, role)
    entry["Action"] = [other for other in as_list(entry["Action"]) if other != action]


def parameters(stack: ResolvedStack, state: str) -> dict[str, Any]:
    """Return the Parameters of a Task."""
    made: dict[str, Any] = all_states(stack.definition)[state]["Parameters"]
    return made


def policy_statements(stack: ResolvedStack, kind: str) -> list[dict[str, Any]]:
    """Return the statements of the only resource policy of a type."""
    made: list[dict[str, Any]] = stack.only(kind)["PolicyDocument"]["Statement"]
    return made


def trust(stack: ResolvedStack, service: str) -> dict[str, Any]:
    """Return the statement by which a service may assume its role."""
    made: dict[str, Any] = stack.role_of(service)["AssumeRolePolicyDocument"]["Statement"][0]
    return made
