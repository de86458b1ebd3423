"""Behaviour that AWS does not document, and that can be switched, so that users can test both ways.

The first way of each list is the default: the more convenient interpretation of the documentation.
"""

from __future__ import annotations

from typing import Final

CHOICES: Final = {
    # The paths of a manifest's files in the input's folder: relative to the manifest's prefix, or the whole key, as reported for a
    # training job: https://github.com/aws/sagemaker-python-sdk/issues/723
    "manifest_files": ("below_prefix", "whole_key"),
    # The outcome of `.sync` and of a step of SageMaker Pipelines for a job that was stopped, by a user or at its MaxRuntimeInSeconds. If it
    # succeeds, the next state works with a partial output.
    "stopped_job": ("fails", "succeeds"),
}


class UnknownChoiceError(ValueError):
    """A behaviour or a way that does not exist."""


_chosen = {name: ways[0] for name, ways in CHOICES.items()}


def chosen(name: str) -> str:
    """Return the current way of a behaviour."""
    return _chosen[name]


def choose(name: str, way: str) -> dict[str, str]:
    """Change the way of a behaviour, and return all current ways.

    Raises
    ------
    UnknownChoiceError
        If the behaviour or the way does not exist.
    """
    if way not in CHOICES.get(name, ()):
        choices = "; ".join(f"{each}: {' or '.join(ways)}" for each, ways in CHOICES.items())
        raise UnknownChoiceError(f"{name}={way} does not exist. Choices: {choices}")
    _chosen[name] = way
    return dict(_chosen)
