"""Fixtures of a local cloud for deployments with keys, each with its own prefix and database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.cdk_user import bootstrapped

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Yield an environment for the CDK CLI."""
    with bootstrapped(tmp_path_factory.mktemp("locked_down") / "cloud") as environment:
        yield environment
