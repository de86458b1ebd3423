"""Tests of the check of tables as inputs, by the location of their files."""

import pytest

from partitioned_pipelines.cli.verify.checks.read import _depth

LOCATION = "s3://lake/tables/db/lines/runs/"
LIVE = ["r1/u/dt=2026-01-01/half-0.csv", "r2/u/dt=2026-01-02/half-0.csv"]


@pytest.mark.parametrize(
    ("paths", "depth"),
    [
        (LIVE, "by what follows the manifest's prefix"),
        ([f"tables/db/lines/runs/{path}" for path in LIVE], "by their whole keys"),
        ([f"input/{path}" for path in LIVE], "at another depth"),
        (LIVE[:1], None),
        (["half-0.csv", "half-0.csv.1"], None),
        (["dt=2026-01-01/half-0.csv"], None),
    ],
)
def test_where_the_files_lie_is_recorded(paths: list[str], depth: str | None) -> None:
    assert _depth(set(paths), LIVE, LOCATION) == depth
