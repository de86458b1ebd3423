"""``pipelines ui``: the pages of the lake, live, on localhost."""

import webbrowser
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated

import typer

from partitioned_pipelines.cli.command import command
from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.cli.lake.lake_reader import kept_folder
from partitioned_pipelines.cli.project import open_project
from partitioned_pipelines.cli.runs.results.cost_report import read_price_list, require_region
from partitioned_pipelines.cli.settings import Settings
from partitioned_pipelines.cli.target.clouds import find_running, open_cloud
from partitioned_pipelines.cli.target.target import Cloud
from partitioned_pipelines.cli.terminal.output import note, print_json, say

Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port on localhost; 0 picks a free one")]
Open = Annotated[bool, typer.Option("--open", help="Open the page in the browser")]
Prices = Annotated[
    Path | None,
    typer.Option(
        "--prices",
        metavar="FILE",
        help="List of prices, as written by pipelines prices  [default: prices of deployment.yaml, on AWS]",
    ),
]


@command
def ui(settings: Settings, port: Port = 0, open_browser: Open = False, prices: Prices = None) -> None:
    """Serve the pages of the lake on localhost until Ctrl-C: what needs somebody, each table's intervals, runs with their logs, costs.

    The pages change nothing: every action is a command to copy. They are read again each minute, or each 10 seconds on the local cloud and
    while something runs, but only while somebody looks at them. The address contains a token, without which the server shows nothing;
    through SSH, forward the same port: ssh -L PORT:127.0.0.1:PORT.
    """
    # Imported here, so that other commands start without a web server.
    from partitioned_pipelines.cli.ui.documents import Documents
    from partitioned_pipelines.cli.ui.lake_store import LakeStore
    from partitioned_pipelines.cli.ui.protection import Protected
    from partitioned_pipelines.cli.ui.server import ADDRESS, listening, serve
    from partitioned_pipelines.cli.ui.session import Session
    from partitioned_pipelines.cli.ui.site import Site

    price_list = read_price_list(settings, prices)
    project = open_project(settings)
    with open_cloud(settings) as cloud, ExitStack() as stack:
        if price_list and not settings.local:
            require_region(price_list, cloud.session.region_name)
        try:
            listener = stack.enter_context(listening(port))
        except OSError as error:
            raise CommandError(f"--port {port}: {error.strerror}", "choose another port, or none") from error
        opened = listener.getsockname()[1]
        session = Session(opened)
        store = LakeStore(
            settings, _connection(settings, cloud), project.pipelines, price_list, kept_folder(settings, cloud)
        )
        stack.callback(store.stop)
        store.look()
        url = f"http://{ADDRESS}:{opened}/#token={session.token}"
        if settings.json:
            print_json({"url": url, "port": opened}, indent=None)
        else:
            say(url)
        note("Ctrl-C stops it")
        if open_browser:
            webbrowser.open(stack.enter_context(_address_file(url)))
        serve(listener, Protected(Site(store, Documents(store), session), opened))
        note("stopping")


def _connection(settings: Settings, first: Cloud) -> Callable[[], Cloud]:
    """Return a function that returns the cloud or, if it is called again, the local cloud that runs now."""
    clouds = iter([first])

    def connect() -> Cloud:
        again = first if not settings.local else None
        return next(clouds, again) or Cloud.local(find_running(settings).endpoint)

    return connect


@contextmanager
def _address_file(url: str) -> Iterator[str]:
    """Yield the URI of a file that leads a browser to an address: other users can see a program's arguments, but not this file."""
    with NamedTemporaryFile("w", prefix="pipelines-", suffix=".html") as file:  # created with mode 0600
        file.write(f'<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url={url}">\n')
        file.flush()
        yield Path(file.name).as_uri()
