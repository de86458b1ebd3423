"""A day that is run, queried, rerun with fewer lines, and rolled back to its first run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from partitioned_pipelines.cli.athena.result_csv import write_row
from partitioned_pipelines.cli.verify.scene import CheckFailedError, demand
from partitioned_pipelines.cli.verify.verification import Check, Seen
from partitioned_pipelines.lake.s3_uri import S3Folder, split_s3_uri
from partitioned_pipelines.operations.rollback import PartitionSelection, Rollback
from partitioned_pipelines.runtime.executions.job_log import last_lines
from partitioned_pipelines.runtime.registration.finished_job import (
    InvalidCreationTimeError,
    parse_creation_time,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from partitioned_pipelines.cli.verify.scene import Scene

DAY = "2026-01-01"
LINES = ["one", "two", "three"]
_RULE = "StepFunctionsGetEventsForSageMakerProcessingJobsRule"
_GOES_ON = {"QUEUED", "RUNNING"}  # queries
_FEWER_LINES = ["uno", "dos"]


def _run(scene: Scene) -> Iterator[Seen]:
    scene.put_raw(scene.names.pipeline, DAY, "\n".join(LINES))
    history = scene.start(scene.names.pipeline, {"date": DAY})
    status = scene.finish(history)
    demand(status == "SUCCEEDED", f"the run ended as {status}: {history.why}")
    scene.run_ids["run"] = str(history.output["plan"]["run_id"])
    results, requests = history.job_results(), history.job_requests()
    demand(len(results) == len(requests) == 1, f"{len(requests)} jobs, {len(results)} results: expected one of each")
    result, request = results[0], requests[0]
    job_name = request["ProcessingJobName"]
    yield _result_shape(request, result)
    yield from _output(scene, result)
    yield Seen("A12", held=True, what="the script found its input, and the file beside it")
    yield Seen("A45", held=True, what="the code's folder was an input of the job, with its names")
    yield _log(scene, job_name)
    if not scene.cloud.is_local:
        yield Seen("A18", held=True, what=str(request["AppSpecification"]["ImageUri"]))
        yield Seen("A20", held=True, what=f"{job_name} ran")
        yield Seen("A43", held=True, what="both functions ran, leases and claims included")
        yield _managed_rule(scene)


def _printed(scene: Scene, job_name: str, said: str) -> bool:
    return said in [line.message for line in last_lines(scene.cloud.logs, job_name)]


def _log(scene: Scene, job_name: str) -> Seen:
    said = f"{len(LINES)} lines of {DAY}"
    try:
        # CloudWatch may lag slightly behind the job.
        scene.wait("the job's log", lambda: _printed(scene, job_name, said), seconds=120)
    except CheckFailedError as error:
        return Seen("A19", held=False, what=str(error))
    return Seen("A19", held=True, what=f"{said!r}, in a stream of {job_name}")


def _result_shape(request: dict[str, Any], result: dict[str, Any]) -> Seen:
    asked = [output["S3Output"]["S3Uri"] for output in request["ProcessingOutputConfig"]["Outputs"]]
    given = [output["S3Output"]["S3Uri"] for output in result["ProcessingOutputConfig"]["Outputs"]]
    status = result.get("ProcessingJobStatus")
    return Seen("A01", asked == given and status == "Completed", f"{status}, outputs {given}")


def _output(scene: Scene, result: dict[str, Any]) -> Iterator[Seen]:
    root = S3Folder.parse(result["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"])
    listed = scene.cloud.s3.list_objects_v2(Bucket=root.bucket, Prefix=root.prefix).get("Contents", [])
    below = sorted(entry["Key"].removeprefix(root.prefix) for entry in listed)
    yield Seen("A13", below == [f"dt={DAY}/half-0.csv", f"dt={DAY}/half-1.csv"], f"{below}")
    newest = max(entry["LastModified"] for entry in listed)
    try:
        created = parse_creation_time(result["CreationTime"], newest)
    except InvalidCreationTimeError as error:
        yield Seen("A02", held=False, what=str(error))
        return
    yield Seen("A02", held=True, what=f"{result['CreationTime']!r}")
    oldest = min(entry["LastModified"] for entry in listed)
    yield Seen("A28", oldest >= created, f"created {created.isoformat()}, the oldest file {oldest.isoformat()}")


def _managed_rule(scene: Scene) -> Seen:
    try:
        pattern = scene.clients.events.describe_rule(Name=_RULE).get("EventPattern", "")
    except ClientError as error:
        return Seen("A06", held=False, what=str(error))
    return Seen("A06", "SageMaker Processing Job State Change" in pattern, pattern)


RUN = Check(
    "run",
    "a day is run",
    _run,
    ("A01", "A02", "A06", "A12", "A13", "A18", "A19", "A20", "A28", "A43", "A45"),
    aws_only=("A06", "A18", "A20", "A43"),
)


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
            one if (one := get(QueryExecutionId=started)["QueryExecution"])["Status"]["State"] not in _GOES_ON else None
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


QUERY = Check("query", "its rows are queried by Athena", _query, ("A38",), needs=("run",))


def _rerun(scene: Scene) -> Iterator[Seen]:
    scene.put_raw(scene.names.pipeline, DAY, "\n".join(_FEWER_LINES))
    history = scene.start(scene.names.pipeline, {"date": DAY})
    status = scene.finish(history)
    demand(status == "SUCCEEDED", f"the run ended as {status}: {history.why}")
    scene.run_ids["rerun"] = str(history.output["plan"]["run_id"])
    (registration,) = history.output["registrations"].values()
    counts = (registration["created"], registration["repointed"])
    demand(counts == (0, 1), f"{counts[0]} partitions were created and {counts[1]} repointed, and not 0 and 1")
    found = scene.rows(DAY)
    yield Seen("A37", found == _FEWER_LINES, f"the query found {found}")


RERUN = Check("rerun", "the day is run again, with fewer lines", _rerun, ("A37",), needs=("query",))


def _rollback(scene: Scene) -> Iterable[Seen]:
    table = scene.table
    selection = PartitionSelection.parse([f"dt={DAY}"], table.keys)
    plan = Rollback(
        scene.cloud.s3, scene.cloud.glue, table.address, selection, scene.run_ids["run"], table.hold_lease
    ).run()
    demand(len(plan.moves) == 1, f"{len(plan.moves)} partitions were moved, and not one")
    found = scene.rows(DAY)
    demand(found == LINES, f"after the rollback the query found {found}, and not {LINES}")
    return ()


ROLLBACK = Check("rollback", "the day is rolled back to its first run", _rollback, needs=("rerun",))
