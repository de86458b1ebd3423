"""The dependencies between steps: by the outputs that they read, and by ``needs``."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from partitioned_pipelines.spec.model.pipeline import StepEntry, StepInput

if TYPE_CHECKING:
    from collections.abc import Sequence

_Step = TypeVar("_Step", bound=StepEntry)


def dependencies(step: StepEntry) -> list[str]:
    """Return the names of the steps that must succeed before a step begins, in the order of the file."""
    read = [source.step for source in step.inputs.values() if isinstance(source, StepInput)]
    return list(dict.fromkeys([*read, *step.needs]))


def find_circle(steps: Sequence[StepEntry]) -> list[str]:
    """Return a dependency cycle between steps, with the same step first and last; empty if there is no cycle.

    Unknown step names and a step that needs itself are reported by other checks.
    """
    waits = {step.name: dependencies(step) for step in steps}
    done: set[str] = set()
    for start in waits:
        path: list[str] = []
        branches = [iter([start])]
        while branches:
            name = next(branches[-1], None)
            if name is None:
                branches.pop()
                if path:
                    done.add(path.pop())
            elif name in path:
                if name != path[-1]:
                    return [*path[path.index(name) :], name]
            elif name in waits and name not in done:
                path.append(name)
                branches.append(iter(waits[name]))
    return []


def layers(steps: Sequence[_Step]) -> list[list[_Step]]:
    """Group the steps that may run in parallel: each is in the first group after all of its dependencies."""
    depth: dict[str, int] = {}
    waiting = list(steps)
    while waiting:
        ready = [step for step in waiting if all(name in depth for name in dependencies(step))]
        if not ready:
            raise ValueError(f"steps wait for each other: {', '.join(step.name for step in waiting)}")
        for step in ready:
            depth[step.name] = max((depth[name] + 1 for name in dependencies(step)), default=0)
        waiting = [step for step in waiting if step.name not in depth]
    return [[step for step in steps if depth[step.name] == level] for level in sorted(set(depth.values()))]
