"""The CDK CLI, run on the Node from the Python packages; its output goes to a log or to the terminal."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.deployment.cdk_installation import cdk_program
from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.remedies import remedy_for
from partitioned_pipelines.cli.target.locations import APP_FILES, IMAGE_STORE, can_be_created, jsii_cache, node_folder
from partitioned_pipelines.cli.terminal.output import note
from partitioned_pipelines.spec import context_problems

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from partitioned_pipelines.cli.target.local_endpoint import LocalEndpoint

_SHOWN_LINES = 40
# The last line of a traceback of Python, or of the Node that jsii runs.
_OF_THIS_MACHINE = re.compile(r"[\w.]*Error: (?:\[Errno \d+\] (?P<python>.+)|(?P<node>E[A-Z]{3,}: .+))")
_APP_EXITED = re.compile(r"^.*: Subprocess exited with error \d+$")  # printed after all output of the app itself
_ASSET_PROGRESS = re.compile(r": (start|success): (Building|Built|Publishing|Published) ")


@dataclass(frozen=True)
class Cdk:
    """A configuration of the CDK CLI.

    Attributes
    ----------
    environment
        Environment variables of the process, with the endpoint and the credentials.
    log_folder
        Folder for a log of its output; None prints to the terminal.
    keeps_logs
        Whether the logs outlive the command, so that errors should mention them.
    local
        Whether it deploys to a local cloud, which has none of an account's existing resources.
    """

    environment: dict[str, str]
    log_folder: Path | None = None
    keeps_logs: bool = False
    local: bool = False

    @classmethod
    def for_local(cls, endpoint: LocalEndpoint, folder: Path, *, keeps_logs: bool) -> Cdk:
        """Return the CLI for a local cloud; it ignores this machine's AWS configuration and needs no Docker.

        Parameters
        ----------
        endpoint
            The local cloud.
        folder
            For the logs, and the program that replaces Docker.
        keeps_logs
            Whether the folder outlives the command.
        """
        from local_cloud.images.docker_shim import (
            write_docker_command,  # imports boto3, see partitioned_pipelines.cli.target.target
        )

        environment = {name: value for name, value in _toolchain().items() if not name.startswith("AWS_")}
        environment |= endpoint.environment
        environment["AWS_EC2_METADATA_DISABLED"] = "true"
        environment["AWS_CONFIG_FILE"] = environment["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
        environment["CDK_DOCKER"] = str(write_docker_command(folder, IMAGE_STORE))
        for name in ("no_proxy", "NO_PROXY"):
            environment[name] = ",".join(filter(None, [environment.get(name), "localhost", "127.0.0.1"]))
        return cls(environment, folder, keeps_logs, local=True)

    @classmethod
    def for_aws(cls) -> Cdk:
        """Return the CLI with this terminal's credentials; it may prompt."""
        return cls(_toolchain())

    def synthesize(self, project: Path, prefix: str, output: Path, context: Sequence[str] = ()) -> None:
        """Write the templates and assets of a project to a folder."""
        self.run(["synth", "--quiet", *self._app_flags(project, prefix, output, context)])

    def bootstrap(self, environment: str) -> None:
        """Bootstrap an environment, ``aws://ACCOUNT/REGION``."""
        # Without a cdk.json, the CLI has no app to synthesize, which bootstrapping does not need.
        with tempfile.TemporaryDirectory(prefix="pipelines-bootstrap-") as nowhere:
            self.run(["bootstrap", environment], folder=Path(nowhere))

    def deploy(self, assembly: Path, flags: Sequence[str], on_line: Callable[[str], None] | None = None) -> None:
        """Deploy all stacks of a folder written by ``synthesize``."""
        self.run(["deploy", "--app", str(assembly), "--all", *flags], on_line)

    def synthesize_and_deploy(
        self, project: Path, prefix: str, flags: Sequence[str], on_line: Callable[[str], None] | None = None
    ) -> None:
        """Synthesize and deploy in one call, which starts the CLI only once.

        The CDK's own validation of the templates is skipped: it takes as long as the rest of the synthesis, and repeated deployments
        while a script is developed do not change what it checks.
        """
        quick = replace(self, environment={**self.environment, "CDK_VALIDATION": "false"})
        with tempfile.TemporaryDirectory(prefix="pipelines-cdk-", dir=self.log_folder) as assembly:
            quick.run(["deploy", *self._app_flags(project, prefix, Path(assembly)), "--all", *flags], on_line)

    def _app_flags(self, project: Path, prefix: str, output: Path, context: Sequence[str] = ()) -> list[str]:
        """Return the flags for the app, its input, and its output folder."""
        check_context(context)
        values = [f"project={project}", f"prefix={prefix}", *(["local=true"] if self.local else []), *context]
        # A shell runs it. It begins with an unquoted word: the CDK CLI strips the quotes of a value that begins and ends with one.
        app = f"exec {shlex.join([sys.executable, str(APP_FILES / 'app.py')])}"
        return ["--app", app, *(flag for value in values for flag in ("--context", value)), "--output", str(output)]

    def run(
        self, arguments: Sequence[str], on_line: Callable[[str], None] | None = None, *, folder: Path = APP_FILES
    ) -> None:
        """Run a command of the CDK CLI in a folder whose cdk.json it reads: by default the app's, with its feature flags.

        Raises
        ------
        CommandError
            If it fails, with the last lines of its log; or if it is not installed and cannot be.
        """
        command = [str(cdk_program()), *arguments, "--no-notices", "--no-version-reporting"]
        if self.log_folder is None and arguments[0] == "synth":
            _synthesize_aloud(command, folder, self.environment)
            return
        if self.log_folder is None:
            returncode, said = _run_aloud(command, folder, self.environment)
            if returncode:
                raise CommandError(f"cdk {arguments[0]} failed", remedy_for(said), exit_code=ExitCode.NO_CLOUD)
            return
        log = self.log_folder / f"cdk-{arguments[0]}.log"
        returncode, said = _run_logged([*command, "--no-color"], folder, self.environment, log, on_line)
        if returncode:
            raise CommandError(
                f"cdk {arguments[0]} failed:\n{said}",
                remedy_for(said) or (f"the whole log: {log}" if self.keeps_logs else None),
                exit_code=ExitCode.NO_CLOUD,
            )


