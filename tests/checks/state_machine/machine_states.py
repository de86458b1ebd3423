"""The states of a machine, including those in the branches of its Parallel states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def all_states(definition: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return each state by its name, which is unique in the machine."""
    found: dict[str, dict[str, Any]] = {}
    for name, state in definition["States"].items():
        found[name] = state
        for branch in state.get("Branches", []):
            found |= all_states(branch)
    return found
