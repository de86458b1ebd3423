"""A Lambda function of this repository. All have one archive: the handlers, and the modules of ``partitioned_pipelines`` that run there.

The archive is one file, written once for an assembly: the CDK would copy and hash each of its seven hundred files, and the CLI would pack them.
"""

from __future__ import annotations

import functools
import hashlib
import zipfile
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.iam.key_permissions import allow_messages
from stacks.iam.role_policy import RolePolicy, role_policy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aws_cdk import aws_kms as kms

    from stacks.orchestrators.orchestrator import Orchestrator

ROOT = Path(__file__).parents[2]
_OWN = ("lambdas", "partitioned_pipelines/__init__.py", "partitioned_pipelines/lake", "partitioned_pipelines/runtime")
# Lambda does not document that its Python has time zones: zoneinfo uses this package if the system has none.
# https://docs.python.org/3/library/zoneinfo.html#data-sources
_TIME_ZONES = "tzdata"
# Of files in an archive, by all users: https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-deployment.html
_READABLE = 0o100644 << 16
# Shared by all functions: each access would call the CDK's separate process.
_RUNTIME, _ARCHITECTURE = lambda_.Runtime.PYTHON_3_14, lambda_.Architecture.ARM_64
_LAMBDA = iam.ServicePrincipal("lambda.amazonaws.com")
_minutes = functools.cache(cdk.Duration.minutes)


def functions_code(assembly: Path) -> lambda_.Code:
    """Return the code of the functions of a stack, which all of them share: the CDK would copy it again for each."""
    archive, source_hash = functions_archive(assembly)
    return lambda_.Code.from_asset(str(archive), asset_hash=source_hash)


@functools.cache
def functions_archive(assembly: Path) -> tuple[Path, str]:
    """Write the archive of the functions to a folder; return its path, and a hash of the names and contents of its files.

    Parameters
    ----------
    assembly
        The output folder of the synthesis.
    """
    archive, digest = assembly / "functions.zip", hashlib.sha256()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, path in _files():
            content = path.read_bytes()
            digest.update(f"{len(name.encode())}:{name}:{len(content)}:".encode())
            digest.update(content)
            entry = zipfile.ZipInfo(name)  # with a fixed date
            entry.external_attr = _READABLE
            packed.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return archive, digest.hexdigest()


def _files() -> Iterator[tuple[str, Path]]:
    """Yield the name of each file in the archive, and its path."""
    for place in _OWN:
        yield from ((path.relative_to(ROOT).as_posix(), path) for path in _below(ROOT / place))
    zones = _installed(_TIME_ZONES)
    yield from ((path.relative_to(zones.parent).as_posix(), path) for path in _below(zones))


def _below(place: Path) -> Iterator[Path]:
    paths = sorted(place.rglob("*")) if place.is_dir() else [place]
    return (path for path in paths if path.is_file() and "__pycache__" not in path.parts)


def _installed(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"{package} is not installed: pip install {package}", name=package)
    return Path(spec.submodule_search_locations[0])


class SharedCodeFunction(Construct):
    """A function with the same import paths in the archive as in the checkout, packaged without Docker.

    Parameters
    ----------
    code
        The code of the stack's functions.
    folder
        The name of a folder below ``lambdas/``.
    orchestrator
        The orchestrator that calls the function; None if events do, and the handler is ``handler``.
    undelivered_arn
        The queue that receives the events for which the function failed, after Lambda's retries; None if its callers learn of a failure.

    Attributes
    ----------
    function, role
        The function and its role, which initially has no permissions.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        code: lambda_.Code,
        folder: str,
        description: str,
        memory_size: int,
        timeout_minutes: int,
        key: kms.IKey | None,
        orchestrator: Orchestrator | None = None,
        undelivered_arn: str | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self._key, self._undelivered_arn = key, undelivered_arn
        self._log_group = logs.LogGroup(
            self,
            "Log",
            retention=logs.RetentionDays.THREE_MONTHS,
            removal_policy=cdk.RemovalPolicy.DESTROY,
            encryption_key=key,
        )
        self.role = iam.Role(self, "Role", assumed_by=_LAMBDA, description=description)
        self.function = lambda_.Function(
            self,
            "Function",
            description=description,
            runtime=_RUNTIME,
            architecture=_ARCHITECTURE,
            handler=f"lambdas.{folder}.handler.{orchestrator.handler_entry if orchestrator else 'handler'}",
            code=code,
            memory_size=memory_size,
            timeout=_minutes(orchestrator.function_minutes(timeout_minutes) if orchestrator else timeout_minutes),
            role=self.role,
            log_group=self._log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            application_log_level_v2=lambda_.ApplicationLogLevel.INFO,
            system_log_level_v2=lambda_.SystemLogLevel.INFO,
        )
        if undelivered_arn is not None:
            # As L1 property: the L2's would grant the role the permission apart from its one policy.
            resource = cast("lambda_.CfnFunction", self.function.node.default_child)
            resource.dead_letter_config = lambda_.CfnFunction.DeadLetterConfigProperty(target_arn=undelivered_arn)

    @contextmanager
    def policy(self) -> Iterator[RolePolicy]:
        """Yield the policy of the function's role to collect statements; it already allows its log and its dead-letter queue."""
        with role_policy(self.role) as policy:
            policy.allow(["logs:CreateLogStream", "logs:PutLogEvents"], [self._log_group.log_group_arn])
            if self._undelivered_arn is not None:
                policy.allow(["sqs:SendMessage"], [self._undelivered_arn])
                allow_messages(policy, self._key, self._undelivered_arn)
            yield policy
