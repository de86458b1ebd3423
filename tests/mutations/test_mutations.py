"""Tests that breaking one property makes a named check fail, so that every check can find its errors."""

import pytest

from tests.checks.data_lake.lake import LAKE_CHECKS
from tests.mutations.data_lake.catalog import CATALOG_MUTATIONS
from tests.mutations.data_lake.encryption import ENCRYPTION_LAKE_MUTATIONS, ENCRYPTION_MUTATIONS
from tests.mutations.data_lake.lake import LAKE_MUTATIONS
from tests.mutations.data_lake.notices import NOTICE_MUTATIONS
from tests.mutations.data_lake.redshift import REDSHIFT_MUTATIONS
from tests.mutations.data_lake.resource_policy import LAKE_RESOURCE_POLICY_MUTATIONS
from tests.mutations.data_lake.watch import WATCH_MUTATIONS
from tests.mutations.mutation import ALL_CHECKS, LINTERS, SUBJECT_CHECKS, Mutation, assert_found
from tests.mutations.pipeline.network import NETWORK_MUTATIONS
from tests.mutations.pipeline.pipeline import PART_MUTATIONS, ROLE_MUTATIONS
from tests.mutations.pipeline.run_notices import RUN_NOTICE_MUTATIONS
from tests.mutations.pipeline.starter import STARTER_MUTATIONS
from tests.mutations.pipeline.step_kinds import STEP_KIND_MUTATIONS
from tests.mutations.state_machine.backfill import BACKFILL_MUTATIONS
from tests.mutations.state_machine.machine import MACHINE_MUTATIONS
from tests.synthesized.fixtures import EVERY_OPTION, REPOSITORY
from tests.synthesized.subject import Subject
from tests.synthesized.synthesis import Synthesis

PIPELINE_MUTATIONS = [
    *MACHINE_MUTATIONS,
    *STEP_KIND_MUTATIONS,
    *ROLE_MUTATIONS,
    *PART_MUTATIONS,
    *ENCRYPTION_MUTATIONS,
    *CATALOG_MUTATIONS,
    *NETWORK_MUTATIONS,
    *BACKFILL_MUTATIONS,
    *STARTER_MUTATIONS,
    *RUN_NOTICE_MUTATIONS,
]
ALL_LAKE_MUTATIONS = [
    *LAKE_MUTATIONS,
    *ENCRYPTION_LAKE_MUTATIONS,
    *NOTICE_MUTATIONS,
    *REDSHIFT_MUTATIONS,
    *LAKE_RESOURCE_POLICY_MUTATIONS,
    *WATCH_MUTATIONS,
]


@pytest.mark.parametrize("mutation", ALL_LAKE_MUTATIONS, ids=lambda mutation: mutation.name)
def test_lake(mutation: Mutation, request: pytest.FixtureRequest) -> None:
    synthesis: Synthesis = request.getfixturevalue(mutation.project or REPOSITORY)
    lake = synthesis.resolved_lake()
    check = {**LAKE_CHECKS, **LINTERS}[mutation.check]
    assert check(lake) == []
    mutation.apply(lake)
    assert_found(mutation, check(lake))


@pytest.mark.parametrize("mutation", PIPELINE_MUTATIONS, ids=lambda mutation: mutation.name)
def test_pipeline(mutation: Mutation, request: pytest.FixtureRequest, repository: Synthesis) -> None:
    project = mutation.project or (REPOSITORY if mutation.pipeline in repository.pipelines else EVERY_OPTION)
    subject = Subject.of(request.getfixturevalue(project), mutation.pipeline)

    def findings() -> list[str]:
        if mutation.check in LINTERS:
            return LINTERS[mutation.check](subject.stack)
        return SUBJECT_CHECKS[mutation.check](subject)

    assert findings() == []
    mutation.apply(subject.stack)
    assert_found(mutation, findings())


def test_every_check_can_find_something() -> None:
    assert {mutation.check for mutation in (*ALL_LAKE_MUTATIONS, *PIPELINE_MUTATIONS)} == ALL_CHECKS


def test_mutations_are_told_apart() -> None:
    names = [mutation.name for mutation in (*ALL_LAKE_MUTATIONS, *PIPELINE_MUTATIONS)]
    assert len(names) == len(set(names))
