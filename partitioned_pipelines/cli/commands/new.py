"""``pipelines new``: a new pipeline from a template that runs unchanged."""

import os
import re
import shlex
import shutil
import string
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from partitioned_pipelines.cli.command import command
from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.remedies import remedy_for
from partitioned_pipelines.cli.settings import Settings
from partitioned_pipelines.cli.terminal.output import note, print_json, say
from partitioned_pipelines.spec import InvalidProjectError, load_project
from partitioned_pipelines.spec.checks.names import RESERVED_PIPELINES, name_problem
from partitioned_pipelines.spec.files.json_schema import SCHEMA_FILE, build_schema, schema_text
from partitioned_pipelines.spec.model.limits import LONGEST_PIPELINE

_TEMPLATES = Path(__file__).parents[1] / "templates"
# Scripts and pipeline files contain many braces, so a dollar sign marks the placeholders.
_FILLED_IN = {"pipeline.yaml", "test_pipeline.py"}
# A line that ends so is written for that interval alone.
_ONLY = re.compile(r" +# only: (\w+)\n")

Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME", help="Name of the pipeline: lower-case letters, digits and underscores, a letter first"
    ),
]
Sklearn = Annotated[
    bool,
    typer.Option("--sklearn", help="Use SageMaker's managed scikit-learn image  [default: an image from a Dockerfile]"),
]
Spark = Annotated[bool, typer.Option("--spark", help="Use SageMaker's managed Spark image, for large data")]


class NewInterval(StrEnum):
    """The intervals for which the templates have a schedule, an input and keys."""

    DAY = "day"
    HOUR = "hour"


IntervalOption = Annotated[
    NewInterval, typer.Option("--interval", help="How often it runs, and how much time a run processes")
]


class Variant(StrEnum):
    """The environment of a new pipeline's script."""

    PYTHON = "python"
    SKLEARN = "sklearn"
    SPARK = "spark"


@dataclass(frozen=True)
class PipelineTemplate:
    """A new pipeline's files, before they are written."""

    name: str
    variant: Variant
    project: Path
    interval: NewInterval = NewInterval.DAY

    @property
    def folders(self) -> list[Path]:
        """The folders that belong to this pipeline only."""
        return [self.project / "processing_scripts" / self.name, self.project / "tests" / self.name]

    @property
    def pipeline_file(self) -> Path:
        return self.project / "pipelines" / f"{self.name}.yaml"

    @property
    def raw(self) -> Path:
        """A few rows for the test and for a first run."""
        return self.folders[1] / "raw.csv"

    @property
    def schema_file(self) -> Path:
        """The schema for editors: this clone's for a project inside it, otherwise a copy next to the pipeline files.

        A path out of the project would not exist on another machine.
        """
        clone = SCHEMA_FILE.parents[1]
        if SCHEMA_FILE.is_file() and self.project.is_relative_to(clone):
            return SCHEMA_FILE
        return self.pipeline_file.with_name(SCHEMA_FILE.name)

    @property
    def schema(self) -> str:
        """The text of the schema."""
        return schema_text(build_schema())

    def files(self) -> Iterator[tuple[Path, str]]:
        """Yield the path and text of each file that belongs to this pipeline only."""
        scripts, tests = self.folders
        sources = sorted((_TEMPLATES / self.variant).iterdir())
        for source in sources:
            if not source.is_file():  # such as __pycache__
                continue
            if source.name == "pipeline.yaml":
                path = self.pipeline_file
            elif source.name == "test_pipeline.py":
                path = tests / f"test_{self.name}.py"
            else:
                path = scripts / source.name
            yield path, self._text(source)
        yield self.raw, self._text(_TEMPLATES / "shared" / "raw.csv")

    def _text(self, source: Path) -> str:
        text = "".join(self._lines(source.read_text(encoding="utf-8")))
        if source.name not in _FILLED_IN:
            return text
        schema_path = Path(os.path.relpath(self.schema_file, self.pipeline_file.parent)).as_posix()
        return string.Template(text).substitute(pipeline=self.name, schema_path=schema_path)

    def _lines(self, text: str) -> Iterator[str]:
        """Yield the lines that are written for the interval, without the marks of those that depend on it."""
        for line in text.splitlines(keepends=True):
            mark = _ONLY.search(line)
            if mark is None or mark[1] == self.interval:
                yield line if mark is None else f"{line[: mark.start()]}\n"


