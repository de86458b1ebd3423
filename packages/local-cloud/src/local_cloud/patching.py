"""Putting our own in the place of moto's internals, which may move with any version: what does not fit is refused at once, by name."""

from __future__ import annotations

import inspect
from typing import Any

import moto

_replaced: dict[tuple[Any, str], Any] = {}
_added: set[tuple[Any, str]] = set()


class MotoHasMovedError(RuntimeError):
    """Something inside moto is not where, or what, this package was written for."""


def replace(owner: Any, name: str, replacement: Any) -> None:
    """Replace an attribute of a module or class of moto's.

    A function has to take the parameters of the one that it replaces, by the same names. A second call for the same attribute replaces the
    replacement.

    Parameters
    ----------
    owner
        The module or class.
    name
        Of the attribute, which must be there.
    replacement
        What is put in its place.

    Raises
    ------
    MotoHasMovedError
        If the attribute is not there, or takes other parameters.
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
    """Add an attribute to a class of moto; if moto has it itself, the addition is refused, so that somebody decides which to keep.

    Raises
    ------
    MotoHasMovedError
        If moto has the attribute.
    """
    if (owner, name) not in _added and hasattr(owner, name):
        raise MotoHasMovedError(f"moto {moto.__version__} has a {_label(owner)}.{name} of its own now")
    _added.add((owner, name))
    setattr(owner, name, addition)


def original_of(owner: Any, name: str) -> Any:
    """Give moto's own attribute, whatever stands in its place now."""
    if (owner, name) not in _replaced:
        if not hasattr(owner, name):
            raise MotoHasMovedError(f"moto {moto.__version__} has no {_label(owner)}.{name} any more")
        _replaced[owner, name] = getattr(owner, name)
    return _replaced[owner, name]


def replaced_names() -> list[str]:
    """Return the full names of all that was replaced, in order."""
    return sorted(f"{_label(owner)}.{name}" for owner, name in _replaced)


def _parameters(function: Any) -> list[str]:
    return list(inspect.signature(getattr(function, "__wrapped__", function)).parameters)


def _label(owner: Any) -> str:
    return owner.__name__ if inspect.ismodule(owner) else f"{owner.__module__}.{owner.__qualname__}"
