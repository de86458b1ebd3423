"""Who gets an answer: the own host with the session's cookie. Everybody else is refused, and no call leaves the process."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import pytest
from werkzeug.test import run_wsgi_app

from partitioned_pipelines.cli.ui.protection import HEADERS, Protected
from partitioned_pipelines.cli.ui.server import listening, serve
from partitioned_pipelines.cli.ui.session import Session
from partitioned_pipelines.cli.ui.site import Site
from partitioned_pipelines.page.assets import SCRIPT, STYLE
from tests.cli.commands.test_status import Calls, calls
from tests.cli.runs.test_looking_back import PIPELINE
from tests.cli.ui.site import HOST, PORT, Visitor
from tests.moto_lake import aws

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["aws", "calls"]

PATHS = [
    "/",
    "/table/analytics.features",
    "/run/20260110T000000Z-0123abcd",
    "/runs",
    "/cost",
    "/api/lake.json",
    "/api/table/analytics.features.json",
    "/api/run/20260110T000000Z-0123abcd.json",
    "/api/log/features--extract-1",
    "/log/features--extract-1.txt",
    "/nowhere",
]


@pytest.fixture
def visitor(tmp_path: Path, calls: Calls, aws: None) -> Iterator[Visitor]:
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "processing_scripts").mkdir()
    (tmp_path / "processing_scripts" / "extract.py").write_text("")
    (tmp_path / "pipelines" / "features.yaml").write_text(PIPELINE % ("0" * 64, "versioned"), encoding="utf-8")
    visitor = Visitor.of(tmp_path, calls)
    yield visitor
    visitor.site.store.stop()


def nothing_was_asked(visitor: Visitor, calls: Calls) -> bool:
    return not calls.made and not visitor.site.store._workers


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        f"evil.example:{PORT}",
        f"127.0.0.1:{PORT + 1}",
        "127.0.0.1",
        "localhost",
        f"localhost.:{PORT}",
        f"127.0.0.1.:{PORT}",
        f"LOCALHOST:{PORT}",
        f"Localhost:{PORT}",
        f"[::1]:{PORT}",
        f"127.1:{PORT}",
        f"2130706433:{PORT}",
        f"x@127.0.0.1:{PORT}",
        f"127.0.0.1:{PORT},127.0.0.1:{PORT}",
        f" 127.0.0.1:{PORT}",
        "",
        None,
    ],
)
@pytest.mark.parametrize("path", ["/", "/api/lake.json", "/session", f"/assets/{STYLE.served_name}"])
def test_another_host_is_refused_before_anything_is_routed(
    visitor: Visitor, calls: Calls, host: str | None, path: str
) -> None:
    visitor.sign_in()
    environ = {"PATH_INFO": path, "REQUEST_METHOD": "GET", "HTTP_COOKIE": ""}
    if host is not None:
        environ["HTTP_HOST"] = host
    body, status, _ = run_wsgi_app(Protected(visitor.site, PORT), environ)
    assert status == "421 MISDIRECTED REQUEST"
    assert b"".join(body) == b""
    assert nothing_was_asked(visitor, calls)


@pytest.mark.parametrize("path", PATHS)
def test_without_a_session_nothing_is_told(visitor: Visitor, calls: Calls, path: str) -> None:
    other = Session(PORT)
    for cookie in ("", "wrong", other._secret, visitor.site.session.token, "é"):
        visitor.client.set_cookie(visitor.site.session.cookie, cookie, domain="127.0.0.1")
        answer = visitor.get(path)
        assert answer.status_code == (200 if path == "/" else 401)
        assert "sign-in" in answer.text
        assert "features" not in answer.text
    assert nothing_was_asked(visitor, calls)


@pytest.mark.parametrize("token", ["", "wrong", "é" * 43, "x" * 4000])
def test_a_wrong_token_opens_no_session(visitor: Visitor, calls: Calls, token: str) -> None:
    answer = visitor.sign_in(token)
    assert answer.status_code in (403, 413)
    assert "Set-Cookie" not in answer.headers
    assert visitor.get("/runs").status_code == 401
    assert nothing_was_asked(visitor, calls)


def test_the_token_is_not_the_cookie_and_both_are_long_enough(visitor: Visitor) -> None:
    session = visitor.site.session
    assert min(len(session.token), len(session._secret)) >= 43, "256 bits in base64"
    assert session.token != session._secret
    assert session.token not in repr(session)
    assert session._secret not in repr(visitor.site)


def test_the_cookie_is_for_this_site_alone(visitor: Visitor) -> None:
    answer = visitor.sign_in()
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    name, *attributes = answer.headers["Set-Cookie"].split("; ")
    assert name.startswith(f"pipelines-ui-{PORT}=")
    assert sorted(attributes) == ["HttpOnly", "Path=/", "SameSite=Strict"]


def test_every_answer_has_the_headers(visitor: Visitor) -> None:
    answers = [visitor.get(path) for path in (*PATHS, f"/assets/{SCRIPT.served_name}")]
    answers += [visitor.sign_in("wrong"), visitor.client.get("/", base_url="http://evil.example")]
    answers += [visitor.sign_in(), visitor.get("/nowhere"), visitor.client.delete("/", base_url=HOST)]
    for answer in answers:
        for name, value in HEADERS.items():
            if not (name == "Cache-Control" and "/assets/" in answer.request.path):
                assert answer.headers.getlist(name) == [value], answer.request.path
    policy = dict(part.split(" ", 1) for part in HEADERS["Content-Security-Policy"].split("; "))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": "'self'",
        "img-src": "'self' data:",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_no_address_changes_anything(visitor: Visitor, calls: Calls, method: str) -> None:
    visitor.sign_in()
    for path in PATHS:
        assert visitor.client.open(path, method=method, base_url=HOST).status_code == 405
    assert nothing_was_asked(visitor, calls)


def test_a_raw_request(visitor: Visitor, capfd: pytest.CaptureFixture[str]) -> None:
    """As the server reads it: two hosts, an absolute address, no host; and nothing of it is logged."""
    with listening(0) as listener:
        port = listener.getsockname()[1]
        session = Session(port)
        site = Site(visitor.site.store, visitor.site.documents, session)
        threading.Thread(target=serve, args=(listener, Protected(site, port)), daemon=True).start()

        def ask(*lines: str, body: str = "") -> str:
            with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
                connection.sendall("\r\n".join([*lines, "", body]).encode())
                return b"".join(iter(lambda: connection.recv(65536), b"")).decode()

        own = f"Host: 127.0.0.1:{port}"
        assert ask("GET / HTTP/1.1", own).startswith("HTTP/1.1 200")
        for lines in (
            ("GET / HTTP/1.1", "Host: evil.example"),
            ("GET / HTTP/1.1", own, own),
            ("GET / HTTP/1.1", own, "Host: evil.example"),
            (f"GET http://evil.example:{port}/ HTTP/1.1", own),
            ("GET / HTTP/1.0",),
        ):
            answer = ask(*lines)
            assert answer.startswith("HTTP/1.1 421"), lines
            assert answer.endswith("\r\n\r\n"), "no body"
        body = f"token={session.token}"
        form = ("Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}")
        assert "303 SEE OTHER" in ask("POST /session HTTP/1.1", own, *form, body=body)
        with pytest.raises(OSError, match="in use"), listening(port):
            pass
    logged = capfd.readouterr()
    assert session.token not in logged.out + logged.err
    assert "POST" not in logged.err
