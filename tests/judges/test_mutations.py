"""Break one property, and a named check is red: the checks can find what they are there for."""

import pytest

from tests.judges.lake_checks import LAKE_CHECKS
from tests.judges.lake_mutations import LAKE_MUTATIONS
from tests.judges.machine_mutations import MACHINE_MUTATIONS
from tests.judges.mutation import ALL_CHECKS, LINTERS, SUBJECT_CHECKS, Mutation
from tests.judges.pipeline_mutations import PART_MUTATIONS, ROLE_MUTATIONS
from tests.judges.step_kind_mutations import STEP_KIND_MUTATIONS
from tests.judges.subject import Subject
from tests.judges.synthesis import Synthesis

PIPELINE_MUTATIONS = [*MACHINE_MUTATIONS, *STEP_KIND_MUTATIONS, *ROLE_MUTATIONS, *PART_MUTATIONS]


@pytest.mark.parametrize("mutation", LAKE_MUTATIONS, ids=lambda mutation: mutation.name)
def test_lake(mutation: Mutation, repository: Synthesis) -> None:
    lake = repository.resolved_lake()
    check = {**LAKE_CHECKS, **LINTERS}[mutation.check]
    assert check(lake) == []
    mutation.apply(lake)
    assert_found(mutation, check(lake))


@pytest.mark.parametrize("mutation", PIPELINE_MUTATIONS, ids=lambda mutation: mutation.name)
def test_pipeline(mutation: Mutation, repository: Synthesis, every_option: Synthesis) -> None:
    subject = Subject.of(repository if mutation.pipeline in repository.pipelines else every_option, mutation.pipeline)

    def findings() -> list[str]:
        if mutation.check in LINTERS:
            return LINTERS[mutation.check](subject.stack)
        return SUBJECT_CHECKS[mutation.check](subject)

    assert findings() == []
    mutation.apply(subject.stack)
    assert_found(mutation, findings())


def assert_found(mutation: Mutation, findings: list[str]) -> None:
    assert any(mutation.finding in finding for finding in findings), (
        f"{mutation.check} does not see: {mutation.name}; it says {findings}"
    )


def test_every_check_can_find_something() -> None:
    assert {mutation.check for mutation in (*LAKE_MUTATIONS, *PIPELINE_MUTATIONS)} == ALL_CHECKS


def test_mutations_are_told_apart() -> None:
    names = [mutation.name for mutation in (*LAKE_MUTATIONS, *PIPELINE_MUTATIONS)]
    assert len(names) == len(set(names))
