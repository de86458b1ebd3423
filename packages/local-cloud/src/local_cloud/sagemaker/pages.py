"""Pages of SageMaker's list operations."""

from __future__ import annotations

from typing import Any

from moto.sagemaker.exceptions import ValidationError

from local_cloud.pages import page_of


def sagemaker_page(member: str, items: list[Any], request: dict[str, Any], size: int = 100) -> dict[str, Any]:
    """Return a page of a SageMaker operation."""
    return page_of(member, items, request, size, _refusal)


def _refusal(token: str) -> ValidationError:
    return ValidationError(message=f"Invalid NextToken {token!r}")
