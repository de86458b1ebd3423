"""A deployment to the local cloud says that nothing is sent to Slack, if the data lake's stack has a channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloud_under_test.stacks import Stacks, resource
from cloud_under_test.template_parts import succeed
from partitioned_pipelines.cli.deployment.deployment import report_slack_channels
from partitioned_pipelines.cli.settings import Settings, Target
from partitioned_pipelines.cli.target.local_endpoint import LocalEndpoint
from partitioned_pipelines.cli.target.target import Cloud
from partitioned_pipelines.cli.terminal.output import standard_error

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from local_cloud.server import LocalCloud


def test_the_deployment_says_that_nothing_is_sent(
    aws: Any, local_cloud_server: LocalCloud, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = local_cloud_server.access_key
    cloud = Cloud.local(LocalEndpoint(local_cloud_server.endpoint_url, key.access_key_id, key.secret_access_key))
    settings = Settings(tmp_path, Target.LOCAL, name, json=False)
    stacks = Stacks(aws("cloudformation"), settings.data_lake_stack)
    channel = {
        "ConfigurationName": name,
        "SlackWorkspaceId": "T0123ABCD",
        "SlackChannelId": "C0123ABCD",
        "IamRoleArn": "arn:aws:iam::123456789012:role/slack",
    }
    succeed(stacks.create({"Topic": resource("AWS::SNS::Topic")}))
    standard_error.cache_clear()
    report_slack_channels(cloud, settings)
    assert capsys.readouterr().err == ""
    slack = resource("AWS::Chatbot::SlackChannelConfiguration", channel)
    succeed(stacks.update({"Topic": resource("AWS::SNS::Topic"), "Slack": slack}))
    report_slack_channels(cloud, settings)
    assert (
        "the local cloud sends nothing to Slack; read what it would get: pipelines local notices"
        in capsys.readouterr().err
    )
