"""What things may be called."""

from __future__ import annotations

import re

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_ENVIRONMENT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,255}")
_SECRET_NAME = re.compile(
    r"(?i)(^|_)(password|passwd|pwd|secret|token|api_?key|access_?key|private_?key|credentials?)(_|$)"
)
_SECRET_VALUE = re.compile(
    r"(AKIA|ASIA)[A-Z0-9]{16}|-----BEGIN [A-Z ]*PRIVATE KEY-----|gh[pousr]_[A-Za-z0-9]{36}|xox[abp]-[\w-]{10,}"
)

# The states that every state machine has; and what the lake's stack is called.
STATE_NAMES = frozenset({"PlanRun", "RunOrEnd", "NothingToDo", "RegisterPartitions"})
RESERVED_PIPELINES = frozenset({"data_lake"})
# `code` is the script's folder; the others are folders that SageMaker makes.
RESERVED_INPUTS = frozenset({"code"})
GIVEN_ENVIRONMENT = frozenset({"PROCESS_START", "PROCESS_END", "PROCESS_DATE", "PROCESS_TIMEZONE", "RUN_ID"})


def name_problem(name: str, longest: int) -> str | None:
    """Say what is wrong with a name of ours: pipeline, step, input, output, database, table or partition key.

    Glue, Hive and Athena agree on lower-case letters, digits and underscores:
    https://docs.aws.amazon.com/athena/latest/ug/tables-databases-columns-names.html
    """
    if not _NAME.fullmatch(name):
        return (
            f"is {name!r}: give lower-case letters, digits and underscores, a letter first, such as {_repaired(name)!r}"
        )
    if len(name) > longest:
        return f"has {len(name)} characters: give at most {longest}"
    return None


def _repaired(name: str) -> str:
    repaired = re.sub(r"[^a-z0-9_]+", "_", name.lower()).strip("_") or "name"
    return repaired if repaired[0].isalpha() else f"n_{repaired}"


def environment_problem(name: str, value: str) -> str | None:
    """Say what is wrong with an environment variable of a job."""
    if not _ENVIRONMENT_NAME.fullmatch(name):
        return f"{name!r} is not a variable's name: give letters, digits and underscores"
    if name in GIVEN_ENVIRONMENT:
        return f"{name!r} is set by each run: choose another name"
    if _SECRET_NAME.search(name) or _SECRET_VALUE.search(value):
        return (
            f"{name!r} looks like a secret, and a job's environment can be read by whoever may describe it: "
            "keep it in Secrets Manager, and let the script fetch it"
        )
    if len(value) > 256:
        return f"{name!r} has {len(value)} characters: SageMaker takes at most 256"
    return None
