"""Tests that each error is reported alone, with file, line, field and a valid value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.spec.checks.bad_fields import IN_EDITORS, ON_LOADING
from tests.spec.project_folder import FILE, VALID, spoiled

if TYPE_CHECKING:
    from tests.spec.project_folder import ProjectFolder


def test_what_is_spoiled_here_is_right(project: ProjectFolder) -> None:
    assert project.problems_of(VALID) == []


@pytest.mark.parametrize(("old", "new", "field", "says", "below"), [*IN_EDITORS, *ON_LOADING])
def test_a_mistake_is_told(project: ProjectFolder, old: str, new: str, field: str, says: str, below: int) -> None:
    (project.root / "scripts" / "d.py").mkdir()
    text, line = spoiled(old, new)
    problem = project.only_problem_of(text)
    assert (problem.file, problem.field) == (FILE, field)
    assert says in problem.message
    assert problem.line == line + below
    assert "\n" not in str(problem)
    assert len(str(problem)) < 1000


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        pytest.param(
            "image: {dockerfile: scripts/Dockerfile}\n",
            "",
            {"steps[0]": "has no image: add `image:`", "steps[1]": "has no image"},
            id="no-image",
        ),
        pytest.param(
            "- name: transform",
            "- name: extract",
            {
                "steps[1].name": "is 'extract' a second time",
                "steps[1].inputs.extract": "reads the step's own output",
                "table.source": "is 'transform', which is not a step",
            },
            id="same-step-twice",
        ),
        pytest.param(
            "- name: transform",
            "- name: trans form",
            {"steps[1].name": "such as 'trans_form'", "table.source": "did you mean 'trans form'?"},
            id="step-with-a-space",
        ),
        pytest.param(
            "- name: transform",
            "- name: PlanRun",
            {"steps[1].name": "such as 'planrun'", "table.source": "is not a step"},
            id="state-of-every-workflow",
        ),
        pytest.param(
            "      rows: /opt/ml/processing/output",
            "\n".join(f"      o{i}: /opt/ml/processing/{i}" for i in range(11)),
            {"steps[1].outputs": "has 11 entries: SageMaker takes at most ten", "table.source": "has several outputs"},
            id="eleven-outputs",
        ),
        pytest.param(
            "name: features\n",
            "Name: features\nretry: 1\n",
            {"Name": "did you mean 'name'?", "name": "is missing", "retry": "is not a key here"},
            id="several-keys",
        ),
    ],
)
def test_all_that_follows_is_told_too(project: ProjectFolder, old: str, new: str, told: dict[str, str]) -> None:
    problems = {problem.field: problem.message for problem in project.problems_of(spoiled(old, new)[0])}
    for field, says in told.items():
        assert says in problems[field]
