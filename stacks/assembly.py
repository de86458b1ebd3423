"""The folder of the cloud assembly, for files that the app itself adds to it."""

from __future__ import annotations

import functools
from pathlib import Path

import aws_cdk as cdk


@functools.cache
def assembly_folder(stack: cdk.Stack) -> Path:
    """Return the output folder of the synthesis of a stack."""
    stage = cdk.Stage.of(stack)
    assert stage is not None  # a stack always has a stage  # noqa: S101
    return Path(stage.outdir)
