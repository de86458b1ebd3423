"""Pipelines that start when their inputs are there: by tables under both orchestrators, and by an object."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_FILE = """\
name: {name}
schedule: {schedule}
orchestrator: {orchestrator}
image: {{sklearn: 1.4-2}}
steps:
  - name: work
    script: scripts/work.py
    inputs: {inputs}
table:
  source: work
  database: waits
  name: {name}
  columns: [{{name: n, type: int}}]
  partition_keys: [{{name: dt, date_format: "%Y-%m-%d"}}]
"""
_RAW = "{raw: 's3://{lake}/raw/NAME/{process_date:%Y/%m/%d}/'}"
_DAYS = "{table: waits.daily, partitions: interval}"

PIPELINES = {
    "daily": (
        '{cron: "0 6 ? * MON-FRI *", timezone: Asia/Tokyo, interval: day, offset: -1}',
        "step_functions",
        _RAW.replace("NAME", "daily"),
    ),
    "reader": (
        "{when: inputs, interval: day, timezone: Asia/Tokyo, wait: 6h, then: skip}",
        "step_functions",
        f"{{days: {_DAYS}}}",
    ),
    "summary": (
        "{when: inputs, interval: week, timezone: Asia/Tokyo, wait: 30h}",
        "sagemaker_pipelines",
        f"{{days: {_DAYS}, more: {{table: waits.reader, partitions: {{last: 4 weeks}}}}}}",
    ),
    "landed": (
        "{when: arrival, interval: day, wait: 1d, prefix: 'raw/landed/{process_date:%Y/%m/%d}/', of: _SUCCESS}",
        "step_functions",
        _RAW.replace("NAME", "landed"),
    ),
}


def write_waiting_project(root: Path) -> Path:
    """Write the project to a folder, and return the folder."""
    (root / "pipelines").mkdir(parents=True)
    (root / "scripts").mkdir()
    (root / "scripts" / "work.py").write_text("print('work')\n", encoding="utf-8")
    for name, (schedule, orchestrator, inputs) in PIPELINES.items():
        text = _FILE.format(name=name, schedule=schedule, orchestrator=orchestrator, inputs=inputs)
        (root / "pipelines" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return root
