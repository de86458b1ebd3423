"""What a local cloud is started with."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

ACCOUNT_ID = "123456789012"  # moto's own
PORT_VARIABLE = "MOTO_PORT"  # moto reads it to find its own server
_REGION_VARIABLE = "LOCAL_CLOUD_REGION"


@dataclass(frozen=True, slots=True)
class Settings:
    """Where a local cloud keeps things, and where it listens.

    Attributes
    ----------
    state_dir
        Folder for what lasts as long as the cloud: unpacked functions, jobs that run, copies of objects that queries read.
    image_store
        Folder of the images' stand-ins, which outlive the cloud.
    port
        0 takes one that is free.
    """

    state_dir: Path
    image_store: Path
    port: int = 0
    region: str = "ap-northeast-1"


def endpoint_url() -> str:
    """Return the running server's endpoint.

    An address, not the word localhost: the SDKs then name a bucket in the path, and not in front of a host that does not resolve.
    """
    return f"http://127.0.0.1:{os.environ[PORT_VARIABLE]}"


def announce(settings: Settings, port: int) -> None:
    """Tell the rest of this process, and moto, where the server is."""
    os.environ[PORT_VARIABLE] = str(port)
    os.environ[_REGION_VARIABLE] = settings.region


def region() -> str:
    """Return the running cloud's region."""
    return os.environ[_REGION_VARIABLE]
