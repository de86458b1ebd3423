"""A breakage of one property, as by a careless edit of the stacks, and the check that must find it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.checks.data_lake.catalog import CATALOG_CHECKS
from tests.checks.data_lake.encryption import ENCRYPTION_CHECKS
from tests.checks.data_lake.lake import LAKE_CHECKS
from tests.checks.data_lake.tags import TAG_CHECKS
from tests.checks.external_tools import linters
from tests.checks.pipeline.network import NETWORK_CHECKS
from tests.checks.pipeline.pipeline import PIPELINE_CHECKS
from tests.checks.pipeline.roles import ROLE_CHECKS
from tests.checks.pipeline.run_notices import RUN_NOTICE_CHECKS
from tests.checks.pipeline.starter import STARTER_CHECKS
from tests.checks.pipeline.step_kinds import STEP_KIND_CHECKS
from tests.checks.pipeline.usage import USAGE_CHECKS
from tests.checks.state_machine.backfill import BACKFILL_CHECKS
from tests.checks.state_machine.machine import MACHINE_CHECKS
from tests.checks.state_machine.machine_states import all_states
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
    **BACKFILL_CHECKS,
    **STARTER_CHECKS,
    **RUN_NOTICE_CHECKS,
    **TAG_CHECKS,
    **USAGE_CHECKS,
}
ALL_CHECKS = {*LAKE_CHECKS, *SUBJECT_CHECKS, *LINTERS}


@dataclass(frozen=True)
class Mutation:
    """A breakage of one property.

    Attributes
    ----------
    name
        A description of the change.
    check
        Name of the check that must find it.
    finding
        Part of the check's finding: a failure for another reason does not count.
    apply
        A function that breaks a resolved stack in place.
    pipeline
        The pipeline whose stack is broken: flights has three sequential steps, a versioned table, a schedule; kinds has every kind of step.
    project
        The deployment; empty for the repository's own, or for every_option if only that has the pipeline.
    """

    name: str
    check: str
    finding: str
    apply: Callable[[ResolvedStack], object]
    pipeline: str = "flights"
    project: str = ""


def assert_found(mutation: Mutation, findings: list[str]) -> None:
    """Assert that the check reports the expected finding: a failure for another reason does not count."""
    assert any(mutation.finding in finding for finding in findings), (
        f"{mutation.check} does not see: {mutation.name}; it says {findings}"
    )


def statement(stack: ResolvedStack, action: str, role: str = "") -> dict[str, Any]:
    """Return the only statement that allows an action, for the role whose name contains a string."""
    (found,) = statements(stack, action, role)
    return found


def statements(stack: ResolvedStack, action: str, role: str = "") -> list[dict[str, Any]]:
    """Return the statements that allow an action, for the role whose name contains a string."""
    return [
        entry
        for policy in stack.role_policies()
        if role in policy["Properties"]["Roles"][0]
        for entry in policy["Properties"]["PolicyDocument"]["Statement"]
        if action in as_list(entry["Action"])
    ]


def widen(stack: ResolvedStack, action: str, role: str = "") -> None:
    """Change the statement that allows an action to allow it on every resource."""
    statement(stack, action, role)["Resource"] = "*"


def drop_action(stack: ResolvedStack, action: str, role: str = "") -> None:
    """Remove an action from the statement that allows it."""
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


def trust(stack: ResolvedStack, service: str, within: str = "") -> dict[str, Any]:
    """Return the statement that allows a service to assume its role, in the construct with an id."""
    made: dict[str, Any] = stack.role_of(service, within=within)["AssumeRolePolicyDocument"]["Statement"][0]
    return made
