"""The local cloud: moto's application with the extensions, served on localhost."""

from __future__ import annotations

import io
import json
import logging
import os
import threading
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from local_cloud import extensions
from local_cloud.access import AccessControl, AccessKey, own_access_key
from local_cloud.backend_lock import OneRequestAtATime
from local_cloud.request_bodies import ChunkedBody
from local_cloud.request_validation import RequestValidation
from local_cloud.s3.object_keys import ObjectKeys
from local_cloud.server.admin import AdminRoutes
from local_cloud.server.failed_requests import FailedRequests, dispatcher
from local_cloud.server.request_log import RequestLog
from local_cloud.settings import Settings, announce, endpoint_url

if TYPE_CHECKING:
    from types import TracebackType
    from wsgiref.types import WSGIEnvironment


class _RequestHandler(WSGIRequestHandler):
    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """Do not log requests."""

    def make_environ(self) -> WSGIEnvironment:
        """Return the environment of a request, with a reader for its chunked body that ends if the client does."""
        environ = super().make_environ()
        if environ.get("wsgi.input_terminated"):
            environ["wsgi.input"] = io.BufferedReader(ChunkedBody(self.rfile))
        return environ

    def handle_expect_100(self) -> bool:
        """Leave ``100 Continue`` to ``run_wsgi``, which also sends one: clients that wait for it fail on a second one."""
        return True


class LocalCloud:
    """A local cloud in this process. There can be only one at a time, since moto's state is global.

    Parameters
    ----------
    settings
        The folders, the port and the region.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def endpoint_url(self) -> str:
        """The endpoint of the started cloud."""
        return endpoint_url()

    @property
    def access_key(self) -> AccessKey:
        """The owner's access key."""
        return own_access_key()

    def start(self) -> None:
        """Install the extensions and listen on localhost."""
        self.settings.state_dir.mkdir(parents=True, exist_ok=True)
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        extensions.install(self.settings)
        log = RequestLog(FailedRequests(RequestValidation(OneRequestAtATime(dispatcher()))))
        application = AccessControl(ObjectKeys(AdminRoutes(log, log)))
        self._server = make_server(
            "127.0.0.1", self.settings.port, application, threaded=True, request_handler=_RequestHandler
        )
        announce(self.settings, self._server.server_port)
        self._thread = threading.Thread(target=self._server.serve_forever, name="local-cloud", daemon=True)
        self._thread.start()
        if self.settings.trino is not None:
            folder = self.settings.state_dir / "trino"
            self.settings.trino.start(folder, self.endpoint_url, self.settings.region, self.access_key)

    def stop(self) -> None:
        """Stop listening."""
        if self.settings.trino is not None:
            self.settings.trino.stop()
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()

    def __enter__(self) -> LocalCloud:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    def ready_line(self) -> str:
        """Return one line of JSON with the endpoint and the owner's access key."""
        known = {"endpoint": self.endpoint_url, "region": self.settings.region, "pid": os.getpid()}
        return json.dumps(known | asdict(self.access_key))
