"""The rules for how a table's partitions become visible."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.spec.derived.projection import projection_problems
from partitioned_pipelines.spec.model.image import SparkImage

if TYPE_CHECKING:
    from partitioned_pipelines.spec.checks.findings import Findings
    from partitioned_pipelines.spec.files.problems import Location
    from partitioned_pipelines.spec.model.pipeline import PipelineEntry, StepEntry, Table

_ONLY_IN_PLACE = {
    "msck": "MSCK REPAIR TABLE looks for key=value folders right below the table's location, adds what is new and moves nothing",
    "projection": "Athena works the locations out from the keys' values alone, and a versioned one has the run in it",
}


def check_registration(table: Table, location: Location, findings: Findings) -> None:
    """Check ``registration``, and what belongs to it."""
    way, place = table.registration, (*location, "registration")
    if way != "lambda":
        if table.layout != "in_place":
            findings.add(
                place, f"is {way!r}, and {_ONLY_IN_PLACE[way]}: add layout: in_place, or leave registration out"
            )
        # Both are of the audit and the registration by the run, which do not take place.
        for field, default in (("on_bad_path", "fail"), ("allow_empty", False)):
            if getattr(table, field) != default:
                message = f"is for registration: lambda, which looks at what a run wrote; {way} does not: leave it out"
                findings.add((*location, field), message)
    for index, key in enumerate(table.partition_keys):
        here = (*location, "partition_keys", index)
        if way == "projection":
            for field, message in projection_problems(key):
                findings.add((*here, "projection", field) if field else here, message)
        elif key.projection is not None:
            findings.add(
                (*here, "projection"), "is for registration: projection: add that to the table, or leave it out"
            )


def check_layout(
    pipeline: PipelineEntry, step: StepEntry, table: Table, location: Location, findings: Findings
) -> None:
    """Check ``layout`` for the step that writes the table.

    Spark writes to S3 itself, where every run of an in_place table finds what the runs before wrote. By default it refuses; in the mode
    overwrite it deletes all partitions before it writes those of its run; in the mode append a rerun repeats its rows. To overwrite only the
    partitions that it writes (spark.sql.sources.partitionOverwriteMode: dynamic) is a setting that each write can take back:
    https://spark.apache.org/docs/latest/sql-data-sources-load-save-functions.html
    """
    if table.layout != "in_place" or not isinstance(step.image or pipeline.image, SparkImage):
        return
    registration = "" if table.registration == "lambda" else f", without registration: {table.registration}"
    findings.add(
        (*location, "layout"),
        f"is in_place, and the step {step.name!r} is Spark: its second run fails where the first wrote, or in the mode overwrite deletes "
        f"all other partitions; take layout: versioned{registration}",
    )
