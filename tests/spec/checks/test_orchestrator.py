"""Tests that features which SageMaker Pipelines does not support are rejected with the reason, and valid under Step Functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pytest

from partitioned_pipelines.spec import plan_output_name, plan_output_names
from partitioned_pipelines.spec.model.orchestrators import ORCHESTRATORS, OrchestratorName
from tests.spec.project_folder import VALID

if TYPE_CHECKING:
    from tests.spec.project_folder import ProjectFolder

BY_PIPELINES = VALID.replace("image:", "orchestrator: sagemaker_pipelines\nimage:", 1)


def with_arguments(text: str, count: int) -> str:
    return text.replace('      - "--since"\n', "".join(f'      - "--a{number}"\n' for number in range(count)))


@pytest.mark.parametrize(
    ("old", "new", "field", "says"),
    [
        ("retries: 0", "retries: 2", "steps[1].retries", "under the output prefix of the failed attempt"),
        (
            "layout: versioned",
            "layout: in_place\n  registration: msck",
            "table.registration",
            "cannot wait for a query of Athena",
        ),
        ('      - "--since"\n', "".join(f'      - "--a{number}"\n' for number in range(40)), "steps", "passes on 50"),
    ],
)
def test_what_cannot_be_done_is_refused(project: ProjectFolder, old: str, new: str, field: str, says: str) -> None:
    (problem,) = project.problems_of(BY_PIPELINES.replace(old, new))
    assert problem.field == field
    assert says in problem.message
    assert project.load(VALID.replace(old, new)).orchestrator == "step_functions"


def test_what_is_counted_is_what_is_handed_on(project: ProjectFolder) -> None:
    pipeline = project.load(with_arguments(BY_PIPELINES, 37))
    names = plan_output_names(pipeline)
    assert len(set(names)) == len(names) == 50
    assert plan_output_name(pipeline, "extract", "inputs", "raw") in names
    assert plan_output_name(pipeline, "transform", "outputs", "rows") in names
    assert plan_output_name(pipeline, "transform", "arguments", "36") in names


def test_another_orchestrator_is_refused_with_the_names(project: ProjectFolder) -> None:
    (problem,) = project.problems_of(BY_PIPELINES.replace("sagemaker_pipelines", "airflow"))
    assert problem.field == "orchestrator"
    assert "'step_functions' or 'sagemaker_pipelines'" in problem.message


def test_each_orchestrator_says_what_it_cannot_do() -> None:
    assert tuple(ORCHESTRATORS) == get_args(OrchestratorName)
