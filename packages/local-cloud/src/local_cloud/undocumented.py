"""What AWS does not document, and this cloud can do in either way, so that what runs here can be held to both.

The first of each list is what a cloud begins with: the kinder reading of the documentation.
"""

from __future__ import annotations

from typing import Final

CHOICES: Final = {
    # Where the files of a manifest arrive below an input's folder: by what follows the manifest's prefix, or by the whole key, as was
    # reported for a training job: https://github.com/aws/sagemaker-python-sdk/issues/723
    "manifest_files": ("below_prefix", "whole_key"),
    # What `.sync` and a step of SageMaker Pipelines make of a job that was stopped, by somebody or at its MaxRuntimeInSeconds. The unkind
    # way: the job has uploaded what it had written until then, and its state succeeds.
    "stopped_job": ("fails", "succeeds"),
}


class UnknownChoiceError(ValueError):
    """There is no such behaviour, or it cannot be chosen."""


_chosen = {name: ways[0] for name, ways in CHOICES.items()}


def chosen(name: str) -> str:
    """Return the way in which the running cloud behaves."""
    return _chosen[name]


def choose(name: str, way: str) -> dict[str, str]:
    """Change how the running cloud behaves, and return all that is chosen.

    Raises
    ------
    UnknownChoiceError
        Naming what can be chosen.
    """
    if way not in CHOICES.get(name, ()):
        choices = "; ".join(f"{each}: {' or '.join(ways)}" for each, ways in CHOICES.items())
        raise UnknownChoiceError(f"{name}={way} cannot be chosen. Choices: {choices}")
    _chosen[name] = way
    return dict(_chosen)
