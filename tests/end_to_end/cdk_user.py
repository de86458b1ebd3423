"""A user of the CDK CLI with a project, on a local cloud in a separate process."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local_cloud.images.docker_shim import write_docker_command
from partitioned_pipelines.cli.deployment.cdk_installation import cdk_program
from partitioned_pipelines.cli.target.local_endpoint import LOCAL_ACCOUNT, LOCAL_REGION, LocalEndpoint
from partitioned_pipelines.cli.target.locations import IMAGE_STORE, node_folder
from tests.end_to_end.deployment import PROJECTS, ROOT, Deployment, endpoint_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


DEPLOY = ("--require-approval=never", "--concurrency=3", "--progress=events")


@dataclass(frozen=True)
class CdkUser:
    """A user of the CDK CLI with a project, and the address of a local cloud.

    Attributes
    ----------
    folder
        Folder for the app's output.
    options
        The content of the project's deployment.yaml; None leaves the file unchanged.
    """

    project: Path
    environment: dict[str, str]
    folder: Path
    prefix: str = "cdk"
    options: Mapping[str, Any] | None = None

    def cdk(self, *arguments: str, synthesize: bool = True) -> subprocess.CompletedProcess[str]:
        """Run the CDK CLI, on the app or on its last output; standard output and standard error are merged."""
        assembly = str(self.folder / "cdk.out")
        app = ["--app", assembly]
        if synthesize:
            if self.options is not None:
                # JSON is valid YAML.
                (self.project / "deployment.yaml").write_text(json.dumps(dict(self.options)), encoding="utf-8")
            values = (f"project={self.project}", f"prefix={self.prefix}")
            context = [flag for value in values for flag in ("--context", value)]
            app = ["--app", f"{sys.executable} {ROOT / 'app.py'}", *context, "--output", assembly]
        command = [str(cdk_program()), *arguments, *app, "--no-color", "--no-notices", "--no-version-reporting"]
        return subprocess.run(
            command,
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def must(self, *arguments: str, synthesize: bool = True) -> str:
        """Run the CDK CLI, which must succeed; return its output."""
        done = self.cdk(*arguments, synthesize=synthesize)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def bootstrap(self) -> str:
        return self.must("bootstrap", f"aws://{LOCAL_ACCOUNT}/{LOCAL_REGION}")

    def deploy(self, *stacks: str, synthesize: bool = True) -> str:
        return self.must("deploy", *(stacks or ("--all",)), *DEPLOY, synthesize=synthesize)

    @property
    def deployment(self) -> Deployment:
        """Return the deployment under the prefix."""
        return Deployment(self.project, endpoint_of(self.environment), self.prefix)

    def client(self, service: str) -> Any:
        return self.deployment.client(service)

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.project / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def outputs(self, stack: str) -> dict[str, str]:
        return self.deployment.outputs(stack)

    def run_of(self, day: str) -> dict[str, Any]:
        """Start the pipeline by its state machine's ARN; return the ended execution."""
        sfn = self.client("stepfunctions")
        machine = self.outputs(f"{self.prefix}-word-count")["StateMachineArn"]
        execution = sfn.start_execution(stateMachineArn=machine, input=json.dumps({"date": day}))["executionArn"]
        while True:
            described: dict[str, Any] = sfn.describe_execution(executionArn=execution)
            if described["status"] != "RUNNING":
                return described
            time.sleep(0.1)

    def count_words(self, day: str) -> str:
        """Upload input for the pipeline, and run it; return the execution's ARN."""
        key = f"raw/word_count/{day.replace('-', '')}.txt"
        self.client("s3").put_object(Bucket=self.deployment.lake, Key=key, Body=b"to be or not to be or")
        ended = self.run_of(day)
        assert ended["status"] == "SUCCEEDED", ended
        arn: str = ended["executionArn"]
        return arn

    def jobs(self) -> list[dict[str, Any]]:
        """Return the descriptions of the pipeline's jobs."""
        sagemaker = self.client("sagemaker")
        role = self.outputs(f"{self.prefix}-word-count")["ProcessingRoleArn"]
        described = [
            sagemaker.describe_processing_job(ProcessingJobName=each["ProcessingJobName"])
            for each in sagemaker.list_processing_jobs()["ProcessingJobSummaries"]
        ]
        return [each for each in described if each["RoleArn"] == role]

    def words(self, day: str) -> list[str]:
        """Return the lines of a day's file in the table, from the bucket."""
        s3, lake = self.client("s3"), self.deployment.lake
        glue = self.client("glue")
        (partition,) = (
            each
            for each in glue.get_partitions(DatabaseName="outside", TableName="word_counts")["Partitions"]
            if each["Values"] == [day]
        )
        prefix = partition["StorageDescriptor"]["Location"].removeprefix(f"s3://{lake}/")
        keys = [each["Key"] for each in s3.list_objects_v2(Bucket=lake, Prefix=prefix)["Contents"]]
        return [
            line for key in keys for line in s3.get_object(Bucket=lake, Key=key)["Body"].read().decode().splitlines()
        ]


@contextlib.contextmanager
def serving(state: Path) -> Iterator[dict[str, str]]:
    """Start an empty local cloud, without the CDK's bootstrap stack; yield an environment for the CDK CLI."""
    state.mkdir()
    serve = [sys.executable, "-m", "local_cloud", "serve", "--port", "0", "--state-dir", str(state)]
    serve += ["--image-store", str(IMAGE_STORE), "--exit-with-parent"]
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "PYTEST_"))}
    with (state / "log").open("w") as log:
        cloud = subprocess.Popen(serve, cwd=ROOT, env=clean, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        assert cloud.stdout is not None
        ready = json.loads(cloud.stdout.readline())
        endpoint = LocalEndpoint(ready["endpoint"], ready["access_key_id"], ready["secret_access_key"])
        node = node_folder()
        assert node is not None, "the packaged Node is installed with the project"
        yield {
            **clean,
            **endpoint.environment,
            "PATH": os.pathsep.join([str(node), clean["PATH"]]),
            "JSII_NODE": str(node / "node"),
            "CDK_DOCKER": str(write_docker_command(state, IMAGE_STORE)),
        }
    finally:
        cloud.terminate()
        cloud.communicate(timeout=20)


@contextlib.contextmanager
def bootstrapped(state: Path) -> Iterator[dict[str, str]]:
    """Start a local cloud that is bootstrapped for the CDK; yield an environment for the CDK CLI."""
    with serving(state) as environment:
        CdkUser(PROJECTS / "outside", environment, state).bootstrap()
        yield environment
