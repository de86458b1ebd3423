"""Sessions of botocore that read service models and endpoints once for all; by default, each session reads them again."""

from __future__ import annotations

import botocore.session
from botocore.loaders import create_loader

_LOADER = create_loader()


def botocore_session() -> botocore.session.Session:
    """Return a new session, whose loader keeps what any of these sessions has read.

    https://docs.aws.amazon.com/botocore/latest/reference/loaders.html
    """
    session = botocore.session.get_session()
    session.register_component("data_loader", _LOADER)
    return session
