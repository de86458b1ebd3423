"""What a query finds after a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.cli.athena.result_csv import write_row
from partitioned_pipelines.cli.verify.checks.run import DAY, LINES
from partitioned_pipelines.cli.verify.outcome import Check, Seen
from partitioned_pipelines.cli.verify.scene import demand
from partitioned_pipelines.lake.s3_uri import split_s3_uri

if TYPE_CHECKING:
    from collections.abc import Iterator

    from partitioned_pipelines.cli.verify.scene import Scene


def _query(scene: Scene) -> Iterator[Seen]:
    started = scene.cloud.athena.start_query_execution(
        QueryString="SELECT line, number, CAST(NULL AS varchar) AS nothing FROM lines ORDER BY number",
        WorkGroup=scene.names.prefix,
        QueryExecutionContext={"Database": scene.names.database},
    )["QueryExecutionId"]
    get = scene.cloud.athena.get_query_execution
    execution = scene.wait(
        "the query's end",
        lambda: (
            one if (one := get(QueryExecutionId=started)["QueryExecution"])["Status"]["State"] not in _RUNNING else None
        ),
        seconds=600,
    )
    status = execution["Status"]
    demand(status["State"] == "SUCCEEDED", f"the query is {status['State']}: {status.get('StateChangeReason')}")
    answer = scene.cloud.athena.get_query_results(QueryExecutionId=started)["ResultSet"]["Rows"]
    rows = [[cell.get("VarCharValue") for cell in row["Data"]] for row in answer]
    bucket, key = split_s3_uri(execution["ResultConfiguration"]["OutputLocation"])
    file = scene.cloud.s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    has_header = rows[0] == ["line", "number", "nothing"] and len(rows) == len(LINES) + 1
    same = file == "".join(map(write_row, rows))
    yield Seen("A38", has_header and same, f"{rows[0]}, then {len(rows) - 1} rows; the file: {file!r}")
    found = scene.rows(DAY)
    demand(found == LINES, f"the query found {found}, and not {LINES}")


_RUNNING = {"QUEUED", "RUNNING"}
CHECK = Check("query", "its rows are queried by Athena", _query, ("A38",), needs=("run",))
