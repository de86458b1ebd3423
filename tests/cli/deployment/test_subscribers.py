"""Tests of the report of subscribers that have not confirmed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest
from botocore.stub import Stubber

from partitioned_pipelines.cli.deployment.subscribers import report_unconfirmed

if TYPE_CHECKING:
    from collections.abc import Iterator

TOPIC = "arn:aws:sns:eu-west-1:123456789012:pipelines-notices"


@pytest.fixture
def sns() -> Iterator[Stubber]:
    client = boto3.client("sns", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stub:
        yield stub


def report(stub: Stubber) -> None:
    cloud = SimpleNamespace(sns=stub.client, stack_outputs=lambda _stack: {"NotificationTopicArn": TOPIC})
    report_unconfirmed(cast("Any", cloud), "pipelines-data-lake")


def answer(stub: Stubber, *pending: str, token: str | None = None) -> None:
    """Let the topic have one confirmed subscription, and these."""
    arns = {"sure@example.com": f"{TOPIC}:0a1b", **dict.fromkeys(pending, "PendingConfirmation")}
    found = [{"Endpoint": endpoint, "SubscriptionArn": arn} for endpoint, arn in arns.items()]
    stub.add_response(
        "list_subscriptions_by_topic", {"Subscriptions": found, **({"NextToken": token} if token else {})}
    )


def test_all_have_confirmed(sns: Stubber, capsys: pytest.CaptureFixture[str]) -> None:
    answer(sns)
    report(sns)
    assert capsys.readouterr().err == ""


def test_who_has_not_is_named_of_all_pages(sns: Stubber, capsys: pytest.CaptureFixture[str]) -> None:
    answer(sns, "b@example.com", token="more")
    answer(sns, "a@example.com")
    report(sns)
    said = capsys.readouterr().err
    assert said.startswith("a@example.com, b@example.com have not confirmed and will not be notified: follow the link")


def test_one_that_cannot_be_listed_is_only_a_warning(sns: Stubber, capsys: pytest.CaptureFixture[str]) -> None:
    sns.add_client_error("list_subscriptions_by_topic", "AuthorizationError")
    report(sns)
    assert capsys.readouterr().err.startswith(f"the subscribers of {TOPIC} cannot be listed: ")
