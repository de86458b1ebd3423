"""The rules for names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.runs.run_facts import GIVEN_ENVIRONMENT
from partitioned_pipelines.spec.model.fields import ENVIRONMENT_NAME_PATTERN, NAME_PATTERN
from partitioned_pipelines.spec.model.limits import LONGEST_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAME = re.compile(NAME_PATTERN)
_ENVIRONMENT_NAME = re.compile(ENVIRONMENT_NAME_PATTERN)
_SECRET_NAME = re.compile(
    r"(^|_)(password|passwd|passphrase|pwd|secret|token|api_?key|access_?key|private_?key|credentials?)(_|$)"
)
# Says where a secret is stored, or counts something: SECRET_ARN, PASSWORD_FILE, TOKEN_LIMIT.
_NO_SECRET_NAME = re.compile(r"_(arn|name|id|path|file|uri|url|limit|count|length|size|type)$")
_SECRET_VALUE = re.compile(
    r"\b(AKIA|ASIA)[A-Z0-9]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----|gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22,}|xox[abp]-[\w-]{10,}"
    r"|://[^/\s:@]+:[^/\s@]+@"
)
_WORD_STARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

# The states of every state machine; and the name of the lake's stack.
STATE_NAMES = frozenset({"PlanRun", "RunOrEnd", "NothingToDo", "RegisterPartitions", "ContinueOrEnd", "Registered"})
RESERVED_PIPELINES = frozenset({"data_lake"})
# `code` is the script's folder; smspark-submit reads `conf` and `py-files`.
RESERVED_INPUTS = frozenset({"code", "conf", "py-files"})
RESERVED_OUTPUTS = frozenset({"spark_event_logs"})
RESERVED_FOLDERS = frozenset({"spark-events"})
INSTEAD_OF_SECRETS = (
    "and whoever may describe a job can read it: keep it in Secrets Manager, and name its ARN under secrets:"
)


def name_problem(name: str, longest: int) -> str | None:
    """Return an error if a name (pipeline, step, input, output, database, table or partition key) is invalid, else None.

    Glue, Hive and Athena all accept lower-case letters, digits and underscores:
    https://docs.aws.amazon.com/athena/latest/ug/tables-databases-columns-names.html
    """
    if not _NAME.fullmatch(name):
        return (
            f"is {name!r}: use lower-case letters, digits and underscores, a letter first, such as {_repaired(name)!r}"
        )
    if len(name) > longest:
        return f"has {len(name)} characters: use at most {longest}"
    return None


def _repaired(name: str) -> str:
    repaired = re.sub(r"[^a-z0-9_]+", "_", name.lower()).strip("_") or "name"
    return repaired if repaired[0].isalpha() else f"n_{repaired}"


def environment_problem(name: str, value: str) -> str | None:
    """Return an error if an environment variable of a job is invalid, else None."""
    if problem := environment_name_problem(name):
        return problem
    if _names_secret(name) or holds_secret(value):
        return f"{name!r} looks like a secret, {INSTEAD_OF_SECRETS}"
    if len(value) > LONGEST_VARIABLE:
        return f"{name!r} has {len(value)} characters: SageMaker takes at most {LONGEST_VARIABLE}"
    return None


def environment_name_problem(name: str) -> str | None:
    """Return an error if the name of a job's environment variable is invalid, else None."""
    if not _ENVIRONMENT_NAME.fullmatch(name):
        return f"{name!r} is not a variable name: use letters, digits and underscores"
    if name in GIVEN_ENVIRONMENT:
        return f"{name!r} is set by each run: choose another name"
    return None


def holds_secret(text: str) -> bool:
    """Return whether a string contains a secret: an access key, a private key, or a URL with a password."""
    return _SECRET_VALUE.search(text) is not None


def is_secret_word(words: Sequence[str], index: int) -> bool:
    """Return whether a word of a command looks like a secret: by itself, or as the value of an option with such a name."""
    word = words[index]
    option, is_given, value = word.partition("=")
    if not is_given and index and not word.startswith("-"):
        option, value = words[index - 1], word
    named = option.startswith("-") and "=" not in option and _names_secret(option.strip("-").replace("-", "_"))
    # A placeholder's value is not secret: `--token {run_id}` is allowed.
    return holds_secret(word) or bool(value and named and "{" not in value)


def _names_secret(name: str) -> bool:
    words = _WORD_STARTS.sub("_", name).lower()
    return _SECRET_NAME.search(words) is not None and _NO_SECRET_NAME.search(words) is None
