"""The check whether this machine's configuration redirects the calls of ``--target aws`` to something other than AWS."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from partitioned_pipelines.cli.terminal.output import note

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.session import Session

# The services that a command or the CDK CLI calls.
_SERVICES = (
    *("athena", "cloudformation", "ecr", "glue", "iam", "lambda", "logs", "pricing", "s3", "sagemaker", "scheduler"),
    *("ssm", "stepfunctions", "sts"),
)


def warn_of_other_endpoints() -> None:
    """Print a warning for each endpoint that is not AWS, with the setting that configures it.

    https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    """
    import botocore.session

    session = botocore.session.get_session()
    for url, services in _other_endpoints(session).items():
        source = _source(url)
        which = "all of its calls" if len(services) == len(_SERVICES) else f"its calls of {', '.join(services)}"
        note(
            f"--target aws sends {which} to {url}, which is not AWS: {source} says so. For AWS: {_remedy(source)}",
            style="bold yellow",
        )


def _other_endpoints(session: Session) -> dict[str, list[str]]:
    if session.get_config_variable("ignore_configured_endpoint_urls"):
        return {}
    found: dict[str, list[str]] = {}
    for service, url in _configured(session):
        host = urlsplit(url).hostname or ""
        if not any(host == suffix or host.endswith(f".{suffix}") for suffix in _aws_domains(session)):
            found.setdefault(url, []).append(service)
    return found


def _configured(session: Session) -> Iterator[tuple[str, str]]:
    from botocore.configprovider import ConfiguredEndpointProvider

    for service in _SERVICES:
        provider = ConfiguredEndpointProvider(
            full_config=session.full_config, scoped_config=session.get_scoped_config(), client_name=service
        )
        if url := provider.provide():
            yield service, str(url)


def _aws_domains(session: Session) -> set[str]:
    partitions = session.get_component("data_loader").load_data("endpoints")["partitions"]
    return {"api.aws", *(partition["dnsSuffix"] for partition in partitions)}


def _source(url: str) -> str:
    variables = sorted(
        name for name, value in os.environ.items() if name.startswith("AWS_ENDPOINT_URL") and value == url
    )
    return " and ".join(variables) or "endpoint_url in the AWS configuration file"


def _remedy(source: str) -> str:
    if not source.startswith("AWS_"):
        return "remove endpoint_url from the profile, or use another one (AWS_PROFILE)"
    variables = source.split(" and ")
    if "AWS_ACCESS_KEY_ID" not in os.environ:
        return f"unset {' '.join(variables)}"
    # `pipelines local status` prints the endpoint with an access key, which AWS does not know.
    return f"unset {' '.join(variables)} AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY (if the key came with it)"
