"""What to do about a failure: commands that can be pasted, and for a failure of AWS's, a remedy by its cause."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.settings import project_above
from partitioned_pipelines.cli.terminal.terminal_text import visible
from partitioned_pipelines.operations.remedy import DEPLOY, Command, Remedy

if TYPE_CHECKING:
    from partitioned_pipelines.cli.settings import Settings

DEPLOY_IT = Remedy.of("deploy it: ", DEPLOY)
LOG_IN = "log in (aws sso login), or set AWS_PROFILE"
MAKE_ROOM = 'make room on the disk that is full, and repeat the command: df -h . "${TMPDIR:-/tmp}" ~'
BOOTSTRAP = Remedy.of(
    "prepare the account and region, which each needs once: ", Command(("deploy",), ("--bootstrap",), target="aws")
)

# The first that fits counts. The words of the CDK CLI are those of its toolkit-lib: sdk-provider.ts, environment-resources.ts.
_REMEDIES: tuple[tuple[str, str | Remedy], ...] = (
    # Node, Python and the local cloud each have their words for it.
    (r"ENOSPC|No space left on device|EDQUOT|Disk quota exceeded|No usable temporary directory", MAKE_ROOM),
    (
        r"ExpiredToken|RequestExpired|token included in the request is expired|has expired and refresh failed"
        r"|SSO session .*(expired|invalid)|UnauthorizedSSOToken|Token (has |is )?expired|TokenRefreshRequired",
        "the credentials have expired: log in again (aws sso login)",
    ),
    (
        r"but the current credentials are for \d+",
        "use credentials of the account that is named, or leave the account out of the deployment's options",
    ),
    (
        r"no credentials have been configured|Unable to resolve AWS account|Could not load credentials"
        r"|CredentialsProviderError|Unable to locate credentials|Error loading SSO Token",
        LOG_IN,
    ),
    (
        r"InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidAccessKeyId|AuthFailure",
        "AWS does not know these credentials (those of the local cloud open nothing on AWS): " + LOG_IN,
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
    """Return a ``pipelines`` command on the same project, target and prefix."""
    shared = []
    if not settings.local:
        shared += ["--target", settings.target.value]
    if settings.given_prefix is not None:
        shared += ["--prefix", settings.given_prefix]
    if settings.project != project_above():
        shared += ["--project", str(settings.project)]
    return " ".join(map(_quoted, ["pipelines", *words, *shared]))


def completed(settings: Settings, remedy: str | Remedy, pipeline: str | None = None, table: str | None = None) -> str:
    """Return a remedy as a string, in which commands have the options of the present one.

    Parameters
    ----------
    pipeline
        The pipeline at hand; None if there is none, and no command is about it.
    table
        The table at hand, ``database.table``; None if the pipeline has no other.
    """

    def complete(command: Command) -> str:
        if command.target not in (None, settings.target.value):
            return str(command)  # it is about the other target
        if command.about == "project":
            return paste(settings, *command.words, *command.options)
        if pipeline is None:
            return str(command)
        selected = ["--table", table] if command.about == "table" and table is not None else []
        return paste(settings, *command.words, pipeline, *selected, *command.options)

    return remedy if isinstance(remedy, str) else remedy.written(complete)


def remedy_for(said: str) -> str | Remedy | None:
    """Return what to do about a failure that the CDK CLI, botocore or a service reports; None if what was said names no cause that is known."""
    return next((remedy for pattern, remedy in _REMEDIES if re.search(pattern, said)), None)


def _quoted(word: str) -> str:
    """Quote a word for a shell, on one line: ``$'…'`` holds what a terminal would not show, such as the newlines of SQL.

    https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02_04
    """
    if visible(word) == word:
        return shlex.quote(word)
    # A shell reads \\x85 as a byte, and \\u0085 as the character.
    escaped = re.sub(r"\\x([89][0-9a-f])", r"\\u00\1", "".join(map(_escaped, word)))
    return f"$'{escaped}'"


def _escaped(character: str) -> str:
    return f"\\{character}" if character in "\\'" else visible(character)
