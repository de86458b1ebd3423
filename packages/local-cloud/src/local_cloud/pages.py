"""Pages of list operations; a token is the position at which the next page begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def page_of(
    member: str,
    items: Sequence[Any],
    request: Mapping[str, Any],
    size: int,
    refusal: Callable[[str], Exception],
    *,
    names: tuple[str, str] = ("NextToken", "MaxResults"),
) -> dict[str, Any]:
    """Return the requested page, and the token of the next page if there is one.

    Parameters
    ----------
    member
        The response's member for the items.
    size
        The default size of a page.
    refusal
        Returns the service's error for an invalid token.
    names
        The request's members for the token and the size.
    """
    token_name, size_name = names
    token = request.get(token_name) or "0"
    if not token.isdecimal():
        raise refusal(token)
    begin = int(token)
    end = begin + int(request.get(size_name) or size)
    return {member: list(items[begin:end])} | ({token_name: str(end)} if end < len(items) else {})
