"""Where a local cloud answers, the key that opens it, and what it is asked for that AWS has no API for: to fire a schedule."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import ProxyHandler, Request, build_opener

from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.operations.remedy import Command, Remedy

LOCAL_REGION: Final = "ap-northeast-1"
LOCAL_ACCOUNT: Final = "123456789012"

_ANSWERS_WITHIN_SECONDS = 60.0


@dataclass(frozen=True)
class LocalEndpoint:
    """A local cloud's address and access key.

    Attributes
    ----------
    url
        Its endpoint.
    access_key_id, secret_access_key
        The key of its owner: random for each cloud. It opens nothing else.
    """

    url: str
    access_key_id: str
    secret_access_key: str = field(repr=False)

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables by which any AWS tool reaches the local cloud."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_REGION": LOCAL_REGION,
            "AWS_DEFAULT_REGION": LOCAL_REGION,
        }

    @property
    def authorization(self) -> str:
        """The HTTP header that the routes below ``/_local/`` ask for."""
        return f"Basic {base64.b64encode(f'{self.access_key_id}:{self.secret_access_key}'.encode()).decode()}"

    def answers(self, within_seconds: float) -> bool:
        """Whether the local cloud answers: one that is suspended holds its port and says nothing."""
        request = Request(f"{self.url}/_local/health", headers={"Authorization": self.authorization})  # noqa: S310 - http, of this machine
        try:
            with build_opener(ProxyHandler({})).open(request, timeout=within_seconds):
                return True
        except URLError as error:
            return not isinstance(error.reason, OSError)
        except OSError:
            return False


@dataclass(frozen=True)
class Schedule:
    """A deployed schedule.

    Attributes
    ----------
    group, name
        As EventBridge Scheduler has them.
    """

    group: str
    name: str

    @classmethod
    def from_outputs(cls, outputs: dict[str, str]) -> Schedule | None:
        """Find the schedule among the outputs of a pipeline's stack; None if it has none."""
        if "ScheduleName" not in outputs:
            return None
        return cls(outputs["ScheduleGroupName"], outputs["ScheduleName"])


@dataclass(frozen=True)
class Fired:
    """A schedule that was fired.

    Attributes
    ----------
    scheduled_time
        In UTC.
    warning
        Why AWS would not have fired at that time; empty if it would.
    """

    execution_arn: str
    scheduled_time: str
    warning: str


def fire_schedule(endpoint: LocalEndpoint, schedule: Schedule, at: str) -> Fired:
    """Fire a schedule.

    Raises
    ------
    CommandError
        If the local cloud refuses, with its reason.
    """
    path = f"/_local/schedules/{quote(schedule.group, safe='')}/{quote(schedule.name, safe='')}/fire"
    answer = _post(endpoint, f"{path}?{urlencode({'at': at})}")
    return Fired(answer["execution_arn"], answer["scheduled_time"], answer["warning"])


def _post(endpoint: LocalEndpoint, path: str) -> dict[str, Any]:
    # A proxy is for the world outside.
    opener = build_opener(ProxyHandler({}))
    request = Request(f"{endpoint.url}{path}", headers={"Authorization": endpoint.authorization}, method="POST")  # noqa: S310  # localhost
    try:
        with opener.open(request, timeout=_ANSWERS_WITHIN_SECONDS) as response:
            document: dict[str, Any] = json.load(response)
            return document
    except HTTPError as error:
        raise CommandError(f"the schedule was not fired: {_message(error)}", exit_code=ExitCode.NO_CLOUD) from error
    except (URLError, TimeoutError) as error:
        raise CommandError(
            f"the local cloud does not answer at {request.full_url}: {error}",
            Remedy.of("see how it is: ", Command(("local", "status"), target="local")),
            exit_code=ExitCode.NO_CLOUD,
        ) from error


def _message(error: HTTPError) -> str:
    try:
        return str(json.load(error)["message"])
    except (ValueError, KeyError, TypeError):
        return str(error)
