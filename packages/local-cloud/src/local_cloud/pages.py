"""Pages of what a call lists: a token is the place at which the next page begins."""

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
    """Return the page that a request asks for, and the token of the next one if there is more.

    Parameters
    ----------
    member
        Name of the answer's member that holds the page.
    size
        Size of a page if the request does not name one.
    refusal
        Builds the service's error for a token that it has not returned, from the token.
    names
        The members of the request for the token and the size.
    """
    token_name, size_name = names
    token = request.get(token_name) or "0"
    if not token.isdecimal():
        raise refusal(token)
    begin = int(token)
    end = begin + int(request.get(size_name) or size)
    return {member: list(items[begin:end])} | ({token_name: str(end)} if end < len(items) else {})
