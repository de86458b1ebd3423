"""The command: what it prints, what it refuses, and how it opens a browser."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import pytest

import partitioned_pipelines.cli.commands.ui as ui_command
from partitioned_pipelines.cli.errors import ExitCode
from partitioned_pipelines.cli.target.target import Cloud
from tests.cli.commands.test_status import Calls, calls
from tests.cli.runs.test_looking_back import pipelines
from tests.moto_lake import aws, glue, lake, s3

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["aws", "calls", "glue", "lake", "pipelines", "s3"]


@pytest.fixture
def ui(pipelines: Callable[..., Any], calls: Calls, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return a function that runs ``ui`` on moto's lake, with a server that ends at once."""

    @contextmanager
    def open_cloud(_settings: object) -> Iterator[Cloud]:
        yield Cloud(calls.session(), None)

    monkeypatch.setattr(ui_command, "open_cloud", open_cloud)
    monkeypatch.setattr("partitioned_pipelines.cli.ui.server.serve", lambda *_: None)
    return lambda *arguments, **options: pipelines("ui", "--target", "aws", *arguments, **options)


def test_the_address_has_the_token_in_its_fragment(ui: Callable[..., Any]) -> None:
    printed = ui().splitlines()[0]
    address = urlsplit(printed)
    assert (address.hostname, address.path, address.query) == ("127.0.0.1", "/", "")
    assert len(address.fragment.removeprefix("token=")) == 43
    assert ui().splitlines()[0] != printed, "a new token, and a free port"


def test_json_is_one_document(ui: Callable[..., Any]) -> None:
    document = ui("--json")
    assert sorted(document) == ["port", "url"]
    assert f"127.0.0.1:{document['port']}/#token=" in document["url"]


def test_a_port_that_is_in_use(ui: Callable[..., Any]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = ui("--port", str(port), code=ExitCode.INVALID)
    assert f"--port {port}: Address already in use" in said
    assert "choose another port, or none" in said


def test_a_browser_gets_the_token_by_a_private_file(ui: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[tuple[str, int, str]] = []

    def browse(uri: str) -> bool:
        file = Path(unquote(urlsplit(uri).path))
        opened.append((uri, file.stat().st_mode & 0o777, file.read_text(encoding="utf-8")))
        return True

    monkeypatch.setattr("webbrowser.open", browse)
    ui("--open")
    ((uri, mode, text),) = opened
    assert "token" not in uri
    assert mode == 0o600
    assert "/#token=" in text
    assert not Path(unquote(urlsplit(uri).path)).exists(), "it is gone afterwards"
