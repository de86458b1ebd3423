"""The keys of the lake bucket. Bucket names may be CDK tokens: they are only prepended, never parsed."""

from __future__ import annotations

from typing import Literal

Layout = Literal["versioned", "in_place"]

RAW = "raw/"
TABLES = "tables/"
INTERMEDIATES = "intermediates/"
LOCKS = "locks/"
BACKFILLS = "backfills/"
STARTS = "starts/"
ATHENA_RESULTS = "athena-results/"

EXPIRING = (INTERMEDIATES, ATHENA_RESULTS, LOCKS)
"""Prefixes of objects that can be created again and are deleted after a fixed age."""

RECEIPTS = "receipts/"
_TABLE_FOLDER: dict[str, str] = {"versioned": "runs/", "in_place": "output/"}


def raw_prefix(pipeline: str) -> str:
    """Return the key prefix of a pipeline's raw input, by convention."""
    return f"{RAW}{pipeline}/"


def table_prefix(database: str, table: str) -> str:
    """Return the key prefix of everything that belongs to a table."""
    return f"{TABLES}{database}/{table}/"


def data_prefix(database: str, table: str, layout: Layout) -> str:
    """Return the key prefix of a table's data: ``…/runs/`` when versioned, ``…/output/`` in place."""
    return f"{table_prefix(database, table)}{_TABLE_FOLDER[layout]}"


def table_location(bucket: str, database: str, table: str, layout: Layout) -> str:
    """Return the Location of the Glue table."""
    return f"s3://{bucket}/{data_prefix(database, table, layout)}"


def run_prefix_template(database: str, table: str, layout: Layout) -> str:
    """Return the template of the URI to which a table's job writes; ``versioned`` includes the run id."""
    prefix = data_prefix(database, table, layout)
    return f"s3://{{lake}}/{prefix}{{run_id}}/" if layout == "versioned" else f"s3://{{lake}}/{prefix}"


def intermediates_template(pipeline: str, step: str) -> str:
    """Return the template of the URI to which a step writes if its output is not a table. The objects expire."""
    return f"s3://{{lake}}/{INTERMEDIATES}{pipeline}/{{run_id}}/{step}/"


def manifests_template(pipeline: str) -> str:
    """Return the template of the URI of a run's manifests, the lists of a table's files. They expire."""
    return f"s3://{{lake}}/{INTERMEDIATES}{pipeline}/{{run_id}}/manifests/"


def receipts_prefix(database: str, table: str) -> str:
    """Return the key prefix of a table's receipts."""
    return f"{table_prefix(database, table)}{RECEIPTS}"


def receipt_key(database: str, table: str, run_id: str) -> str:
    """Return the key of the receipt of a run's publication in a table."""
    return f"{receipts_prefix(database, table)}{run_id}.json"


def interval_marks_prefix(database: str, table: str) -> str:
    """Return the key prefix of a table's interval marks."""
    return f"{receipts_prefix(database, table)}intervals/"


def interval_mark_key(database: str, table: str, name: str) -> str:
    """Return the key of an interval mark; the name is that of an ``IntervalMark``, or a pattern of such names."""
    return f"{interval_marks_prefix(database, table)}{name}"


def run_inputs_prefix(database: str, table: str) -> str:
    """Return the key prefix of the records of what runs read, which never expire, because they cannot be recreated."""
    return f"{receipts_prefix(database, table)}inputs/"


def run_inputs_template(database: str, table: str) -> str:
    """Return the template of the URI of the folder with the record of a run's inputs."""
    return f"s3://{{lake}}/{run_inputs_prefix(database, table)}{{run_id}}/"


def run_of_location(location: str, data: str) -> str | None:
    """Return the run whose folder a partition's location is in; None if it is in no run's folder.

    Parameters
    ----------
    location
        ``s3://…/``.
    data
        The Location of a versioned table, ``s3://…/runs/``.
    """
    if not location.startswith(data):
        return None
    run_id, slash, _ = location[len(data) :].partition("/")
    return run_id if slash and run_id else None


def scheduled_claims_prefix(pipeline: str) -> str:
    """Return the key prefix of the claims of a pipeline's scheduled events."""
    return f"{LOCKS}{pipeline}/scheduled/"


def scheduled_claim_key(pipeline: str, scheduled_time: str) -> str:
    """Return the key with which one execution claims a scheduled event; the time is a string from ``format_instant``."""
    return f"{scheduled_claims_prefix(pipeline)}{scheduled_time}.json"


def starts_prefix(pipeline: str) -> str:
    """Return the key prefix of the claims of a pipeline's intervals."""
    return f"{STARTS}{pipeline}/"


def start_claim_key(pipeline: str, interval: str) -> str:
    """Return the key with which one event claims to start the run about an interval; ``interval`` is its ``key``. Claims never expire."""
    return f"{starts_prefix(pipeline)}{interval}.json"


def lease_key(database: str, table: str) -> str:
    """Return the key of a table's writer lease, held by a registration, a rollback or a vacuum."""
    return f"{LOCKS}{TABLES}{database}/{table}.json"


def backfills_prefix(pipeline: str) -> str:
    """Return the key prefix of a pipeline's backfills."""
    return f"{BACKFILLS}{pipeline}/"


def backfill_items_key(pipeline: str, backfill_id: str) -> str:
    """Return the key of a backfill's runs, which its state machine reads: a JSON array of names and inputs."""
    return f"{backfills_prefix(pipeline)}{backfill_id}/items.json"


def backfill_plan_key(pipeline: str, backfill_id: str) -> str:
    """Return the key of the record of a backfill: who started it, when and for which time."""
    return f"{backfills_prefix(pipeline)}{backfill_id}/plan.json"
