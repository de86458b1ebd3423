"""Tests that no check finds anything in any stack; `tests/mutations/test_mutations.py` shows that each can find something."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.checks.data_lake.catalog import CATALOG_CHECKS
from tests.checks.data_lake.encryption import ENCRYPTION_CHECKS
from tests.checks.data_lake.lake import LAKE_CHECKS
from tests.checks.pipeline.network import NETWORK_CHECKS
from tests.checks.pipeline.pipeline import PIPELINE_CHECKS
from tests.checks.pipeline.roles import ROLE_CHECKS
from tests.checks.pipeline.run_notices import RUN_NOTICE_CHECKS
from tests.checks.pipeline.step_kinds import STEP_KIND_CHECKS
from tests.checks.state_machine.backfill import BACKFILL_CHECKS
from tests.checks.state_machine.machine import MACHINE_CHECKS
from tests.synthesized.fixtures import PIPELINES, PROJECTS
from tests.synthesized.resolved_stack import ResolvedStack
from tests.synthesized.subject import Subject

if TYPE_CHECKING:
    from tests.synthesized.synthesis import Synthesis

CHECKS = {
    **MACHINE_CHECKS,
    **STEP_KIND_CHECKS,
    **PIPELINE_CHECKS,
    **ROLE_CHECKS,
    **ENCRYPTION_CHECKS,
    **CATALOG_CHECKS,
    **NETWORK_CHECKS,
    **BACKFILL_CHECKS,
    **RUN_NOTICE_CHECKS,
}


@pytest.mark.parametrize("project", PROJECTS)
@pytest.mark.parametrize("check", LAKE_CHECKS.values(), ids=LAKE_CHECKS)
def test_lake(check: Callable[[ResolvedStack], list[str]], project: str, request: pytest.FixtureRequest) -> None:
    synthesis: Synthesis = request.getfixturevalue(project)
    assert check(synthesis.resolved_lake()) == []


@pytest.mark.parametrize(("project", "pipeline"), PIPELINES)
@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_pipeline(
    check: Callable[[Subject], list[str]], project: str, pipeline: str, request: pytest.FixtureRequest
) -> None:
    synthesis: Synthesis = request.getfixturevalue(project)
    assert check(Subject.of(synthesis, pipeline)) == []
