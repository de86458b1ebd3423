"""Fixtures of an empty account in moto, whose calls can be denied."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from partitioned_pipelines.cli.target.target import Cloud

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """Yield the account as a command's cloud."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield Cloud(boto3.Session(region_name="us-east-1"), None)


@pytest.fixture
def deny(cloud: Cloud) -> Callable[..., None]:
    """Return a function that denies an operation, such as ``glue.GetTable``, as IAM does."""

    def denied(operation: str, code: str = "AccessDeniedException") -> None:
        def answer(**_: object) -> NoReturn:
            raise ClientError({"Error": {"Code": code, "Message": "not authorized"}}, operation.partition(".")[2])

        service = operation.partition(".")[0]
        client = {"glue": cloud.glue, "kms": cloud.kms, "lakeformation": cloud.lake_formation}[service]
        client.meta.events.register(f"before-call.{operation}", answer)

    return denied
