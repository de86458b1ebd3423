"""``pipelines local alarms``: the alarms of the local cloud, evaluated on request."""

from datetime import datetime
from typing import Annotated

import typer

from partitioned_pipelines.cli.command import command
from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.settings import Settings
from partitioned_pipelines.cli.target.clouds import find_running, local_only
from partitioned_pipelines.cli.target.local_alarms import IN_ALARM, evaluate_alarms
from partitioned_pipelines.cli.terminal.output import note, print_json, say

AsOf = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="TIME",
        help="Time as of which to evaluate, with its offset: 2026-11-23T21:00:00Z",
        show_default="now",
    ),
]


@command
def alarms(settings: Settings, at: AsOf = None) -> None:
    """Evaluate the alarms as CloudWatch would, print them, and notify the topics of those that changed.

    AWS evaluates alarms each minute, the local cloud only with this command. Metrics of queues have their present values, whatever the time.
    The exit code is 1 if an alarm is in the state ALARM.
    """
    time = _instant(at) if at else None
    found = evaluate_alarms(find_running(local_only(settings)).endpoint, time)
    if settings.json:
        print_json({"alarms": found})
    else:
        for alarm in found:
            change = f", before: {alarm['previous']}" if alarm["state"] != alarm["previous"] else ""
            say(f"{alarm['state']}  {alarm['name']}  since {alarm['since']}{change}")
            say(f"    {alarm['reason']}")
            for topic in alarm["actions"]:
                say(f"    notified {topic}")
            for failed in alarm["failed_actions"]:
                note(f"    {failed['action']} was not notified: {failed['error']}", style="red")
        if not found:
            note("no alarms are deployed")
    if any(alarm["state"] == IN_ALARM for alarm in found):
        raise typer.Exit(ExitCode.FAILED)


def _instant(at: str) -> datetime:
    try:
        instant = datetime.fromisoformat(at)
    except ValueError as error:
        raise CommandError(f"--at: invalid time {at!r}: {error}", "use --at 2026-11-23T21:00:00Z") from error
    if instant.tzinfo is None:
        raise CommandError(f"--at: {at} has no offset", f"use --at {at}Z, or another offset")
    return instant
