"""Tests of what the notices of the watch say, whatever their size."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from partitioned_pipelines.runtime.executions.execution import Execution
from partitioned_pipelines.runtime.freshness.texts import hanging_notice
from partitioned_pipelines.runtime.notices.notice import publish

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

AT = datetime(2026, 3, 3, 9, 20, tzinfo=UTC)
ARN = f"arn:aws:sagemaker:ap-northeast-1:123456789012:pipeline/{'p' * 61}/execution/"
LARGEST_MESSAGE = 256 * 1024
"""https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""


def test_a_thousand_runs_that_hang_fit_into_a_message() -> None:
    runs = [Execution(f"{ARN}{number:012}", "RUNNING", AT - timedelta(hours=5)) for number in range(1000)]
    notice = hanging_notice("told", runs, timedelta(hours=2), AT, ["--target", "aws"])
    sent: list[dict[str, Any]] = []
    publish(cast("SNSClient", SimpleNamespace(publish=lambda **request: sent.append(request))), "arn:topic", notice)
    assert len(sent[0]["Message"].encode()) < LARGEST_MESSAGE
    assert notice.facts["count"] == 1000
    assert "told has 1000 runs that should have ended" in notice.text
    assert "  and 995 more\n" in notice.text
