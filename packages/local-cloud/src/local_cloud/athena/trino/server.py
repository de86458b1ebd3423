"""The process of a Trino that reads the local cloud's Glue and S3. It ends with the cloud."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import urllib3

from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.trino.assembly import VERSION
from local_cloud.athena.trino.query import TrinoQuery, execute
from local_cloud.supervised import supervised

if TYPE_CHECKING:
    from local_cloud.access import AccessKey
    from local_cloud.athena.statement_context import StatementContext
    from local_cloud.athena.trino.assembly import Installation

_FILES = Path(__file__).parent
_STARTS_WITHIN_SECONDS = 120
_PROBE_SECONDS = 0.2


class TrinoServer:
    """A Trino in a process of its own, on a free port of localhost."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._process: subprocess.Popen[bytes] | None = None
        self._is_ready = False
        self.url = ""

    def start(self, folder: Path, endpoint: str, region: str, key: AccessKey) -> None:
        """Start the process; queries wait until it answers.

        Parameters
        ----------
        folder
            Folder for its configuration and its log.
        endpoint
            The endpoint of the local cloud.
        """
        catalogs = folder / "etc" / "catalog"
        catalogs.mkdir(parents=True, exist_ok=True)
        for name in ("config.properties", "log.properties"):
            shutil.copy(_FILES / name, folder / "etc" / name)
        shutil.copy(_FILES / "awsdatacatalog.properties", catalogs)
        home, port = self._installation.home, _free_port()
        self.url = f"http://127.0.0.1:{port}"
        # The class data of the first run is reused by the next ones, which start faster.
        options = [f"-XX:SharedArchiveFile={home / 'classes.jsa'}", "-XX:+AutoCreateSharedArchive"]
        command = [
            str(self._installation.java / "bin" / "java"),
            *(_FILES / "jvm.config").read_text(encoding="utf-8").split(),
            *options,
            "-Dlog.levels-file=etc/log.properties",
            "-Dconfig=etc/config.properties",
            *("-cp", f"{home / 'lib'}/*", "Start", VERSION),
        ]
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            "AWS_ACCESS_KEY_ID": key.access_key_id,
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_REGION": region,
            "AWS_SECRET_ACCESS_KEY": key.secret_access_key,
            "TRINO_PLUGINS": str(home / "plugin"),
            "TRINO_PORT": str(port),
        }
        with (folder / "trino.log").open("wb") as log:
            self._process = subprocess.Popen(
                supervised(command, ends_with_this_process=True),
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._log = folder / "trino.log"

    def stop(self) -> None:
        """Stop the process."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait()

    def query(self, sql: str, context: StatementContext) -> TrinoQuery:
        """Return a query that this Trino evaluates."""
        return TrinoQuery(sql, context, self.ready_url)

    def ready_url(self) -> str:
        """Return the URL, once a query is answered. Raises QueryFailedError if that takes too long."""
        deadline = time.monotonic() + _STARTS_WITHIN_SECONDS
        while not self._is_ready:
            if self._process is None or self._process.poll() is not None or time.monotonic() > deadline:
                raise QueryFailedError("GENERIC_INTERNAL_ERROR", f"Trino did not start: see {self._log}")
            try:
                self._is_ready = all(page.get("error") is None for page in execute(self.url, "SELECT 1", "default"))
            except (urllib3.exceptions.HTTPError, ValueError):
                time.sleep(_PROBE_SECONDS)
        return self.url


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
