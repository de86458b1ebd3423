"""All that is added to moto, in one list."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local_cloud.settings import Settings

_EXTENSIONS = (
    "cloudformation",
    "ecr",
    "events",
    "iam",
    "lambda_functions",
    "s3",
    "sagemaker",
    "scheduler",
    "stepfunctions",
    "athena",
)


def install(settings: Settings) -> None:
    """Install each extension; a second call changes nothing but the settings."""
    for name in _EXTENSIONS:
        try:
            module = importlib.import_module(f"local_cloud.{name}")
        except ModuleNotFoundError:  # WHILE BUILDING ONLY
            continue
        if hasattr(module, "install"):
            module.install(settings)
