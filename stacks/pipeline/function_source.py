"""The source of a function's archive, gathered below the cloud assembly: the handler, what it shares with the app, what else it needs."""

from __future__ import annotations

import functools
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
_SHARED = ("lake", "runtime")
# By handler, installed packages that its archive brings along. PlanRun reads calendars, and Lambda does not say that its Python has time zones:
# zoneinfo takes them from this package if the system has none. https://docs.python.org/3/library/zoneinfo.html#data-sources
_BROUGHT_ALONG = {"plan_run": ("tzdata",)}


@functools.cache
def function_source(assembly: str, handler: str) -> Path:
    """Gather the source of a function, once for all stacks of an assembly, and return its folder.

    Parameters
    ----------
    assembly
        The folder that the app is synthesized into.
    handler
        Name of the folder below ``lambdas/``.
    """
    source = Path(assembly, f"function.{handler}")
    shutil.rmtree(source, ignore_errors=True)  # of an earlier synthesis
    for name, path in _files(handler):
        target = source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    return source


def _files(handler: str) -> Iterator[tuple[str, Path]]:
    package = ROOT / "partitioned_pipelines"
    shared = [path for folder in _SHARED for path in _below(package / folder)]
    own = [ROOT / "lambdas" / "__init__.py", *_below(ROOT / "lambdas" / handler), package / "__init__.py", *shared]
    yield from ((path.relative_to(ROOT).as_posix(), path) for path in own)
    for name in _BROUGHT_ALONG.get(handler, ()):
        folder = _installed(name)
        yield from ((path.relative_to(folder.parent).as_posix(), path) for path in _below(folder))


def _below(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts)


def _installed(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"{package} is not installed: pip install {package}", name=package)
    return Path(spec.submodule_search_locations[0])
