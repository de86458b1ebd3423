"""Commands that hints name: with what this command was given, so that they can be pasted."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from cli.settings import project_above

if TYPE_CHECKING:
    from cli.settings import Settings


def paste(settings: Settings, *words: str) -> str:
    """Return a ``pipelines`` command on the same project, target and prefix."""
    shared = []
    if not settings.local:
        shared += ["--target", settings.target.value]
    if settings.given_prefix is not None:
        shared += ["--prefix", settings.given_prefix]
    if settings.project != project_above():
        shared += ["--project", str(settings.project)]
    return shlex.join(["pipelines", *words, *shared])
