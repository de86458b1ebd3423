"""Tests that field names used as values are fields of the documents."""

from __future__ import annotations

from typing import get_args

from partitioned_pipelines.lake.function_events.lambda_step import REGISTRATION_OUTPUTS
from partitioned_pipelines.lake.function_events.payloads import (
    Plan,
    PlanFact,
    RegistrationAnswer,
    StepPlan,
    StepPlanField,
)
from partitioned_pipelines.lake.runs.run_facts import FACT_OF_VARIABLE


def test_the_facts_of_a_plan_are_its_fields_without_the_steps() -> None:
    assert {*get_args(PlanFact), "steps"} == Plan.__required_keys__ | Plan.__optional_keys__
    assert set(FACT_OF_VARIABLE.values()) <= set(get_args(PlanFact))


def test_what_is_read_of_a_step_s_plan_is_in_it() -> None:
    assert set(get_args(StepPlanField)) == set(StepPlan.__annotations__)


def test_a_lambda_step_passes_on_all_of_an_answer_but_its_continuation() -> None:
    assert {*REGISTRATION_OUTPUTS, "continuation"} == set(RegistrationAnswer.__annotations__)
