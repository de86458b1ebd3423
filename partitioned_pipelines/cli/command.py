"""The decorator for commands: it adds the shared options, and reports expected failures as messages instead of tracebacks."""

from __future__ import annotations

import errno
import functools
import inspect
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

import typer
from typer.core import TyperCommand, TyperOption

from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.remedies import completed, permission_remedy, remedy_for
from partitioned_pipelines.cli.settings import SHARED_OPTIONS, Settings
from partitioned_pipelines.cli.terminal.output import print_error, print_json
from partitioned_pipelines.cli.terminal.streams_and_signals import exit_code_of, signal_of

if TYPE_CHECKING:
    from collections.abc import Callable

Options = ParamSpec("Options")

_OF_THE_LOCAL_CLOUD = frozenset({"local_cloud", "moto", "duckdb", "dockerfile_parse"})


class CommandOfSingleOptions(TyperCommand):
    """A command that rejects an option given more than once, unless the option may be repeated."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the command line; fail with a usage error if an option was given two values."""
        _, _, order = self.make_parser(ctx).parse_args(args=list(args))
        for option in dict.fromkeys(order):
            single = isinstance(option, TyperOption) and not (option.multiple or option.is_flag or option.count)
            if single and order.count(option) > 1:
                ctx.fail(f"{option.opts[0]} is set {order.count(option)} times, but takes one value")
        return super().parse_args(ctx, args)


def command(function: Callable[Concatenate[Settings, Options], None]) -> Callable[..., None]:
    """Return a typer command for a function that takes the settings and its own options.

    The shared options are added to its signature; a CommandError is printed as a message on standard error (with ``--json``
    also as the document on standard output) and sets the exit code.
    """

    @functools.wraps(function)
    def run(invocation: typer.Context, *args: Any, **options: Any) -> None:
        shared = {name: options.pop(name) for name in SHARED_OPTIONS}
        settings: Settings | None = None
        try:
            settings = Settings.merge(invocation.obj or {}, shared)
            function(settings, *args, **options)
        except KeyboardInterrupt as interrupt:
            raise typer.Exit(exit_code_of(signal_of(interrupt))) from interrupt
        except (CommandError, OSError, ModuleNotFoundError) as raised:
            error = raised if isinstance(raised, CommandError) else _of_this_machine(raised)
            if error.remedy:
                error.remedy = completed(settings, error.remedy) if settings else str(error.remedy)
            print_error(error)
            if shared["json"] or (invocation.obj or {}).get("json"):
                with suppress(CommandError):  # writing to standard output may be what failed
                    print_json({"error": {"message": error.message, "remedy": error.remedy}})
            raise typer.Exit(error.exit_code) from raised

    own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [
        inspect.Parameter("invocation", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context),
        *(parameter.replace(kind=keyword) for parameter in own),
        *(inspect.Parameter(name, keyword, default=None, annotation=hint) for name, hint in SHARED_OPTIONS.items()),
    ]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _of_this_machine(error: OSError | ModuleNotFoundError) -> CommandError:
    """Return an error for a failure of this machine: a full disk, a file permission, a process limit, the missing local cloud package."""
    if isinstance(error, ModuleNotFoundError):
        if (error.name or "").partition(".")[0] not in _OF_THE_LOCAL_CLOUD:
            raise error
        return CommandError(
            f"the local cloud is not installed: no module {error.name}",
            "in a clone of this project: pip install ./packages/local-cloud; or use AWS: --target aws",
            exit_code=ExitCode.NO_CLOUD,
        )
    what = f"{error.filename}: {error.strerror}" if error.filename is not None else error.strerror or str(error)
    remedy = permission_remedy(Path(error.filename)) if _is_denied(error) else remedy_for(what)
    return CommandError(what, remedy, exit_code=ExitCode.FAILED)


def _is_denied(error: OSError) -> bool:
    return error.errno in (errno.EACCES, errno.EPERM, errno.EROFS) and isinstance(error.filename, str)
