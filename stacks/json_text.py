"""A document as a string property, such as the definition of a state machine."""

from __future__ import annotations

import json
from typing import Any


def json_text(document: Any) -> str:
    """Return a document as compact JSON without members that are None; the CDK resolves its tokens like those of any other string.

    The tokens' values must need no escapes in JSON, as those of names and ARNs. ``Stack.to_json_string`` would escape the values, and would
    send each member of the document to the CDK's separate process.
    """
    return json.dumps(_without_none(document), ensure_ascii=False, separators=(",", ":"))


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_none(member) for name, member in value.items() if member is not None}
    return [_without_none(each) for each in value] if isinstance(value, list) else value
