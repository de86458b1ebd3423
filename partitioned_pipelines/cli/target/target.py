"""The AWS API that a command calls, on the local cloud or in an account."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.remedies import LOG_IN, remedy_for
from partitioned_pipelines.cli.target.endpoint_check import warn_of_other_endpoints
from partitioned_pipelines.cli.target.local_endpoint import LOCAL_REGION
from partitioned_pipelines.operations.remedy import Command, Remedy

if TYPE_CHECKING:
    from collections.abc import Iterator

    import boto3
    from botocore.config import Config
    from mypy_boto3_athena import AthenaClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackTypeDef
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_sts import STSClient

    from partitioned_pipelines.cli.target.local_endpoint import LocalEndpoint

# Polling intervals; AWS throttles frequent calls.
_LOCAL_POLL_SECONDS, _AWS_POLL_SECONDS = 0.15, 3.0
_MOST_ATTEMPTS, _MOST_CONNECTIONS = 8, 16
_creating = Lock()
T = TypeVar("T")


class _client(cached_property[T]):  # noqa: N801  # a decorator
    """A client, created when it is first used: one at a time, because several threads must not create clients of one session.

    https://docs.aws.amazon.com/boto3/latest/guide/session.html#multithreading-or-multiprocessing-with-sessions
    """

    def __get__(self, instance: object, owner: type[Any] | None = None) -> T:  # type: ignore[override]  # used on instances alone
        """Return the client; once it exists, it hides this method: https://docs.python.org/3/howto/descriptor.html"""
        with _creating:
            return super().__get__(instance, owner)


