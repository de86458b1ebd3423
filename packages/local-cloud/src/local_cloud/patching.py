"""Replacements of moto's internals, which fail by name if a new version of moto has changed them.

Each call of :func:`replace` and :func:`add`, or block of such calls, has a comment that says why. ``# moto:`` marks a correction of
moto, to be deleted once moto has it: what moto does, then the link to its issue or ``not reported yet``, with the title and the text of
an issue to open. ``# extension:`` marks what goes beyond moto's purpose. ``MOTO_FIXES.md`` lists the corrections.
"""

from __future__ import annotations

import inspect
from typing import Any

import moto

_replaced: dict[tuple[Any, str], Any] = {}
_added: set[tuple[Any, str]] = set()


class MotoHasMovedError(RuntimeError):
    """An internal of moto that does not exist any more, or has changed."""


def replace(owner: Any, name: str, replacement: Any) -> None:
    """Replace an attribute of a module or class of moto.

    A function must have the same parameters as the one that it replaces. A second call for the same attribute replaces the replacement.

    Parameters
    ----------
    owner
        The module or class.
    name
        The name of the attribute, which must exist.
    replacement
        The new value.

    Raises
    ------
    MotoHasMovedError
        If the attribute does not exist, or has other parameters.
    """
    original = original_of(owner, name)
    if inspect.isfunction(replacement) and callable(original):
        theirs, ours = _parameters(original), _parameters(replacement)
        if theirs[1:] != ours[1:] or len(theirs) != len(ours):
            raise MotoHasMovedError(
                f"moto {moto.__version__}: {_label(owner)}.{name} takes ({', '.join(theirs)}), and this package replaces "
                f"one that takes ({', '.join(ours)})"
            )
    setattr(owner, name, replacement)


def add(owner: Any, name: str, addition: Any) -> None:
    """Add an attribute to a class of moto.

    Raises
    ------
    MotoHasMovedError
        If moto has the attribute itself: decide which one to keep.
    """
    if (owner, name) not in _added and hasattr(owner, name):
        raise MotoHasMovedError(f"moto {moto.__version__} has a {_label(owner)}.{name} of its own now")
    _added.add((owner, name))
    setattr(owner, name, addition)


def original_of(owner: Any, name: str) -> Any:
    """Return moto's original attribute."""
    if (owner, name) not in _replaced:
        if not hasattr(owner, name):
            raise MotoHasMovedError(f"moto {moto.__version__} has no {_label(owner)}.{name} any more")
        _replaced[owner, name] = getattr(owner, name)
    return _replaced[owner, name]


def replaced_names() -> list[str]:
    """Return the full names of all replaced attributes, sorted."""
    return sorted(f"{_label(owner)}.{name}" for owner, name in _replaced)


def _parameters(function: Any) -> list[str]:
    return list(inspect.signature(getattr(function, "__wrapped__", function)).parameters)


def _label(owner: Any) -> str:
    return owner.__name__ if inspect.ismodule(owner) else f"{owner.__module__}.{owner.__qualname__}"
