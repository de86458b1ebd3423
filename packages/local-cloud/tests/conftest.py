"""One local cloud, in this process, for all tests of the local cloud; and which of them are quick."""

from pathlib import Path

import pytest

from cloud_under_test.fixtures import (
    aws,
    bucket,
    create_job,
    image_uri,
    lake,
    local_cloud_server,
    name,
    role_arn,
    s3a_jars,
    spark_image_uri,
    stacks,
    state_machines,
    unchecked,
)
from cloud_under_test.garbage_collection import pytest_collection_finish, pytest_sessionfinish

__all__ = [
    "aws",
    "bucket",
    "create_job",
    "image_uri",
    "lake",
    "local_cloud_server",
    "name",
    "pytest_collection_finish",
    "pytest_sessionfinish",
    "role_arn",
    "s3a_jars",
    "spark_image_uri",
    "stacks",
    "state_machines",
    "unchecked",
]

QUICK = (
    *("athena/api", "athena/catalog", "athena/engine", "athena/results", "athena/scan", "athena/statements"),
    "athena/translation",
    *("glue", "iam", "request_validation", "test_moto_fixes.py", "test_patching.py"),
    *("cloudwatch/test_alarm_rule.py", "events/test_patterns.py", "events/test_target_input.py"),
    *("images/test_dockerfile.py", "s3/test_listing.py", "s3/test_conditional_writes.py"),
    *(
        "stepfunctions/test_choice_states.py",
        "stepfunctions/test_intrinsic_functions.py",
        "stepfunctions/test_state_paths.py",
    ),
)
"""What `make test` runs. The rest takes long, and is left to `make test-all`."""


@pytest.hookimpl(tryfirst=True)  # before -m deselects
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the thorough tests: all that are not quick."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here) and not item.path.relative_to(here).as_posix().startswith(QUICK):
            item.add_marker(pytest.mark.thorough)
