"""The states of a machine, those of the branches of its Parallel states among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def all_states(definition: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return each state by its name, which is unique in the whole machine."""
    found: dict[str, dict[str, Any]] = {}
    for name, state in definition["States"].items():
        found[name] = state
        for branch in state.get("Branches", []):
            found |= all_states(branch)
    return found
