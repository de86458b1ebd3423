"""Parts of the project, the thorough tests of each, and the files that it depends on: what .ci/run has to run.

    python .ci/parts.py --changed [BASE]    the parts whose files differ from BASE
    python .ci/parts.py --tests PART …      the tests of some parts
    python .ci/parts.py --tests PART … --share K/N    every Nth file of them, beginning with the Kth
    python .ci/parts.py --share-of PART …   the share of their tests for which a submission has time

BASE defaults to the merge base with origin's default branch. If that is unknown, or HEAD itself, all parts count as changed.
"""

from __future__ import annotations

import argparse
import subprocess
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]


class Part(NamedTuple):
    """Some tests, and what they depend on: the beginnings of paths."""

    tests: tuple[str, ...]
    depends_on: tuple[str, ...]


_EVERYTHING = (
    ".ci/",
    "Makefile",
    "package",
    "pyproject.toml",
    "requirements/",
    "tests/conftest.py",
    "tests/fixtures/",
    "tests/moto_lake.py",
)
_LAKE = ("partitioned_pipelines/lake/", "partitioned_pipelines/__init__.py")
_RUNTIME = ("partitioned_pipelines/runtime/", "partitioned_pipelines/in_container/", "lambdas/")
_STACKS = ("app.py", "cdk.json", "stacks/", "partitioned_pipelines/spec/", "partitioned_pipelines/app/")
_EXAMPLES = ("pipelines/", "processing_scripts/", "examples/")
_COMMANDS = (
    "partitioned_pipelines/cli/",
    "partitioned_pipelines/operations/",
    "partitioned_pipelines/page/",
    "partitioned_pipelines/__main__.py",
)
_LOCAL_CLOUD = ("packages/local-cloud/",)

# What a submission has time for beside `make test`: of three parts or more, a fourth. Which one, the number of commits decides,
# so that successive submissions run all.
_MOST_WHOLE_PARTS = 2
_SHARES = 4

PARTS = {
    "stacks": Part(
        ("tests/stacks", "tests/checks", "tests/mutations", "tests/iam", "tests/spec"),
        (*_LAKE, *_RUNTIME, *_STACKS, *_EXAMPLES, "tests/synthesized/"),
    ),
    "runtime": Part(
        ("tests/lake", "tests/runtime", "tests/in_container", "tests/lambdas", "tests/operations"),
        (*_LAKE, *_RUNTIME, "partitioned_pipelines/operations/", "tests/simulated_lake.py"),
    ),
    "commands": Part(
        ("tests/cli", "tests/page", "tests/installation", "tests/docs", "tests/benchmarks"),
        (*_LAKE, *_RUNTIME, *_STACKS, *_COMMANDS, *_LOCAL_CLOUD, "benchmarks/", "tests/simulated_lake.py"),
    ),
    "runs": Part(
        ("tests/end_to_end", "tests/clients", "tests/browser"),
        (
            *_LAKE,
            *_RUNTIME,
            *_STACKS,
            *_EXAMPLES,
            *_COMMANDS,
            *_LOCAL_CLOUD,
            "README.md",
            "tests/simulated_lake.py",
            "tests/iam/",
            "tests/synthesized/",
        ),
    ),
    "local_cloud": Part(
        ("packages/local-cloud/tests", "tests/local_cloud"),
        (*_LOCAL_CLOUD, *_LAKE, "partitioned_pipelines/runtime/audit/", "partitioned_pipelines/cli/"),
    ),
    "spark": Part(
        ("tests/spark", "tests/end_to_end", "tests/local_cloud", "packages/local-cloud/tests"),
        (*_LAKE, *_RUNTIME, *_STACKS, *_LOCAL_CLOUD, "examples/"),
    ),
}


def changed_parts(files: list[str] | None) -> list[str]:
    """Return the parts that depend on some files, or hold them; all if it is not known which files differ."""
    if files is None or any(file.startswith(_EVERYTHING) for file in files):
        return list(PARTS)
    return [
        name
        for name, part in PARTS.items()
        if any(file.startswith((*part.depends_on, *(f"{folder}/" for folder in part.tests))) for file in files)
    ]


def changed_files(base: str | None) -> list[str] | None:
    """Return the files that differ from a commit, or from where the branch left origin's; None if there is no such commit."""
    found = base or _git("merge-base", "HEAD", "origin/HEAD")
    if not found or (not base and found == _git("rev-parse", "HEAD")):
        return None
    listed = _git("diff", "--name-only", found.strip(), "HEAD")
    return None if listed is None else listed.splitlines()


def share_for_submission(parts: list[str]) -> str:
    """Return the share of some parts' tests that a submission runs, as K/N."""
    if len(parts) <= _MOST_WHOLE_PARTS:
        return "1/1"
    commits = int(_git("rev-list", "--count", "HEAD") or 0)
    return f"{commits % _SHARES + 1}/{_SHARES}"


def tests_of(parts: list[str], share: str) -> list[str]:
    """Return the folders of some parts' tests, or the files of a share of them."""
    folders = list(dict.fromkeys(folder for name in parts for folder in PARTS[name].tests))
    number, of = map(int, share.split("/"))
    if of == 1:
        return folders
    files = sorted(
        file.relative_to(ROOT).as_posix() for folder in folders for file in (ROOT / folder).rglob("test_*.py")
    )
    return files[number - 1 :: of]


def _git(*arguments: str) -> str | None:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None


def main() -> None:
    """Print parts, or the tests of one."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--changed", nargs="?", const="", metavar="BASE", help="print the parts whose files differ from BASE"
    )
    parser.add_argument("--tests", nargs="*", choices=PARTS, metavar="PART", help="print the tests of these parts")
    parser.add_argument(
        "--share", default="1/1", metavar="K/N", help="print every Nth file only, beginning with the Kth"
    )
    parser.add_argument("--share-of", nargs="*", choices=PARTS, metavar="PART", help="print the share for a submission")
    given = parser.parse_args()
    if given.share_of is not None:
        print(share_for_submission(given.share_of))
    elif given.tests is not None:
        print(*tests_of(given.tests, given.share))
    else:
        print(*changed_parts(changed_files(given.changed)))


if __name__ == "__main__":
    main()