@dataclass(frozen=True)
class Cloud:
    """The AWS API of the local cloud or of an account.

    Attributes
    ----------
    session
        The session with the credentials and the region.
    local_endpoint
        The local cloud's endpoint; None for AWS.
    many_calls
        Whether several threads make calls.
    """

    session: boto3.Session
    local_endpoint: LocalEndpoint | None
    many_calls: bool = False

    @classmethod
    def local(cls, endpoint: LocalEndpoint) -> Cloud:
        """Return the API of a local cloud, ignoring this machine's AWS configuration."""
        import boto3  # takes half a second, which commands without a cloud avoid
        import botocore.session

        from partitioned_pipelines.cli.target.answer_parsing import parse_fast

        # Otherwise a profile named in the environment would be loaded, and a configuration file could redirect calls.
        nothing: dict[str, tuple[Any, ...]] = {
            "profile": (None, None, None, None),
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
        }
        core = botocore.session.Session(session_vars=nothing)
        parse_fast(core)
        session = boto3.Session(
            aws_access_key_id=endpoint.access_key_id,
            aws_secret_access_key=endpoint.secret_access_key,
            region_name=LOCAL_REGION,
            botocore_session=core,
        )
        return cls(session, endpoint)

    @classmethod
    def aws(cls, region: str | None = None) -> Cloud:
        """Return the API of AWS, with the default credentials, in the given or the default region."""
        import boto3
        import botocore.session

        from partitioned_pipelines.cli.target.answer_parsing import parse_fast

        warn_of_other_endpoints()
        core = botocore.session.Session()
        parse_fast(core)
        # Like the CDK CLI, and unlike boto3 itself, which only reads AWS_DEFAULT_REGION.
        region = region or os.environ.get("AWS_REGION") or None
        return cls(boto3.Session(region_name=region, botocore_session=core), None)

    def for_many_calls(self) -> Cloud:
        """Return the same API with clients for many calls at once, which slow down as AWS throttles them."""
        return replace(self, many_calls=True)

    @property
    def is_local(self) -> bool:
        """Whether this is a local cloud."""
        return self.local_endpoint is not None

    @property
    def poll_seconds(self) -> float:
        """The polling interval for operations that have not ended."""
        return _LOCAL_POLL_SECONDS if self.is_local else _AWS_POLL_SECONDS

    @property
    def endpoint_url(self) -> str | None:
        """The endpoint URL for clients; None for AWS."""
        return self.local_endpoint.url if self.local_endpoint else None

    @cached_property
    def client_config(self) -> Config:
        """The configuration for all clients."""
        from botocore.config import Config

        # localhost needs no proxy, and botocore treats an empty mapping as "no proxies".
        config = Config(s3={"addressing_style": "path"}, proxies={}) if self.is_local else Config()
        if not self.many_calls:
            return config
        retries: Any = {"mode": "adaptive", "max_attempts": _MOST_ATTEMPTS}
        return config.merge(Config(retries=retries, max_pool_connections=_MOST_CONNECTIONS))

    @_client
    def s3(self) -> S3Client:
        return self.session.client("s3", endpoint_url=self.endpoint_url, config=self.client_config)

    @_client
    def glue(self) -> GlueClient:
        return self.session.client("glue", endpoint_url=self.endpoint_url, config=self.client_config)

    @_client
    def athena(self) -> AthenaClient:
        return self.session.client("athena", endpoint_url=self.endpoint_url, config=self.client_config)

    @_client
    def step_functions(self) -> SFNClient:
        return self.session.client("stepfunctions", endpoint_url=self.endpoint_url, config=self.client_config)

    @_client
    def sagemaker(self) -> SageMakerClient:
        return self.session.client("sagemaker", endpoint_url=self.endpoint_url, config=self.client_config)

    @_client
    def logs(self) -> CloudWatchLogsClient:
        return self.session.client("logs", endpoint_url=self.endpoint_url, config=self.client_config)

    @_client
    def functions(self) -> LambdaClient:
        return self.session.client("lambda", endpoint_url=self.endpoint_url, config=self.client_config)

    @_client
    def cloudformation(self) -> CloudFormationClient:
        return self.session.client("cloudformation", endpoint_url=self.endpoint_url, config=self.client_config)

    @_client
    def scheduler(self) -> EventBridgeSchedulerClient:
        return self.session.client("scheduler", endpoint_url=self.endpoint_url, config=self.client_config)

    @_client
    def service_quotas(self) -> Any:
        return self.session.client("service-quotas", endpoint_url=self.endpoint_url, config=self.client_config)

    @_client
    def kms(self) -> KMSClient:
        return self.session.client("kms", endpoint_url=self.endpoint_url, config=self.client_config)

    @_client
    def lake_formation(self) -> Any:
        return self.session.client("lakeformation", endpoint_url=self.endpoint_url, config=self.client_config)

    @_client
    def sns(self) -> SNSClient:
        return self.session.client("sns", endpoint_url=self.endpoint_url, config=self.client_config)

    @_client
    def sts(self) -> STSClient:
        return self.session.client("sts", endpoint_url=self.endpoint_url, config=self.client_config)

    def stack_outputs(self, stack_name: str) -> dict[str, str]:
        """Return the outputs of a stack.

        Raises
        ------
        CommandError
            If the stack is not deployed.
        """
        try:
            stack = self.cloudformation.describe_stacks(StackName=stack_name)["Stacks"][0]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationError":
                raise
            where = "the local cloud" if self.is_local else f"{self.session.region_name} of this AWS account"
            raise CommandError(
                f"the stack {stack_name} is not deployed to {where}",
                Remedy.of("deploy it: ", Command(("deploy",), target="local" if self.is_local else "aws")),
                exit_code=ExitCode.NO_CLOUD,
            ) from error
        return _outputs(stack)

    def all_stack_outputs(self, prefix: str) -> dict[str, dict[str, str]]:
        """Return the outputs of all stacks whose names begin with a prefix, by name."""
        pages = self.cloudformation.get_paginator("describe_stacks").paginate()
        return {
            stack["StackName"]: _outputs(stack)
            for page in pages
            for stack in page["Stacks"]
            if stack["StackName"].startswith(prefix)
        }

    @cached_property
    def account_id(self) -> str:
        """The id of the account of the credentials."""
        return self.sts.get_caller_identity()["Account"]


def _outputs(stack: StackTypeDef) -> dict[str, str]:
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


@contextmanager
def told_in_words() -> Iterator[None]:
    """Convert exceptions of boto3 to CommandErrors: no credentials, no region, no network, no permission."""
    try:
        yield
    except NoCredentialsError as error:
        raise CommandError("there are no AWS credentials", LOG_IN, exit_code=ExitCode.NO_CLOUD) from error
    except NoRegionError as error:
        raise CommandError("no AWS region is set", "set AWS_REGION", exit_code=ExitCode.NO_CLOUD) from error
    except ClientError as error:
        answer = error.response.get("Error", {})
        said = f"{error.operation_name}: {answer.get('Code')}: {answer.get('Message')}"
        raise CommandError(said, remedy_for(said), exit_code=ExitCode.NO_CLOUD) from error
    except BotoCoreError as error:
        said = str(error)
        raise CommandError(said, remedy_for(f"{type(error).__name__}: {said}"), exit_code=ExitCode.NO_CLOUD) from error
