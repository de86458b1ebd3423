"""Tests of the check of an existing bucket whose objects start pipelines."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from partitioned_pipelines.cli.deployment import preflight
from partitioned_pipelines.cli.deployment.preflight.arrivals import check_arrivals
from partitioned_pipelines.cli.settings import Settings, Target
from partitioned_pipelines.spec import load_project
from tests.end_to_end.deployment import PROJECTS

if TYPE_CHECKING:
    from pathlib import Path

    from partitioned_pipelines.cli.target.target import Cloud


@pytest.mark.parametrize(
    ("project", "options", "enabled", "says"),
    [
        ("arriving", {"bucket": "team-lake"}, False, "s3://team-lake sends no events to EventBridge"),
        ("arriving", {"bucket": "team-lake"}, True, None),
        ("arriving", {"bucket": "no-such-lake"}, False, "is unknown"),
        ("arriving", {}, False, None),
        ("waiting", {"bucket": "team-lake"}, False, None),
    ],
)
def test_a_bucket_that_tells_nobody_is_reported(
    cloud: Cloud, tmp_path: Path, project: str, options: dict[str, str], enabled: bool, says: str | None
) -> None:
    assert check_arrivals in preflight.CHECKS
    cloud.s3.create_bucket(Bucket="team-lake")
    if enabled:
        # moto keeps this configuration only beside others; the local cloud's bucket is in tests/end_to_end/runs/test_when_arrival.py.
        events: Any = cloud.s3.meta.events
        switched_on: dict[str, dict[str, str]] = {"EventBridgeConfiguration": {}}
        events.register(
            "after-call.s3.GetBucketNotificationConfiguration", lambda parsed, **_: parsed.update(switched_on)
        )
    folder = shutil.copytree(PROJECTS / project, tmp_path / "project")
    (folder / "deployment.yaml").write_text(json.dumps(options), encoding="utf-8")
    settings = Settings.merge({"project": folder, "target": Target.AWS})
    warnings = list(check_arrivals(cloud, settings, load_project(folder)))
    if says is None:
        assert warnings == []
    else:
        (warning,) = warnings
        assert says in warning
        assert "without them landed starts only at the deadlines" in warning
