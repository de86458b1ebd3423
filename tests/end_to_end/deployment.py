"""A project on a running local cloud, used by the end-to-end tests through the command and through plain AWS clients."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import boto3

from partitioned_pipelines.cli.target.local_endpoint import LocalEndpoint

ROOT = Path(__file__).parents[2]
PROJECTS = ROOT / "tests" / "fixtures" / "projects"
REGION = "ap-northeast-1"
Seen = TypeVar("Seen")


def pipelines(*arguments: str | Path, project: Path) -> subprocess.CompletedProcess[str]:
    """Run the command in a separate process, as a user does; return its result."""
    command = [Path(sys.executable).with_name("pipelines"), *arguments, "--project", project]
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "PYTEST_"))}
    return subprocess.run(
        [str(word) for word in command], cwd=ROOT, env=clean, capture_output=True, text=True, timeout=600, check=False
    )


@dataclass(frozen=True)
class Deployment:
    """A project that is deployed to a running local cloud; ``prefix`` is its stack name prefix."""

    project: Path
    endpoint: LocalEndpoint
    prefix: str = "pipelines"

    def client(self, service: str) -> Any:
        """Return a boto3 client with only the endpoint, its key and a region."""
        return boto3.client(  # type: ignore[call-overload]  # the service's name is not a literal here
            service,
            endpoint_url=self.endpoint_url,
            region_name=REGION,
            aws_access_key_id=self.endpoint.access_key_id,
            aws_secret_access_key=self.endpoint.secret_access_key,
        )

    @property
    def endpoint_url(self) -> str:
        return self.endpoint.url

    def command(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return pipelines(*arguments, project=self.project)

    def json(self, *arguments: str | Path) -> Any:
        """Run a command that must succeed; return the parsed document on its standard output."""
        finished = self.command(*arguments, "--json")
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return json.loads(finished.stdout)

    def outputs(self, stack: str) -> dict[str, str]:
        """Return a stack's outputs, as a program reads them."""
        described = self.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}

    @property
    def lake(self) -> str:
        return self.outputs(f"{self.prefix}-data-lake")["LakeBucketName"]

    def stack(self, pipeline: str) -> str:
        """Return the name of a pipeline's stack."""
        return f"{self.prefix}-{pipeline.replace('_', '-')}"

    def keys(self, prefix: str) -> list[str]:
        """Return the keys under a prefix of the lake."""
        pages = self.client("s3").get_paginator("list_objects_v2").paginate(Bucket=self.lake, Prefix=prefix)
        return [content["Key"] for page in pages for content in page.get("Contents", [])]

    def admin(self, method: str, path: str) -> Any:
        """Call an API of the local cloud that AWS does not have."""
        headers = {"Authorization": self.endpoint.authorization}
        request = urllib.request.Request(f"{self.endpoint_url}/_local/{path}", headers=headers, method=method)  # noqa: S310 - localhost
        with urllib.request.urlopen(request) as response:  # noqa: S310 - localhost
            return json.loads(response.read())

    def log_of(self, job: str) -> str:
        """Return what a job has logged so far."""
        logs, group = self.client("logs"), "/aws/sagemaker/ProcessingJobs"
        streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{job}/")["logStreams"]
        return "\n".join(
            event["message"]
            for stream in streams
            for event in logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])["events"]
        )

    def subscribed_queue(self, name: str, topic_arn: str, **attributes: str) -> str:
        """Create a queue that a topic may send to, subscribe it, with attributes of the subscription, and return its URL."""
        sqs = self.client("sqs")
        arn = f"arn:aws:sqs:{REGION}:{topic_arn.split(':')[4]}:{name}"
        condition = {"ArnEquals": {"aws:SourceArn": topic_arn}}
        principal = {"Service": "sns.amazonaws.com"}
        statement = {
            "Effect": "Allow",
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Principal": principal,
            "Condition": condition,
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        url: str = sqs.create_queue(QueueName=name, Attributes={"Policy": policy})["QueueUrl"]
        self.client("sns").subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=arn, Attributes=attributes)
        return url

    def wait_until(self, look: Callable[[], Seen], *, seconds: float = 60) -> Seen:
        """Poll until ``look`` returns a value, and return it."""
        deadline = time.monotonic() + seconds
        while not (seen := look()):
            assert time.monotonic() < deadline, f"nothing was seen within {seconds} s"
            time.sleep(0.2)
        return seen

    def finished(self, execution_arn: str) -> dict[str, Any]:
        """Wait until an execution has succeeded; return its output."""
        sfn = self.client("stepfunctions")
        self.wait_until(lambda: sfn.describe_execution(executionArn=execution_arn)["status"] != "RUNNING")
        described = sfn.describe_execution(executionArn=execution_arn)
        assert described["status"] == "SUCCEEDED", described
        output: dict[str, Any] = json.loads(described["output"])
        return output


def endpoint_of(environment: dict[str, str]) -> LocalEndpoint:
    """Return the endpoint in a process's environment variables."""
    names = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    return LocalEndpoint(*(environment[name] for name in names))


@contextmanager
def deployed(project: Path) -> Iterator[Deployment]:
    """Deploy a project to a separate local cloud, which is stopped at the end of the block."""
    started = pipelines("local", "up", project=project)
    try:
        assert started.returncode == 0, started.stdout + started.stderr
        status = json.loads(pipelines("local", "status", "--json", project=project).stdout)
        yield Deployment(project, endpoint_of(status["environment"]))
    finally:
        stopped = pipelines("local", "down", project=project)
    assert stopped.returncode == 0, stopped.stdout + stopped.stderr
