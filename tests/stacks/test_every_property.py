"""Each named check finds nothing in each stack; `tests/judges/test_mutations.py` shows that each can find something."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.judges.catalog_checks import CATALOG_CHECKS
from tests.judges.encryption_checks import ENCRYPTION_CHECKS
from tests.judges.fixtures import PIPELINES, PROJECTS
from tests.judges.lake_checks import LAKE_CHECKS
from tests.judges.machine_checks import MACHINE_CHECKS
from tests.judges.network_checks import NETWORK_CHECKS
from tests.judges.pipeline_checks import PIPELINE_CHECKS
from tests.judges.resolved_stack import ResolvedStack
from tests.judges.role_checks import ROLE_CHECKS
from tests.judges.step_kind_checks import STEP_KIND_CHECKS
from tests.judges.subject import Subject

if TYPE_CHECKING:
    from tests.judges.synthesis import Synthesis

CHECKS = {
    **MACHINE_CHECKS,
    **STEP_KIND_CHECKS,
    **PIPELINE_CHECKS,
    **ROLE_CHECKS,
    **ENCRYPTION_CHECKS,
    **CATALOG_CHECKS,
    **NETWORK_CHECKS,
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
