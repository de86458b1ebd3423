"""The local cloud's address and access key, and its API for what AWS does not offer: firing schedules."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import ProxyHandler, Request, build_opener

from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.operations.remedy import Command, Remedy

if TYPE_CHECKING:
    from datetime import datetime

LOCAL_REGION: Final = "ap-northeast-1"
LOCAL_ACCOUNT: Final = "123456789012"

_ANSWERS_WITHIN_SECONDS = 60.0
_NOT_FIRED = "the schedule was not fired"


@dataclass(frozen=True)
class LocalEndpoint:
    """A local cloud's address and access key.

    Attributes
    ----------
    url
        The endpoint's URL.
    access_key_id, secret_access_key
        The owner's access key: random for each cloud, and valid only there.
    """

    url: str
    access_key_id: str
    secret_access_key: str = field(repr=False)

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables with which AWS tools reach the local cloud."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_REGION": LOCAL_REGION,
            "AWS_DEFAULT_REGION": LOCAL_REGION,
        }

    @property
    def authorization(self) -> str:
        """The value of the HTTP header that the routes below ``/_local/`` require."""
        return f"Basic {base64.b64encode(f'{self.access_key_id}:{self.secret_access_key}'.encode()).decode()}"

    def answers(self, within_seconds: float) -> bool:
        """Return whether the local cloud responds: a suspended process keeps its port but does not respond."""
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
        As in EventBridge Scheduler.
    """

    group: str
    name: str

    @classmethod
    def from_outputs(cls, outputs: dict[str, str]) -> Schedule | None:
        """Return the schedule in the outputs of a pipeline's stack; None if the pipeline has no schedule."""
        if "ScheduleName" not in outputs:
            return None
        return cls(outputs["ScheduleGroupName"], outputs["ScheduleName"])


@dataclass(frozen=True)
class Fired:
    """The result of firing a schedule.

    Attributes
    ----------
    scheduled_time
        In UTC.
    warning
        The reason why AWS would not have fired at that time; empty if it would.
    """

    execution_arn: str
    scheduled_time: str
    warning: str


def fire_schedule(endpoint: LocalEndpoint, schedule: Schedule, at: str) -> Fired:
    """Fire a schedule.

    Raises
    ------
    CommandError
        If the local cloud refuses; the message contains its reason.
    """
    path = f"schedules/{quote(schedule.group, safe='')}/{quote(schedule.name, safe='')}/fire"
    answer = ask(endpoint, "POST", f"{path}?{urlencode({'at': at})}", _NOT_FIRED)
    return Fired(answer["execution_arn"], answer["scheduled_time"], answer["warning"])


@dataclass(frozen=True)
class DueSchedule:
    """A schedule that became due, and was fired.

    Attributes
    ----------
    scheduled_time
        In UTC; the last one if it was due several times.
    execution_arn
        Empty if there is an error.
    error
        Why nothing was started; empty if something was.
    missed
        The number of earlier times that were not fired.
    """

    group: str
    name: str
    scheduled_time: str
    execution_arn: str
    error: str
    missed: int


def fire_due_schedules(endpoint: LocalEndpoint, after: datetime, until: datetime) -> list[DueSchedule]:
    """Fire the enabled schedules that are due after one time, and not after another.

    Raises
    ------
    CommandError
        If the local cloud refuses, or does not answer.
    """
    query = urlencode({"after": after.isoformat(), "until": until.isoformat()})
    answer = ask(endpoint, "POST", f"schedules/fire-due?{query}", _NOT_FIRED)
    return [DueSchedule(**fired) for fired in answer["fired"]]


def ask(endpoint: LocalEndpoint, method: str, path: str, failed: str) -> dict[str, Any]:
    """Return the answer of a route of the local cloud's own API.

    Parameters
    ----------
    path
        The path below ``/_local/``.
    failed
        What has failed if the cloud refuses, as the beginning of the error.

    Raises
    ------
    CommandError
        If the local cloud refuses, or does not answer.
    """
    # localhost needs no proxy.
    opener = build_opener(ProxyHandler({}))
    request = Request(f"{endpoint.url}/_local/{path}", headers={"Authorization": endpoint.authorization}, method=method)  # noqa: S310  # localhost
    try:
        with opener.open(request, timeout=_ANSWERS_WITHIN_SECONDS) as response:
            document: dict[str, Any] = json.load(response)
            return document
    except HTTPError as error:
        raise CommandError(f"{failed}: {_message(error)}", exit_code=ExitCode.NO_CLOUD) from error
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
