"""The rules for an input's S3 URI."""

from __future__ import annotations

import re
from datetime import date

from partitioned_pipelines.lake.key_layout import ATHENA_RESULTS, INTERMEDIATES, LOCKS, TABLES
from partitioned_pipelines.lake.placeholders import InvalidPlaceholderError, Template

URI_PATTERN = r"s3://(\{lake\}|[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/[\s\S]*"
_URI = re.compile(URI_PATTERN)
_LONGEST = 1024
_OURS = {
    TABLES: "would mix the table's runs: a run's input is what other systems hand in, or another step's output",
    INTERMEDIATES: "belongs to a run, and expires: name the step whose output it is, {step: …}",
    LOCKS: "belongs to the workflow",
    ATHENA_RESULTS: "expires",
}
# A format may hold any character, so that what counts is what a URI becomes.
_SAMPLE_DAY = date(2000, 1, 2)
_SAMPLE: dict[str, str | date] = {
    "lake": "lake",
    "process_date": _SAMPLE_DAY,
    "process_start": _SAMPLE_DAY,
    "process_end": _SAMPLE_DAY,
}


def input_uri_problem(uri: str) -> str | None:
    """Return what is wrong with an input's URI, or None if nothing is."""
    match = _URI.fullmatch(uri)
    if match is None:
        return f"is {uri!r}: give s3://{{lake}}/raw/… or s3://bucket/prefix/, or {{step: …}}"
    try:
        template = Template.parse(uri)
    except InvalidPlaceholderError as error:
        return str(error)
    if "run_id" in template.names:
        return f"is {uri!r}: {{run_id}} is new in each run, so that nothing can lie there"
    resolved = template.resolve(_SAMPLE)
    if len(resolved) > _LONGEST:
        return f"has {len(resolved)} characters: SageMaker takes at most {_LONGEST}"
    if problem := _key_problem(resolved.removeprefix("s3://").partition("/")[2]):
        return f"is {uri!r}{problem}"
    return _lake_problem(uri, uri.removeprefix("s3://{lake}/")) if match[1] == "{lake}" else None


def _key_problem(key: str) -> str | None:
    if not key:
        return ", a whole bucket: name a prefix"
    if found := re.search(r"[*?\[\]]", key):
        return f": S3 knows no wildcards ({found[0]!r}); name the folder, and let the script choose its files"
    if "//" in key or key.startswith("/") or any(part in {".", ".."} for part in key.split("/")):
        return ": an empty part, '.' or '..' in a key is a part of its name, and never what is meant"
    if any(ord(character) < 32 for character in key):
        return ", which holds a control character"
    return None


def _lake_problem(uri: str, key: str) -> str | None:
    first = key.partition("/")[0]
    if f"{first}/" in _OURS:
        return f"is {uri!r}, which {_OURS[f'{first}/']}"
    if "{" in first or "/" not in key:
        return f"is {uri!r}: begin with a fixed folder, such as s3://{{lake}}/raw/"
    return None
