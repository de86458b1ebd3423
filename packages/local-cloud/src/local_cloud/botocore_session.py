"""Service models and endpoints that are read once for all; by default, each session of botocore reads them again."""

from __future__ import annotations

import functools
import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import boto3
import botocore.session
import moto
from botocore.loaders import create_loader
from moto.core import utils
from moto.core.base_backend import AccountSpecificBackend

from local_cloud.patching import original_of, replace

if TYPE_CHECKING:
    from local_cloud.settings import Settings

_LOADER = create_loader()
_MOTO = Path(moto.__file__).parent


def _import_ec2() -> None:
    """Import moto's EC2, which lists regions by three sessions: each would read botocore's largest model."""
    loader = create_loader()  # not _LOADER, which would keep that model
    with patch.object(botocore.session, "create_loader", lambda *_: loader):
        importlib.import_module("moto.ec2")


_import_ec2()


def install(_: Settings) -> None:
    """Replace the session in which moto looks up the regions of each service, and its reader of service models."""
    session = functools.cache(lambda: boto3.Session(botocore_session=botocore_session()))
    # extension: the models that moto reads are also those of the local cloud's own clients.
    replace(AccountSpecificBackend, "get_session", staticmethod(session))
    replace(utils, "_load_service_model", _load_for_moto)


def _load_for_moto(service_name: str, model_name: str) -> Any:
    # To some models, moto adds errors and defaults: https://github.com/getmoto/moto/blob/master/moto/core/loaders.py
    if any(_MOTO.glob(f"{service_name.replace('-', '')}/*/{model_name}.moto-extras.json*")):
        return original_of(utils, "_load_service_model")(service_name, model_name)
    return load_model(service_name, model_name)


def load_model(service_name: str, model_name: str) -> Any:
    """Return a JSON file of botocore's data about a service, such as ``service-2``, as it is published."""
    # Clients of S3 change the paths in the model that they use.
    loader = create_loader() if service_name == "s3" else _LOADER
    return loader.load_service_model(service_name, model_name)


def botocore_session() -> botocore.session.Session:
    """Return a new session, whose loader keeps what any of these sessions has read.

    https://docs.aws.amazon.com/botocore/latest/reference/loaders.html
    """
    session = botocore.session.get_session()
    session.register_component("data_loader", _LOADER)
    return session