@command
def new(
    settings: Settings,
    name: Name,
    sklearn: Sklearn = False,
    spark: Spark = False,
    interval: IntervalOption = NewInterval.DAY,
) -> None:
    """Create a new pipeline that runs as it is: its file, a script, an image and a test.
    Nothing that is there is changed, but for the schema beside the pipeline files, which editors read: it is replaced if it is of another
    version. Then edit: the columns, the keys and the schedule in the pipeline file, and the script.
    """
    if sklearn and spark:
        raise CommandError("--sklearn and --spark are mutually exclusive", "use one of them, or none")
    variant = Variant.SPARK if spark else Variant.SKLEARN if sklearn else Variant.PYTHON
    template = PipelineTemplate(_checked(name), variant, settings.project, interval)
    _refuse_what_is_there(template)
    before = _problems(settings.project)
    written = _write(template)
    # Conflicts that one file alone does not show: another file writes the same table, or a stack has the same name.
    if found := sorted(_problems(settings.project) - before):
        _remove(template, written)
        raise CommandError("\n".join(found), "nothing was written: choose another name")
    _refresh_schema(template)
    steps = _next_steps(template)
    shown = [str(path.relative_to(settings.project)) for path in written]
    if settings.json:
        print_json({"files": shown, "next": steps})
        return
    for path in shown:
        say(path)
    note("")
    note("ready to run; try:", style="bold")
    for step in steps:
        note(f"  {step}")


def _checked(name: str) -> str:
    if problem := name_problem(name, LONGEST_PIPELINE):
        raise CommandError(f"NAME {problem}")
    if name in RESERVED_PIPELINES:
        raise CommandError(f"NAME is {name!r}, which is the name of the lake's own stack", "choose another")
    return name


def _refuse_what_is_there(template: PipelineTemplate) -> None:
    files = [template.pipeline_file, template.pipeline_file.with_suffix(".yml")]
    for path in [*files, *template.folders]:
        if path.exists() or path.is_symlink():
            raise CommandError(
                f"there is {path.relative_to(template.project)} already", "choose another name, or move it away"
            )


def _problems(project: Path) -> set[str]:
    """Return the problems of a project; none if it has no pipeline yet."""
    if not any((project / "pipelines").glob("*.y*ml")):
        return set()
    try:
        load_project(project)
    except InvalidProjectError as error:
        return {str(problem) for problem in error.problems}
    return set()


def _write(template: PipelineTemplate) -> list[Path]:
    """Write the files, the pipeline file last: the pipeline exists only once that file does."""
    files = sorted(template.files(), key=lambda file: file[0] == template.pipeline_file)
    if not template.schema_file.exists():
        files.insert(0, (template.schema_file, template.schema))
    written: list[Path] = []
    try:
        for path, text in files:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                written.append(path)
                file.write(text)
    except OSError as error:
        _remove(template, written)
        where = error.filename or written[-1]  # an error while writing has no file name
        raise CommandError(
            f"{where}: {error.strerror}; nothing was written",
            remedy_for(str(error)),
            exit_code=ExitCode.FAILED,
        ) from error
    return written


def _refresh_schema(template: PipelineTemplate) -> None:
    """Replace an earlier version's schema atomically, so that editors accept what this version accepts."""
    if template.schema_file.read_text(encoding="utf-8", errors="replace") == template.schema:
        return
    partial = template.schema_file.with_suffix(".partial")
    partial.write_text(template.schema, encoding="utf-8")
    partial.replace(template.schema_file)


def _remove(template: PipelineTemplate, written: list[Path]) -> None:
    for path in written:
        path.unlink()
    for folder in template.folders:
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _next_steps(template: PipelineTemplate) -> list[str]:
    name, raw = template.name, template.raw
    project = ["--project", str(template.project)] if template.project != Path.cwd() else []
    shown = raw if project else raw.relative_to(template.project)
    tests = template.folders[1] if project else template.folders[1].relative_to(template.project)
    day = ["--date", "2026-01-31"] if template.interval == NewInterval.DAY else ["--at", "2026-01-31T05"]
    day += ["--input", f"raw={shown}"]
    commands = [
        ["pipelines", "validate", name, *project],
        *_test_commands(tests),
        ["pipelines", "step", name, "transform", *day, "--output", f"build/{name}", *project],
        ["pipelines", "local", "up", *project],
        ["pipelines", "run", name, *day, *project],
        ["pipelines", "query", f"SELECT * FROM analytics.{name}", *project],  # noqa: S608 - it is printed, not executed
    ]
    return [shlex.join(parts) for parts in commands]


def _test_commands(tests: Path) -> list[list[str]]:
    """Return the commands that run the tests with this program's Python: pytest is not a dependency."""
    if find_spec("pytest") is None:
        return [[sys.executable, "-m", "pip", "install", "pytest"], [sys.executable, "-m", "pytest", str(tests)]]
    beside = shutil.which("pytest", path=str(Path(sys.executable).parent))
    on_path = shutil.which("pytest")
    ours = beside is not None and on_path is not None and Path(beside).samefile(on_path)
    return [[*(["pytest"] if ours else [sys.executable, "-m", "pytest"]), str(tests)]]
