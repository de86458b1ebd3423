"""Remedies for failures: commands that can be pasted, and, for AWS failures, a remedy chosen by the cause."""

from __future__ import annotations

import os
import re
import shlex
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.settings import project_above
from partitioned_pipelines.lake.shell_words import shown_command
from partitioned_pipelines.operations.remedy import DEPLOY, Command, Remedy

if TYPE_CHECKING:
    from pathlib import Path

    from partitioned_pipelines.cli.settings import Settings

DEPLOY_IT = Remedy.of("deploy it: ", DEPLOY)
LOG_IN = "log in (aws sso login), or set AWS_PROFILE"
MAKE_ROOM = 'free space on the full disk, and repeat the command: df -h . "${TMPDIR:-/tmp}" ~'
BOOTSTRAP = Remedy.of(
    "bootstrap the account and region, which is needed once: ", Command(("deploy",), ("--bootstrap",), target="aws")
)

# The first match wins. The CDK CLI's messages are from its toolkit-lib: sdk-provider.ts, environment-resources.ts.
_REMEDIES: tuple[tuple[str, str | Remedy], ...] = (
    # Node, Python and the local cloud each report this differently.
    (r"ENOSPC|No space left on device|EDQUOT|Disk quota exceeded|No usable temporary directory", MAKE_ROOM),
    (
        r"ExpiredToken|RequestExpired|token included in the request is expired|has expired and refresh failed"
        r"|SSO session .*(expired|invalid)|UnauthorizedSSOToken|Token (has |is )?expired|TokenRefreshRequired",
        "the credentials have expired: log in again (aws sso login)",
    ),
    (
        r"but the current credentials are for \d+",
        "use credentials of the account that is named, or remove account from deployment.yaml",
    ),
    (
        r"no credentials have been configured|Unable to resolve AWS account|Could not load credentials"
        r"|CredentialsProviderError|Unable to locate credentials|Error loading SSO Token",
        LOG_IN,
    ),
    (
        r"InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidAccessKeyId|AuthFailure",
        "AWS does not know these credentials (the local cloud's are not valid on AWS): " + LOG_IN,
    ),
    (
        r"has(n't| not) been bootstrapped|the environment been bootstrapped|/cdk-bootstrap/[\w/-]+ not found"
        r"|requires bootstrap stack version '\d+', found|the toolkit stack must be deployed"
        r"|Is (this )?account .*bootstrapped\?|No (bucket|ECR repository) named .* bootstrapped",
        BOOTSTRAP,
    ),
    (
        r"Could not assume role in target account",
        "your credentials may not assume the CDK's roles: they need sts:AssumeRole on cdk-*-role-* of the account, and another "
        "account needs --trust at its bootstrap (https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html)",
    ),
)


def paste(settings: Settings, *words: str) -> str:
    """Return a ``pipelines`` command for the same project, target and prefix."""
    return shown_command(command_words(settings, "pipelines", *words))


def command_words(settings: Settings, *words: str) -> tuple[str, ...]:
    """Return the words of a command with the options of the same project, target and prefix."""
    shared: list[str] = []
    if not settings.local:
        shared += ["--target", settings.target.value]
    if settings.given_prefix is not None:
        shared += ["--prefix", settings.given_prefix]
    if settings.project != project_above():
        shared += ["--project", str(settings.project)]
    return (*words, *shared)


def completed(settings: Settings, remedy: str | Remedy, pipeline: str | None = None, table: str | None = None) -> str:
    """Return a remedy as a string, with this command's options added to its commands.

    Parameters
    ----------
    pipeline
        The current pipeline; if it is None, commands about a pipeline are left unchanged.
    table
        The current table, ``database.table``; None if the pipeline has only one.
    """

    def complete(command: Command) -> str:
        if command.target not in (None, settings.target.value):
            return str(command)  # it concerns the other target
        if command.about == "project":
            return paste(settings, *command.words, *command.options)
        if pipeline is None:
            return str(command)
        selected = ["--table", table] if command.about == "table" and table is not None else []
        return paste(settings, *command.words, pipeline, *selected, *command.options)

    return remedy if isinstance(remedy, str) else remedy.written(complete)


def permission_remedy(path: Path) -> str:
    """Return the remedy for a file or folder that this user may not read or write."""
    nearest = next(found for found in (path.absolute(), *path.absolute().parents) if os.path.lexists(found))
    return (
        f"see who may use it: {shlex.join(['ls', '-ld', str(nearest)])}; other folders are chosen by --project, TMPDIR (temporary "
        "files) and XDG_CACHE_HOME (downloads)"
    )


def remedy_for(said: str) -> str | Remedy | None:
    """Return the remedy for a failure reported by the CDK CLI, botocore or a service; None if the message matches no known cause."""
    return next((remedy for pattern, remedy in _REMEDIES if re.search(pattern, said)), None)
