"""Pages of what the calls on pipelines list."""

from __future__ import annotations

from typing import Any

from moto.sagemaker.exceptions import ValidationError

_LARGEST_PAGE = 100


def page_of(member: str, items: list[dict[str, Any]], request: dict[str, Any]) -> dict[str, Any]:
    """Return the page that a request asks for, with a token where there is more.

    Raises
    ------
    ValidationError
        If the token is none that was given.
    """
    token = request.get("NextToken") or "0"
    if not token.isdecimal():
        raise ValidationError(message=f"Invalid NextToken {token!r}")
    begin = int(token)
    end = begin + int(request.get("MaxResults") or _LARGEST_PAGE)
    more = {"NextToken": str(end)} if end < len(items) else {}
    return {member: items[begin:end], **more}
