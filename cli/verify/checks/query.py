"""What a query finds after a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.verify.checks.run import DAY, LINES
from cli.verify.outcome import Check, Seen
from cli.verify.scene import demand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.verify.scene import Scene


def _query(scene: Scene) -> Iterator[Seen]:
    started = scene.cloud.athena.start_query_execution(
        QueryString="SELECT line, number FROM lines ORDER BY number",
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
    rows = scene.cloud.athena.get_query_results(QueryExecutionId=started)["ResultSet"]["Rows"]
    first = [cell.get("VarCharValue") for cell in rows[0]["Data"]]
    yield Seen(
        "A38", first == ["line", "number"] and len(rows) == len(LINES) + 1, f"{first}, then {len(rows) - 1} rows"
    )
    found = scene.rows(DAY)
    demand(found == LINES, f"the query found {found}, and not {LINES}")


_RUNNING = {"QUEUED", "RUNNING"}
CHECK = Check("query", "its rows are queried by Athena", _query, ("A38",), needs=("run",))
