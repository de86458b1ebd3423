"""A first run: its job, the job's result, and what it left in S3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from partitioned_pipelines.cli.runs.job_log import last_lines
from partitioned_pipelines.cli.verify.outcome import Check, CheckFailedError, Seen
from partitioned_pipelines.cli.verify.scene import demand
from partitioned_pipelines.lake.s3_uri import S3Folder
from partitioned_pipelines.runtime.registration.finished_job import (
    InvalidCreationTimeError,
    parse_creation_time,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from partitioned_pipelines.cli.verify.scene import Scene

DAY = "2026-01-01"
LINES = ["one", "two", "three"]
_RULE = "StepFunctionsGetEventsForSageMakerProcessingJobsRule"


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
        # CloudWatch may be a little behind the job.
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


CHECK = Check(
    "run",
    "a day is run",
    _run,
    ("A01", "A02", "A06", "A12", "A13", "A18", "A19", "A20", "A28", "A43", "A45"),
    aws_only=("A06", "A18", "A20", "A43"),
)
