"""Queries of CloudWatch Logs Insights name their log groups in one of three ways."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

_WHEN = {"startTime": 0, "endTime": 4_000_000_000, "queryString": "fields @message"}


@pytest.fixture
def logs(aws: Callable[[str], Any], name: str) -> Any:
    client = aws("logs")
    client.create_log_group(logGroupName=name)
    client.create_log_stream(logGroupName=name, logStreamName="s")
    event = {"timestamp": int(time.time() * 1000), "message": "hello"}
    client.put_log_events(logGroupName=name, logStreamName="s", logEvents=[event])
    return client


def group_arn(logs: Any, name: str) -> str:
    (group,) = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return str(group["arn"])


def found(logs: Any, **groups: Any) -> list[str]:
    query = logs.start_query(**groups, **_WHEN)["queryId"]
    results = logs.get_query_results(queryId=query)["results"]
    return [field["value"] for row in results for field in row if field["field"] == "@message"]


def test_groups_are_found_by_name_and_by_identifier(logs: Any, name: str) -> None:
    assert found(logs, logGroupName=name) == ["hello"]
    assert found(logs, logGroupNames=[name]) == ["hello"]
    assert found(logs, logGroupIdentifiers=[name]) == ["hello"]
    assert found(logs, logGroupIdentifiers=[group_arn(logs, name).removesuffix(":*")]) == ["hello"]


def test_a_query_without_a_group_is_refused(logs: Any) -> None:
    with pytest.raises(ClientError) as refused:
        logs.start_query(**_WHEN)
    assert refused.value.response["Error"]["Code"] == "InvalidParameterException"
