"""Pages of Step Functions' list operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.stepfunctions.exceptions import InvalidToken

from local_cloud.pages import page_of

if TYPE_CHECKING:
    from moto.stepfunctions.responses import StepFunctionResponse

_DEFAULT_PAGE = 100
_NAMES = ("nextToken", "maxResults")


def step_functions_page(response: StepFunctionResponse, member: str, items: list[Any]) -> dict[str, Any]:
    """Return a page of a Step Functions operation. A ``maxResults`` of 0 means the default."""
    request = {name: response._get_param(name) for name in _NAMES}
    return page_of(member, items, request, _DEFAULT_PAGE, lambda _token: InvalidToken(), names=_NAMES)
