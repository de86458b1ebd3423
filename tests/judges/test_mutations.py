"""Break one property, and a named check is red: the checks can find what they are there for."""

import pytest

from tests.judges.catalog_mutations import CATALOG_MUTATIONS
from tests.judges.encryption_mutations import ENCRYPTION_LAKE_MUTATIONS, ENCRYPTION_MUTATIONS
from tests.judges.fixtures import EVERY_OPTION, REPOSITORY
from tests.judges.lake_checks import LAKE_CHECKS
from tests.judges.lake_mutations import LAKE_MUTATIONS
from tests.judges.machine_mutations import MACHINE_MUTATIONS
from tests.judges.mutation import ALL_CHECKS, LINTERS, SUBJECT_CHECKS, Mutation, assert_found
from tests.judges.network_mutations import NETWORK_MUTATIONS
from tests.judges.notice_mutations import NOTICE_MUTATIONS
from tests.judges.pipeline_mutations import PART_MUTATIONS, ROLE_MUTATIONS
from tests.judges.redshift_mutations import REDSHIFT_MUTATIONS
from tests.judges.resource_policy_mutations import LAKE_RESOURCE_POLICY_MUTATIONS
from tests.judges.step_kind_mutations import STEP_KIND_MUTATIONS
from tests.judges.subject import Subject
from tests.judges.synthesis import Synthesis

PIPELINE_MUTATIONS = [
    *MACHINE_MUTATIONS,
    *STEP_KIND_MUTATIONS,
    *ROLE_MUTATIONS,
    *PART_MUTATIONS,
    *ENCRYPTION_MUTATIONS,
    *CATALOG_MUTATIONS,
    *NETWORK_MUTATIONS,
]
ALL_LAKE_MUTATIONS = [
    *LAKE_MUTATIONS,
    *ENCRYPTION_LAKE_MUTATIONS,
    *NOTICE_MUTATIONS,
    *REDSHIFT_MUTATIONS,
    *LAKE_RESOURCE_POLICY_MUTATIONS,
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