def check_context(context: Sequence[str]) -> None:
    """Raise CommandError for context that the app would reject, or that the CDK CLI would only warn about."""
    if wrong := [value for value in context if "=" not in value]:
        raise CommandError(
            f"--context: {wrong[0]!r} is not KEY=VALUE", "docs/reference/deployment_file.md lists the options"
        )
    if problems := context_problems(dict(value.split("=", 1) for value in context)):
        raise CommandError(
            "\n".join(problems),
            "set deployment options in deployment.yaml: docs/reference/deployment_file.md",
        )


def _run_aloud(command: list[str], folder: Path, environment: dict[str, str]) -> tuple[int, str]:
    """Run a command on the terminal, where it may prompt; return its exit code and its standard error.

    The CDK CLI prompts on standard output, which stays connected to the terminal; all other output goes to standard error and is relayed.
    """
    if sys.stderr.isatty() and "NO_COLOR" not in environment:
        environment = {**environment, "FORCE_COLOR": "1"}
    said = bytearray()
    with subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, bufsize=0) as process:
        if process.stderr is not None:
            while chunk := process.stderr.read(65536):
                said += chunk
                sys.stderr.buffer.write(chunk)
                sys.stderr.flush()
    return process.returncode, said.decode(errors="replace")


def _synthesize_aloud(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    """Synthesize, without prompts; if the app fails, its output is the error, without the CLI's remark about the exit code."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        check=False,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    said = done.stderr.splitlines()
    by_app = [line for line in said if not _APP_EXITED.match(line)]
    refused = done.returncode != 0 and len(by_app) < len(said) and any(map(str.strip, by_app))
    if not refused:
        for line in said:
            note(line)
    if done.returncode:
        message = "\n".join(_without_traceback(by_app)) if refused else "cdk synth failed"
        raise CommandError(message, remedy_for(done.stderr), exit_code=ExitCode.NO_CLOUD)


def _run_logged(
    command: list[str], folder: Path, environment: dict[str, str], log: Path, on_line: Callable[[str], None] | None
) -> tuple[int, str]:
    """Run a command that ends with this process; return its exit code and its last lines of output."""
    from local_cloud.supervised import supervised  # only local deployments keep logs

    process = subprocess.Popen(
        supervised(command, ends_with_this_process=True),
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    lines = []
    try:
        with process, log.open("w", encoding="utf-8") as file:
            file.write(f"$ {shlex.join(command)}\n")
            for line in process.stdout or ():
                file.write(line)
                lines.append(line.rstrip())
                if on_line:
                    on_line(line)
    except BaseException:
        process.terminate()
        raise
    return process.returncode, "\n".join(_worth_showing(_without_traceback(lines)))


def _without_traceback(lines: list[str]) -> list[str]:
    """Return only the reason if the app failed because of this machine, such as a full disk; otherwise, all lines."""
    found = next((match for line in lines if (match := _OF_THIS_MACHINE.match(line))), None)
    if found is None:
        return lines
    reason = found["python"] or found["node"]
    return [f"the stacks were not synthesized: {reason} (temporary files are written to {tempfile.gettempdir()})"]


def _worth_showing(lines: Iterable[str]) -> list[str]:
    """Return the last lines, from the first failure on; successful assets and stacks would hide the reason."""
    said = [line for line in lines if line.strip() and not (_ASSET_PROGRESS.search(line) or _APP_EXITED.match(line))]
    first = next((index for index, line in enumerate(said) if line.lstrip().startswith("❌")), 0)
    return said[first:][-_SHOWN_LINES:]


def _toolchain() -> dict[str, str]:
    """Return this process's environment, with the packaged Node first in PATH, and folders that can be written to."""
    environment = dict(os.environ)
    # Unlike Node, Python looks for another one if TMPDIR cannot be written to.
    environment["TMPDIR"] = tempfile.gettempdir()
    if not can_be_created(jsii_cache()):
        environment.setdefault("JSII_RUNTIME_PACKAGE_CACHE", "disabled")
    environment["CDK_DISABLE_VERSION_CHECK"] = "1"
    environment["CDK_DISABLE_CLI_TELEMETRY"] = "1"
    if node := node_folder():
        environment["JSII_NODE"] = str(node / "node")
        environment["PATH"] = os.pathsep.join([str(node), environment.get("PATH", os.defpath)])
    return environment
