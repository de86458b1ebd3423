"""A query that asks for another place for its results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.cli.verify.outcome import Check, Seen
from partitioned_pipelines.lake.key_layout import ATHENA_RESULTS, INTERMEDIATES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from partitioned_pipelines.cli.verify.scene import Scene

_RUNNING = {"QUEUED", "RUNNING"}


def _workgroup(scene: Scene) -> Iterator[Seen]:
    athena = scene.cloud.athena
    query = athena.start_query_execution(
        QueryString="SELECT 1 AS one",
        WorkGroup=scene.names.prefix,
        # Still the copy's own bucket, should it be heeded.
        ResultConfiguration={"OutputLocation": f"s3://{scene.bucket}/{INTERMEDIATES}elsewhere/"},
    )["QueryExecutionId"]

    def ended() -> str | None:
        execution = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
        if execution["Status"]["State"] in _RUNNING:
            return None
        return execution.get("ResultConfiguration", {}).get("OutputLocation", "nowhere")

    where = scene.wait("the query's end", ended, seconds=600)
    yield Seen("A36", where.startswith(f"s3://{scene.bucket}/{ATHENA_RESULTS}"), f"the result is in {where}")


CHECK = Check("workgroup", "a query that asks for another place for its result", _workgroup, ("A36",))
