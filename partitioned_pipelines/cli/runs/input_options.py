"""``--input NAME=FILE``: what was given, and which input of which step it is for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.errors import CommandError, suggestion

if TYPE_CHECKING:
    from collections.abc import Iterable

    from partitioned_pipelines.spec.model.pipeline import Pipeline, Step


@dataclass(frozen=True)
class GivenInput:
    """A file or folder of this machine, for an input of a step.

    Attributes
    ----------
    name
        As it was given: ``NAME``, or ``STEP.NAME``.
    path
        The file or folder, which exists.
    """

    name: str
    path: Path

    @classmethod
    def parse(cls, text: str) -> GivenInput:
        """Read ``NAME=FILE``; CommandError where it is something else, or there is no such file."""
        name, equals, path = text.partition("=")
        if not (name and equals and path):
            raise CommandError(f"--input {text!r} is not NAME=FILE", "for example: --input raw=data/raw.csv")
        found = Path(path).expanduser()
        if not found.exists():
            raise CommandError(f"--input {text}: there is no {found}")
        if found.is_dir() and not any(file.is_file() for file in found.rglob("*")):
            raise CommandError(f"--input {text}: there is no file in {found}")
        _refuse_special_files(text, found)
        return cls(name, found)

    def files(self) -> list[tuple[Path, str]]:
        """List its files, each with its path below the input; a single file has its name."""
        if self.path.is_file():
            return [(self.path, self.path.name)]
        files = sorted(path for path in self.path.rglob("*") if path.is_file())
        return [(path, path.relative_to(self.path).as_posix()) for path in files]


def _refuse_special_files(text: str, path: Path) -> None:
    """Raise CommandError for what cannot be read to an end, such as a FIFO, or is not there, such as a link's target."""
    for found in (path, *path.rglob("*")) if path.is_dir() else (path,):
        if found.is_file() or found.is_dir():
            continue
        kind = next((words for is_it, words in _SPECIAL if is_it(found)), "neither a file nor a folder")
        raise CommandError(f"--input {text}: {found} is {kind}", "give a file, or a folder of files")


_SPECIAL = (
    (Path.is_fifo, "a FIFO"),
    (Path.is_char_device, "a device"),
    (Path.is_block_device, "a device"),
    (Path.is_socket, "a socket"),
    (Path.is_symlink, "a link to nothing"),
)


@dataclass(frozen=True)
class UriInput:
    """An input that is read from S3: its step, its name, and its URI as the pipeline file has it."""

    step: str
    name: str
    uri: str

    def __str__(self) -> str:
        return f"input {self.name!r} of step {self.step!r}"


def find_uri_inputs(pipeline: Pipeline, given: GivenInput) -> list[UriInput]:
    """Find the inputs that a file is for: one, or several that read the same URI.

    Raises
    ------
    CommandError
        If there is none of that name, it is another step's output, or the name fits inputs with several URIs.
    """
    step_name, dot, input_name = given.name.rpartition(".")
    if dot and step_name not in [step.name for step in pipeline.steps]:
        raise CommandError(
            f"--input {given.name}: {pipeline.name} has no step {step_name!r}",
            suggestion(step_name, [step.name for step in pipeline.steps]),
        )
    steps = [step for step in pipeline.steps if not dot or step.name == step_name]
    having = [step for step in steps if input_name in step.inputs]
    if not having:
        raise CommandError(
            f"--input {given.name}: {pipeline.name} has no input {input_name!r}",
            suggestion(given.name, _names(pipeline.steps, qualified=bool(dot))),
        )
    found = [UriInput(step.name, input_name, uri) for step in having if (uri := step.uri_inputs.get(input_name))]
    if not found:
        raise CommandError(
            f"--input {given.name}: it is another step's output or a table, which the run hands on itself",
            f"to run {having[0].name!r} alone on a file: pipelines step {pipeline.name} {having[0].name}",
        )
    if len({entry.uri for entry in found}) > 1:
        choices = " or ".join(f"{entry.step}.{entry.name}={given.path}" for entry in found)
        raise CommandError(f"--input {given.name}: several steps have such an input", f"say which: {choices}")
    return found


def _names(steps: Iterable[Step], *, qualified: bool) -> list[str]:
    names = [f"{step.name}.{name}" if qualified else name for step in steps for name in step.uri_inputs]
    return list(dict.fromkeys(names))
