"""Tests that the tables of managed images equal the official SDK's, by region and version."""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from partitioned_pipelines.spec import SklearnImage, SparkImage
from partitioned_pipelines.spec.model.image import SKLEARN_VERSIONS, SPARK_VERSIONS
from stacks.pipeline.step_image import REGISTRIES, Framework

SCOPES: dict[Framework, str] = {"sklearn": "training", "spark": "processing"}
REPOSITORIES: dict[Framework, str] = {"sklearn": SklearnImage.repository, "spark": SparkImage.repository}
VERSIONS: dict[Framework, tuple[str, ...]] = {"sklearn": SKLEARN_VERSIONS, "spark": SPARK_VERSIONS}


def sdk_versions(framework: Framework) -> dict[str, Any]:
    """Return the data that the SDK itself reads: its JSON, without importing the SDK."""
    found = find_spec("sagemaker")
    folders = list(found.submodule_search_locations or []) if found else []
    paths = [path for folder in folders for path in Path(folder).glob(f"core/image_uri_config/{framework}.json")]
    versions: dict[str, Any] = json.loads(paths[0].read_text(encoding="utf-8"))[SCOPES[framework]]["versions"]
    return versions


@pytest.mark.parametrize("framework", SCOPES)
def test_accounts_repositories_and_versions_are_the_sdk_s(framework: Framework) -> None:
    versions = sdk_versions(framework)
    assert tuple(versions) == VERSIONS[framework]
    for version, described in versions.items():
        assert described["registries"] == REGISTRIES[framework], version
        assert described["repository"] == REPOSITORIES[framework], version


@pytest.mark.parametrize("framework", SCOPES)
def test_accounts_are_accounts(framework: Framework) -> None:
    accounts = REGISTRIES[framework]
    assert list(accounts) == sorted(accounts)
    assert all(len(account) == 12 and account.isdigit() for account in accounts.values())
    # For these two, captured requests of the SDK confirm it, too.
    assert accounts["ap-northeast-1"] == {"sklearn": "354813040037", "spark": "411782140378"}[framework]


def test_tags() -> None:
    assert SklearnImage(sklearn="1.4-2").tag == "1.4-2-cpu-py3"
    assert SparkImage(spark="3.5").tag == "3.5-cpu"
    assert SparkImage(spark="3.5-cpu-py312-v1.3").tag == "3.5-cpu-py312-v1.3"
