"""The templates and assets of a project, kept from one local cloud to the next: they are synthesized again only if something has changed."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import sysconfig
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.deployment.project_digest import project_digest
from partitioned_pipelines.cli.target.locations import state_folder
from partitioned_pipelines.cli.target.state_files import open_lock_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from partitioned_pipelines.spec import Project


@contextmanager
def synthesized(project: Project, prefix: str, synthesize: Callable[[Path], None]) -> Iterator[Path]:
    """Yield a folder with what a project's app synthesizes for the local cloud; no other process changes it meanwhile.

    Parameters
    ----------
    synthesize
        Function that writes it to a folder. It is not called if the files, the prefix and the Python packages are those of the last time.
    """
    try:
        folder = state_folder(project.root) / "synthesized"
        folder.mkdir(exist_ok=True)
    except OSError:  # such as a project that this user may only read
        with tempfile.TemporaryDirectory(prefix="pipelines-cdk-", ignore_cleanup_errors=True) as new:
            synthesize(Path(new) / "cdk.out")
            yield Path(new) / "cdk.out"
        return
    assembly, made_of = folder / "cdk.out", folder / "made_of"
    before = _inputs(project, prefix)
    with open_lock_file(folder / "lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)  # others may deploy from it at the same time
        if _is_made_of(made_of, before):
            yield assembly
            return
    with tempfile.TemporaryDirectory(prefix="new-", dir=folder, ignore_cleanup_errors=True) as new:
        synthesize(Path(new) / "cdk.out")
        yield Path(new) / "cdk.out"
        if _inputs(project, prefix) == before:  # nothing was saved while it was written
            _keep(folder, Path(new) / "cdk.out", assembly, made_of, before)


def _keep(folder: Path, new: Path, assembly: Path, made_of: Path, inputs: str) -> None:
    with open_lock_file(folder / "lock") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # another command deploys from it
        made_of.unlink(missing_ok=True)  # first: a process that is killed leaves nothing that could be used
        if assembly.exists():
            shutil.rmtree(assembly)
        new.rename(assembly)
        made_of.write_text(inputs, encoding="utf-8")


def _is_made_of(made_of: Path, inputs: str) -> bool:
    return made_of.is_file() and made_of.read_text(encoding="utf-8", errors="replace") == inputs


def _inputs(project: Project, prefix: str) -> str:
    """Return a digest of all that a synthesis reads."""
    packages = Path(sysconfig.get_path("purelib"))
    installed = f"{packages}\0{packages.stat().st_mtime_ns}"  # pip adds and removes entries of this folder
    return hashlib.sha256(f"{project_digest(project, prefix).text}\0{installed}".encode()).hexdigest()
