"""Fixtures of a copy's names, its guard, and an account in moto."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from partitioned_pipelines.cli.target import target
from partitioned_pipelines.cli.target.target import Cloud
from partitioned_pipelines.cli.verify.copy import Names, write_project
from partitioned_pipelines.cli.verify.ownership import Ownership
from partitioned_pipelines.cli.verify.scene import Scene
from partitioned_pipelines.spec import load_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[boto3.Session]:
    """Yield a session for an empty account, without a guard."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    # No delays are simulated.
    monkeypatch.setattr(target, "_AWS_POLL_SECONDS", 0.01)
    with mock_aws():
        yield boto3.Session(region_name="us-east-1")


@pytest.fixture
def names() -> Names:
    return Names.parse("verify-0a1b2c3d")


@pytest.fixture
def scene(account: boto3.Session, names: Names, tmp_path: Path) -> Scene:
    """Return the copy's scene, whose session has the guard."""
    ownership, session = Ownership(names), boto3.Session(region_name="us-east-1")
    ownership.guard(session)
    project = load_project(write_project(tmp_path / "project", names))
    return Scene(Cloud(session, None), names, ownership, project)
