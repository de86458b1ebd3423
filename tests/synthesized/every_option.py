"""A project whose pipelines use every option of a pipeline file, with hostile text in every string."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args

from partitioned_pipelines.spec.model.pipeline import Table
from tests.synthesized.every_kind import kinds_document, repaired_document
from tests.synthesized.hostile_text import HOSTILE

if TYPE_CHECKING:
    from pathlib import Path

FORMATS: tuple[str, ...] = get_args(Table.model_fields["format"].annotation)
LAYOUTS: tuple[str, ...] = get_args(Table.model_fields["layout"].annotation)
FOREIGN_BUCKET = "partner-drop"
IMAGE_URI = f"210987654321.dkr.ecr.eu-west-1.amazonaws.com/team/etl@sha256:{'ab' * 32}"
SUBNETS, SECURITY_GROUPS = ["subnet-0123456789abcdef0", "subnet-89abcdef"], ["sg-0123456789abcdef0"]
SECRETS_MANAGER = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:warehouse/reader-a1B2c3"
EVERYTHING, BY_HAND, KINDS, REPAIRED = "everything", "by_hand", "kinds", "repaired"


def write_every_option_project(folder: Path) -> Path:
    """Write the project to a folder; return the folder."""
    scripts = folder / "scripts"
    (scripts / "lib").mkdir(parents=True)
    (scripts / "Dockerfile").write_text("FROM python:3.13-slim\n", encoding="utf-8")
    for name in ("gather.py", "split.py", "lib/h.py", "lib/h.sql", "lib/h"):
        (scripts / name).write_text(f"# {name}\n", encoding="utf-8")
    (folder / "spark").mkdir()
    (folder / "spark" / "crunch.py").write_text("# crunch.py\n", encoding="utf-8")
    (folder / "pipelines").mkdir()
    for document in (_everything(), _by_hand(), kinds_document(), repaired_document()):
        # JSON is valid YAML, and avoids YAML's interpretation of the hostile text.
        path = folder / "pipelines" / f"{document['name']}.yaml"
        path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return folder


def _everything() -> dict[str, Any]:
    outputs = [f"{table_format}_{layout}" for table_format in FORMATS for layout in LAYOUTS]
    return {
        "name": EVERYTHING,
        "description": HOSTILE,
        "schedule": {"cron": "0/15 6 ? * MON-FRI *", "timezone": "Asia/Tokyo", "date_offset_days": -1},
        "network": {"subnets": SUBNETS, "security_groups": SECURITY_GROUPS},
        "image": {"dockerfile": "scripts/Dockerfile"},
        "steps": [
            {
                "name": "gather",
                "script": "scripts/gather.py",
                "image": {"uri": IMAGE_URI},
                "inputs": {
                    "raw": "s3://{lake}/raw/everything/{process_date:%Y/%m/%d}/",
                    "foreign": f"s3://{FOREIGN_BUCKET}/daily/{{process_start:%Y%m%d}}.csv",
                },
                "outputs": {"left": "/opt/ml/processing/left", "right": "/opt/ml/processing/output/right"},
                "missing_input": "skip",
                "timeout_minutes": 12960,
            },
            {
                "name": "split",
                "script": "scripts/split.py",
                "inputs": {
                    "right": {"step": "gather", "output": "right"},
                    "left": {"step": "gather", "output": "left"},
                },
                "outputs": {name: f"/opt/ml/processing/tables/{name}" for name in outputs},
                "instance": {"type": "ml.m5.4xlarge", "count": 1, "volume_gb": 500},
                "timeout_minutes": 90,
                "retries": 3,
                "environment": {"LITERAL": HOSTILE, "LOG_LEVEL": "INFO"},
                "secrets": {"WAREHOUSE": SECRETS_MANAGER},
                "arguments": ["--text", HOSTILE.replace("{", "{{").replace("}", "}}"), "{lake}", "{run_id}"],
            },
        ],
        "tables": [_table(table_format, layout) for table_format in FORMATS for layout in LAYOUTS],
    }


def _table(table_format: str, layout: str) -> dict[str, Any]:
    return {
        "source": {"step": "split", "output": f"{table_format}_{layout}"},
        "database": f"db_{layout}",
        "name": f"t_{table_format}",
        "description": HOSTILE,
        "format": table_format,
        "layout": layout,
        "columns": [{"name": "a", "type": "string", "comment": HOSTILE}, {"name": "b", "type": "decimal(10,2)"}],
        "partition_keys": [
            {"name": "dt", "type": "date", "date_format": "%Y-%m-%d", "comment": "日付"},
            {"name": "hour", "type": "int"},
        ],
        "on_bad_path": "skip",
        "allow_empty": True,
    }


def _by_hand() -> dict[str, Any]:
    """Return a pipeline without a schedule, whose image is from a public registry."""
    return {
        "name": BY_HAND,
        "network_isolation": True,
        "steps": [
            {
                "name": "gather",
                "script": "scripts/gather.py",
                "image": {"uri": "public.ecr.aws/docker/library/python:3.13-slim"},
                "inputs": {"raw": "s3://{lake}/raw/by_hand/"},
            }
        ],
        "table": {
            "source": "gather",
            "database": "by_hand",
            "name": "t",
            "format": "parquet",
            "columns": [{"name": "n", "type": "int"}],
            "partition_keys": [{"name": "dt"}],
        },
    }
