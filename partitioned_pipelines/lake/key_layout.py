"""Where things lie in the lake bucket. Buckets may be CDK tokens: they are only put in front, never looked into."""

from __future__ import annotations

from typing import Literal

Layout = Literal["versioned", "in_place"]

_TABLE_FOLDER: dict[str, str] = {"versioned": "runs", "in_place": "output"}


def raw_prefix(pipeline: str) -> str:
    """Give the key prefix below which a pipeline's raw input lies by convention."""
    return f"raw/{pipeline}/"


def table_prefix(database: str, table: str) -> str:
    """Give the key prefix of everything that belongs to a table."""
    return f"tables/{database}/{table}/"


def data_prefix(database: str, table: str, layout: Layout) -> str:
    """Give the key prefix of a table's data: ``…/runs/`` when versioned, ``…/output/`` in place."""
    return f"{table_prefix(database, table)}{_TABLE_FOLDER[layout]}/"


def table_location(bucket: str, database: str, table: str, layout: Layout) -> str:
    """Give the Location of the Glue table."""
    return f"s3://{bucket}/{data_prefix(database, table, layout)}"


def run_prefix_template(database: str, table: str, layout: Layout) -> str:
    """Give the template of the URI that a table's job writes below; ``versioned`` has the run id in it."""
    prefix = data_prefix(database, table, layout)
    return f"s3://{{lake}}/{prefix}{{run_id}}/" if layout == "versioned" else f"s3://{{lake}}/{prefix}"


def intermediates_template(pipeline: str, step: str) -> str:
    """Give the template of the URI that a step writes below when its output is no table. It expires."""
    return f"s3://{{lake}}/intermediates/{pipeline}/{{run_id}}/{step}/"


def manifests_template(pipeline: str) -> str:
    """Give the template of the URI below which a run's manifests lie, the lists of a table's files. They expire."""
    return f"s3://{{lake}}/intermediates/{pipeline}/{{run_id}}/manifests/"


def receipt_key(database: str, table: str, run_id: str) -> str:
    """Give the key of the receipt that says what a run published in a table."""
    return f"{table_prefix(database, table)}receipts/{run_id}.json"


def scheduled_claim_key(pipeline: str, scheduled_time: str) -> str:
    """Give the key by which one execution claims a scheduled event; the time is one of ``format_instant``."""
    return f"locks/{pipeline}/scheduled/{scheduled_time}.json"


def lease_key(database: str, table: str) -> str:
    """Give the key of the lease that a writer of a table holds: a registration, a rollback, a vacuum."""
    return f"locks/tables/{database}/{table}.json"
