"""The settings of a local cloud."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pathlib import Path

ACCOUNT_ID = "123456789012"  # moto's account
PORT_VARIABLE = "MOTO_PORT"  # read by moto to find its server
_REGION_VARIABLE = "LOCAL_CLOUD_REGION"


class QueryEngine(Protocol):
    """What evaluates Athena's queries in place of DuckDB."""

    def start(self, folder: Path, endpoint: str, region: str, key: Any) -> None:
        """Start beside the cloud at an endpoint; the folder is for its own files."""
        ...

    def stop(self) -> None:
        """Stop, and leave no process behind."""
        ...

    def query(self, sql: str, context: Any) -> Any:
        """Return a query."""
        ...


@dataclass(frozen=True, slots=True)
class Settings:
    """The folders, the port and the region of a local cloud.

    Attributes
    ----------
    state_dir
        The folder for the cloud's own files: unpacked functions, running jobs, copies of objects for queries.
    image_store
        The folder of local images, which are kept when the cloud stops.
    port
        The port; 0 picks a free one.
    trino
        The Trino that answers Athena's queries; None for DuckDB.
    """

    state_dir: Path
    image_store: Path
    port: int = 0
    region: str = "ap-northeast-1"
    trino: QueryEngine | None = None


def endpoint_url() -> str:
    """Return the running server's endpoint.

    It has an address instead of ``localhost``, so that SDKs put a bucket's name into the path, and not into a host name that does not
    resolve.
    """
    return f"http://127.0.0.1:{os.environ[PORT_VARIABLE]}"


def announce(settings: Settings, port: int) -> None:
    """Set the server's address for this process and moto."""
    os.environ[PORT_VARIABLE] = str(port)
    os.environ[_REGION_VARIABLE] = settings.region


def region() -> str:
    """Return the running cloud's region."""
    return os.environ[_REGION_VARIABLE]
