"""A test in a real browser: a page of another origin attacks the local cloud, and can read and change nothing."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import boto3
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PAGE = Path(__file__).with_name("hostile.html")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: apt-get install chromium"),
]


class _Page(BaseHTTPRequestHandler):
    """A server of the page, which records what the page reports."""

    result: dict[str, Any] | None = None
    arrived = threading.Event()

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(PAGE.read_bytes())

    def do_POST(self) -> None:
        type(self).result = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()
        self.arrived.set()

    def log_message(self, *_: Any) -> None:
        """Suppress the log."""


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Yield the environment of a local cloud in a separate process: its endpoint and its key."""
    folders = [f"--state-dir={tmp_path / 'state'}", f"--image-store={tmp_path / 'images'}"]
    command = [sys.executable, "-m", "local_cloud", "serve", "--exit-with-parent", *folders]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
        process.terminate()


@pytest.fixture
def page() -> Iterator[str]:
    """Yield the address of a server on another port, which is another origin."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()


def test_it_gets_nothing_though_it_knows_the_key_id(cloud: dict[str, str], page: str, tmp_path: Path) -> None:
    clients = boto3.Session(cloud["access_key_id"], cloud["secret_access_key"], region_name="ap-northeast-1")
    iam, s3 = (
        clients.client("iam", endpoint_url=cloud["endpoint"]),
        clients.client("s3", endpoint_url=cloud["endpoint"]),
    )
    s3.create_bucket(Bucket="kept", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
    port = cloud["endpoint"].rsplit(":", 1)[1]
    endpoints = [f"http://{host}:{port}" for host in ("127.0.0.1", "localhost", "bucket.localhost")]
    knows = quote(json.dumps({"endpoints": endpoints, "key": cloud["access_key_id"]}))
    assert CHROMIUM is not None
    browser = [
        CHROMIUM,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        f"--user-data-dir={tmp_path / 'profile'}",
    ]
    _Page.arrived.clear()
    # A browser's effects are tested, not its own messages, which say nothing about the page.
    with subprocess.Popen(
        [*browser, f"{page}#{knows}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        arrived = _Page.arrived.wait(240)
        process.terminate()
    assert arrived, "the page did not come to its end"
    assert _Page.result == {"tried": 3, "seen": []}
    assert iam.list_roles()["Roles"] == []
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["kept"], "nor was anything reset"
