"""Fixtures of the projects whose stacks are checked, each synthesized once per test process."""

import pytest

from tests.synthesized.every_option import write_every_option_project
from tests.synthesized.intrinsics import ACCOUNT, REGION
from tests.synthesized.synthesis import ROOT, Synthesis, synthesize
from tests.synthesized.waiting_project import write_waiting_project

__all__ = [
    "BROUGHT_ALONG",
    "EVERY_OPTION",
    "LOCKED_DOWN",
    "PIPELINES",
    "PROJECTS",
    "REPOSITORY",
    "WAITING",
    "WAREHOUSE",
    "brought_along",
    "every_option",
    "locked_down",
    "repository",
    "waiting",
    "warehouse",
]

REPOSITORY, EVERY_OPTION = "repository", "every_option"
LOCKED_DOWN, BROUGHT_ALONG = "locked_down", "brought_along"
WAREHOUSE, WAITING = "warehouse", "waiting"
PROJECTS = [REPOSITORY, EVERY_OPTION, LOCKED_DOWN, BROUGHT_ALONG, WAREHOUSE]
CATALOG_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/5555abcd-12ab-34cd-56ef-1234567890ab"
WAREHOUSE_OPTIONS = {"redshift": True, "kms": "create", "catalog_kms": CATALOG_KEY, "lake_formation": "location"}
# The deployment's options: everything new, and everything existing.
LOCKED_DOWN_OPTIONS = {
    "kms": "create",
    "assets_kms": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/9876abcd-12ab-34cd-56ef-1234567890ab",
    "access_logs": "create",
    "encrypt_inter_container_traffic": True,
    "notify": [
        "team@example.com",
        {"to": "https://events.example.com/hook", "only": ["everything", "kinds"]},
        f"arn:aws:sqs:{REGION}:{ACCOUNT}:incidents",
        {"slack": {"workspace": "T07EA123LEP", "channel": "C07EZ1ABC23"}},
    ],
}
BROUGHT_ALONG_OPTIONS = {
    "kms": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "bucket": "team-lake",
    "databases": ["db_versioned", "kinds"],
    "catalog_kms": CATALOG_KEY,
    "lake_formation": "location",
}
PIPELINES = [
    (REPOSITORY, "feature_table"),
    (REPOSITORY, "flights"),
    (EVERY_OPTION, "everything"),
    (EVERY_OPTION, "by_hand"),
    (EVERY_OPTION, "kinds"),
    (EVERY_OPTION, "repaired"),
    (LOCKED_DOWN, "everything"),
    (LOCKED_DOWN, "kinds"),
    (LOCKED_DOWN, "repaired"),
    (BROUGHT_ALONG, "everything"),
    (BROUGHT_ALONG, "kinds"),
    (WAREHOUSE, "flights"),
]


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    """Synthesize the repository's own pipelines."""
    return synthesize(ROOT, tmp_path_factory.mktemp("repository") / "cdk.out")


@pytest.fixture(scope="session")
def every_option(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    """Synthesize pipelines that use every option of a pipeline file."""
    folder = tmp_path_factory.mktemp("every_option")
    return synthesize(write_every_option_project(folder / "project"), folder / "cdk.out")


@pytest.fixture(scope="session")
def locked_down(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    """Synthesize the same pipelines with a key, access logs and encrypted traffic."""
    folder = tmp_path_factory.mktemp("locked_down")
    return synthesize(write_every_option_project(folder / "project"), folder / "cdk.out", LOCKED_DOWN_OPTIONS)


@pytest.fixture(scope="session")
def brought_along(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    """Synthesize the same pipelines with an existing bucket, key and databases."""
    folder = tmp_path_factory.mktemp("brought_along")
    return synthesize(write_every_option_project(folder / "project"), folder / "cdk.out", BROUGHT_ALONG_OPTIONS)


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    """Synthesize the repository's own pipelines with a key, and tables read by Redshift Spectrum."""
    return synthesize(ROOT, tmp_path_factory.mktemp("warehouse") / "cdk.out", WAREHOUSE_OPTIONS)


@pytest.fixture(scope="session")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    """Synthesize pipelines that start when their inputs are there, with a key."""
    folder = tmp_path_factory.mktemp("waiting")
    return synthesize(write_waiting_project(folder / "project"), folder / "cdk.out", {"kms": "create"})
