"""Sessions of botocore that read service models and endpoints once for all; by default, each session reads them again."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import boto3
import botocore.session
from botocore.loaders import create_loader
from moto.core.base_backend import AccountSpecificBackend

from local_cloud.patching import replace

if TYPE_CHECKING:
    from local_cloud.settings import Settings

_LOADER = create_loader()


def install(_: Settings) -> None:
    """Replace the session in which moto looks up the regions of each service."""
    session = functools.cache(lambda: boto3.Session(botocore_session=botocore_session()))
    # extension: the models that it reads for this are also those of the local cloud's own clients.
    replace(AccountSpecificBackend, "get_session", staticmethod(session))


def botocore_session() -> botocore.session.Session:
    """Return a new session, whose loader keeps what any of these sessions has read: for clients, not for the models themselves.

    https://docs.aws.amazon.com/botocore/latest/reference/loaders.html
    """
    session = botocore.session.get_session()
    session.register_component("data_loader", _LOADER)
    return session
