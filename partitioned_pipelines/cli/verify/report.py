"""A verification's result as tables or as a JSON document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from partitioned_pipelines.cli.errors import ExitCode
from partitioned_pipelines.cli.terminal.output import note, print_json, print_table, say

if TYPE_CHECKING:
    from partitioned_pipelines.cli.verify.verification import Verification


def document(verification: Verification, facts: dict[str, Any]) -> dict[str, Any]:
    """Return the document of ``verify --json``."""
    return {
        **facts,
        "held": verification.held,
        "interrupted": verification.interrupted,
        "steps": [
            {
                "name": step.name,
                "title": step.title,
                "status": step.status,
                "seconds": round(step.seconds, 1),
                "reason": step.reason or None,
            }
            for step in verification.steps
        ],
        "assumptions": [
            {"id": assumption, "says": says, "outcome": outcome.value, "seen": what or None}
            for assumption, says, outcome, what in verification.rows()
        ],
        "left": verification.left,
    }


def report(verification: Verification, facts: dict[str, Any], *, json: bool) -> None:
    """Print the steps and the outcomes of the assumptions."""
    if json:
        print_json(document(verification, facts))
    else:
        print_table(
            ["step", "status", "seconds", "what"],
            [
                [
                    step.name,
                    step.status,
                    f"{step.seconds:.1f}",
                    step.title + (f": {step.reason}" if step.reason else ""),
                ]
                for step in verification.steps
            ],
            numeric=[False, False, True, False],
        )
        say("")
        print_table(
            ["id", "outcome", "assumption", "seen"],
            [[one, outcome.value, says, what] for one, says, outcome, what in verification.rows()],
        )
    for thing in verification.left:
        note(f"left: {thing}", style="bold red")
    if verification.left and not verification.local:
        note(f"remove it: pipelines verify --target aws --remove {facts['prefix']}", style="bold red")
    for thing in facts.get("stays", ()):
        note(f"kept: {thing}", style="dim")
    well = "all that could be seen held" if verification.held else "not all held"
    note(well, style="green" if verification.held else "bold red")


def exit_code(verification: Verification) -> ExitCode:
    """Return the exit code of the command."""
    if verification.held:
        return ExitCode.OK
    deployment = next((step for step in verification.steps if step.name == "deploy"), None)
    return ExitCode.NO_CLOUD if deployment and deployment.status == "failed" else ExitCode.FAILED
