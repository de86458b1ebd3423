"""The house has walls: which package may import which other, read from the source itself."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = {
    "cli", "lambdas", "local_cloud", "partitioned_pipelines", "partitions", "pipeline_spec", "processing_scripts", "stacks",
}  # fmt: skip
MAY_IMPORT = {
    "partitions": set(),
    "pipeline_spec": {"partitions"},
    "lambdas": {"partitions"},
    "stacks": {"pipeline_spec"},
    "local_cloud": set(),
    "partitioned_pipelines": {"cli", "pipeline_spec", "stacks"},  # its __main__ runs the one, its app.py the others
    "cli": {"lambdas", "local_cloud", "partitions", "pipeline_spec"},
    "processing_scripts": set(),
}


def imported_packages(source: str) -> Iterator[str]:
    """Yield the first name of each absolute import, wherever in the module it stands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize("package", sorted(MAY_IMPORT))
def test_a_package_imports_only_what_it_may(package: str) -> None:
    modules = list((ROOT / package).rglob("*.py"))
    assert modules, f"{package}/ holds no module: was it renamed?"
    allowed = MAY_IMPORT[package] | {package}
    violations = [
        f"{module.relative_to(ROOT)} imports {name}"
        for module in modules
        for name in imported_packages(module.read_text(encoding="utf-8"))
        if name in PACKAGES and name not in allowed
    ]
    assert violations == []


def test_every_package_has_its_rule() -> None:
    found = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert found <= set(MAY_IMPORT), "a new package needs a line in MAY_IMPORT"


def test_an_import_inside_a_function_counts() -> None:
    assert list(
        imported_packages("def f():\n    import stacks.lake\n    from partitioned_pipelines.cli.main import run\n")
    ) == [
        "stacks",
        "cli",
    ]


def test_moto_is_extended_in_the_process_of_the_local_clouds_tests_alone() -> None:
    """To collect a test is to import it: what extends moto would then be in the process of the tests that use moto as it comes."""
    extending = ("tests.local_cloud", "local_cloud.server", "local_cloud.extensions", "local_cloud.cloudformation")
    violations = [
        f"{module.relative_to(ROOT)} imports {node.module}"
        for module in (ROOT / "tests").rglob("*.py")
        if not module.is_relative_to(ROOT / "tests" / "local_cloud")
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith(tuple(f"{name}." for name in extending))
    ]
    assert violations == []
