"""The rules for an input's S3 URI."""

from __future__ import annotations

import re

from partitions.placeholders import InvalidPlaceholderError, Template

_URI = re.compile(r"s3://(?P<bucket>\{lake\}|[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(?P<key>.*)", re.DOTALL)
_OURS = {
    "tables": "would mix the table's runs: a run's input is what other systems hand in, or another step's output",
    "intermediates": "belongs to a run, and expires: name the step whose output it is, {step: …}",
    "locks": "belongs to the workflow",
    "athena-results": "expires",
}


def input_uri_problem(uri: str) -> str | None:
    """Say what is wrong with an input's URI, or None where nothing is."""
    match = _URI.fullmatch(uri)
    if match is None:
        return f"is {uri!r}: give s3://{{lake}}/raw/… or s3://bucket/prefix/, or {{step: …}}"
    key = match["key"]
    try:
        template = Template.parse(uri)
    except InvalidPlaceholderError as error:
        return str(error)
    if "run_id" in template.names:
        return f"is {uri!r}: {{run_id}} is new in each run, so that nothing can lie there"
    if not key:
        return f"is {uri!r}, a whole bucket: name a prefix"
    if found := re.search(r"[*?\[\]]", re.sub(r"\{[^{}]*\}", "", key)):
        return f"is {uri!r}: S3 knows no wildcards ({found[0]!r}); name the folder, and let the script choose its files"
    if "//" in key or any(part in {".", ".."} for part in key.split("/")):
        return f"is {uri!r}: an empty part, '.' or '..' in a key is a part of its name, and never what is meant"
    if any(ord(character) < 32 for character in key):
        return f"is {uri!r}, which holds a control character"
    first = key.partition("/")[0]
    if match["bucket"] == "{lake}":
        if first in _OURS:
            return f"is {uri!r}, which {_OURS[first]}"
        if first.startswith("{") or "/" not in key:
            return f"is {uri!r}: begin with a fixed folder, such as s3://{{lake}}/raw/"
    return None
