"""Fixtures of the projects whose SageMaker Pipelines stacks are checked, with the same pipelines under Step Functions."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.synthesized.every_option import write_every_option_project
from tests.synthesized.fixtures import LOCKED_DOWN_OPTIONS
from tests.synthesized.synthesis import Synthesis, synthesize

__all__ = ["SAGEMAKER_PIPELINES", "by_pipelines", "by_step_functions", "synthesize_by"]

SAGEMAKER_PIPELINES = ["everything", "by_hand", "kinds"]


def synthesize_by(orchestrator: str, folder: Path, options: Mapping[str, Any] = LOCKED_DOWN_OPTIONS) -> Synthesis:
    """Synthesize every option and every kind of step that both orchestrators support, with a key and encrypted traffic."""
    project = write_every_option_project(folder / "project")
    for path in (project / "pipelines").glob("*.yaml"):
        document = json.loads(path.read_text(encoding="utf-8"))
        document["orchestrator"] = orchestrator
        for step in document["steps"]:
            step.pop("retries", None)
        for table in document.get("tables", []):
            if table.get("registration") == "msck":
                del table["registration"]
        path.write_text(json.dumps(document), encoding="utf-8")
        if document["name"] not in SAGEMAKER_PIPELINES:
            path.unlink()
    return synthesize(project, folder / "cdk.out", options)


@pytest.fixture(scope="session")
def by_pipelines(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    """Synthesize with SageMaker Pipelines, which requires the extra."""
    return synthesize_by("sagemaker_pipelines", tmp_path_factory.mktemp("by_pipelines"))


@pytest.fixture(scope="session")
def by_step_functions(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    """Synthesize with state machines."""
    return synthesize_by("step_functions", tmp_path_factory.mktemp("by_step_functions"))
