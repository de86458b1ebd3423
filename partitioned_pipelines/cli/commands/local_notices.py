"""``pipelines local notices``: what was published to the topics of the local cloud."""

from typing import Annotated

import typer

from partitioned_pipelines.cli.command import command
from partitioned_pipelines.cli.settings import Settings
from partitioned_pipelines.cli.target.clouds import find_running, local_only
from partitioned_pipelines.cli.target.local_notices import read_notices
from partitioned_pipelines.cli.terminal.output import note, print_json, say

Limit = Annotated[int, typer.Option("--limit", min=1, max=1000, help="Number of notices, the last ones")]


@command
def notices(settings: Settings, limit: Limit = 20) -> None:
    """Print what was published to the SNS topics, the newest last: subject, text, attributes, time and subscribers.

    The local cloud sends no e-mail and calls no web server; such subscriptions stay pending. Queues and functions get their messages.
    """
    found = read_notices(find_running(local_only(settings)).endpoint, limit)
    if settings.json:
        print_json({"notices": found})
        return
    for notice in found:
        attributes = " ".join(f"{name}={value}" for name, value in sorted(notice["attributes"].items()))
        say(f"{notice['time'][:19]}Z  {notice['topic'].rpartition(':')[2]}  {attributes}".rstrip())
        for subscriber in notice["subscribers"]:
            pending = " (pending: not delivered)" if subscriber["pending"] else ""
            say(f"    to {subscriber['protocol']} {subscriber['endpoint']}{pending}")
        for line in [f"Subject: {notice['subject']}", *notice["text"].splitlines()]:
            say(f"  > {line}".rstrip())  # a quote: a script's words may look like an error of this command
    if not found:
        note("no notices yet")
