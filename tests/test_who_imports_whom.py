"""Tests of import rules that import-linter does not cover: those of packages are contracts in pyproject.toml."""

import ast
import tomllib
from pathlib import Path

import aws_cdk

ROOT = Path(__file__).parents[1]
OURS = ("lambdas", "local_cloud", "partitioned_pipelines", "stacks")


def imported_modules(folder: Path) -> list[tuple[str, str]]:
    """Return each module below a folder with each name that it imports, at any place in the module."""
    found = []
    for module in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found += [(str(module.relative_to(ROOT)), alias.name) for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names = (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))
                found += [(str(module.relative_to(ROOT)), name) for name in names]
    return found


def test_scripts_import_nothing_of_the_project() -> None:
    imports = imported_modules(ROOT / "processing_scripts")
    assert ("processing_scripts/feature_table/transform.py", "os") in imports, "the scan finds imports"
    assert [each for each in imports if each[1].partition(".")[0] in OURS] == []


def test_moto_is_extended_in_the_process_of_the_local_clouds_tests_alone() -> None:
    """Collecting a test imports it: moto's extensions would then be in the process of tests that use the original moto."""
    extending = (
        "cloud_under_test.fixtures",
        "local_cloud.server",
        "local_cloud.extensions",
        "local_cloud.cloudformation",
    )
    violations = [
        (module, name)
        for module, name in imported_modules(ROOT / "tests")
        if not module.startswith("tests/local_cloud/")
        and f"{name}.".startswith(tuple(f"{each}." for each in extending))
    ]
    assert violations == []


def test_mypy_reads_every_module_of_the_cdk_that_is_imported() -> None:
    """What mypy skips is ``Any`` to it: a mistake would pass."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]["overrides"]
    skipped, followed = (each["module"] for each in settings if "follow_imports" in each)
    assert skipped == ["aws_cdk.*"]
    cdk = Path(aws_cdk.__file__).parent
    names = {name for folder in ("stacks", "tests", "benchmarks") for _, name in imported_modules(ROOT / folder)}
    firsts = {name.split(".")[1] for name in names if name.startswith("aws_cdk.")}
    modules = {f"aws_cdk.{name}" for name in firsts if (cdk / name).is_dir()}
    assert "aws_cdk.aws_kms" in modules, "the scan finds imports"
    assert modules - {*followed} == set()
