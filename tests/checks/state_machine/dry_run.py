"""A dry run of a pipeline's state machine on realistic input: the request of each Task, and the state that follows from its result.

The project's own code plans PlanRun's payload. A processing job's result is that of DescribeProcessingJob, including the job's request.
"""

from __future__ import annotations

import itertools
import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.function_events.requests import RegistrationRequest
from partitioned_pipelines.runtime.planning.planning import plan_run
from tests.checks.external_tools.service_model import request_findings
from tests.checks.state_machine.payload_template import evaluate_expression, evaluate_template
from tests.synthesized.intrinsics import ACCOUNT, REGION
from tests.synthesized.subject import filled_catalog

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_s3 import S3Client

_CREATE_JOB = "sagemaker:createProcessingJob.sync"
_START_QUERY = "athena:startQueryExecution.sync"
_INVOKE = "lambda:invoke"
# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
LARGEST_PAYLOAD_BYTES = 256 * 1024


@dataclass(frozen=True)
class TaskRequest:
    """A Task that was reached: its state's name, its Resource, and its Parameters with all expressions evaluated."""

    state: str
    resource: str
    parameters: dict[str, Any]

    @property
    def is_job(self) -> bool:
        """Return whether the Task creates a processing job."""
        return self.resource == _CREATE_JOB


def dry_run(
    definition: Mapping[str, Any],
    s3: S3Client,
    execution_input: Mapping[str, Any],
    job_status: str = "Completed",
    *,
    timed: bool = True,
) -> list[TaskRequest]:
    """Return the Tasks of a state machine from start to end, as if every task succeeded.

    Parameters
    ----------
    s3
        A client that answers PlanRun's queries about its inputs.
    execution_input
        Such as ``{"date": "2021-12-15"}``.
    job_status
        The status of each job in its state's result.
    timed
        Whether that result says when the job started and ended.
    """
    machine = f"arn:aws:states:{REGION}:{ACCOUNT}"
    context = {
        "Execution": {
            "Id": f"{machine}:execution:pipeline:one",
            "Name": "one",
            "StartTime": "2021-12-15T21:00:05.123Z",
            "Input": execution_input,
        }
    }
    walk = _Walk(s3, context, itertools.count(1), job_status, timed)
    walk.run(definition, execution_input)
    return walk.requests


@dataclass
class _Walk:
    s3: S3Client
    context: Mapping[str, Any]
    numbers: Iterator[int]
    job_status: str
    timed: bool
    requests: list[TaskRequest] = field(default_factory=list)

    def run(self, definition: Mapping[str, Any], state: Any) -> Any:
        """Run a machine, or a branch, from start to end; return the final state."""
        name: str | None = definition["StartAt"]
        while name is not None:
            described = definition["States"][name]
            if described["Type"] == "Choice":
                name = _choose(described, state, self.context)
                continue
            if described["Type"] == "Parallel":
                result: Any = [self.run(branch, state) for branch in described["Branches"]]
            elif described["Type"] == "Task":
                result = self._do(name, described, state)
            else:
                return state
            if "ResultSelector" in described:
                result = self._evaluate(described["ResultSelector"], result)
            state = _put(state, described.get("ResultPath", "$"), result)
            name = None if described.get("End") else described["Next"]
        return state

    def _do(self, name: str, described: Mapping[str, Any], state: Any) -> Any:
        request = TaskRequest(
            name, described["Resource"].rpartition(":states:::")[2], self._evaluate(described["Parameters"], state)
        )
        self.requests.append(request)
        return _result(request, self.s3, self.job_status, timed=self.timed)

    def _evaluate(self, template: Any, state: Any) -> Any:
        return evaluate_template(template, state, self.context, make_uuid=self._make_uuid)

    def _make_uuid(self) -> str:
        return str(uuid.UUID(int=next(self.numbers), version=4))


def _choose(choice: Mapping[str, Any], state: Any, context: Mapping[str, Any]) -> str:
    for rule in choice["Choices"]:
        if evaluate_expression(rule["Variable"], state, context, make_uuid=str) == rule["StringEquals"]:
            return str(rule["Next"])
    return str(choice["Default"])


def _result(request: TaskRequest, s3: S3Client, job_status: str, *, timed: bool) -> dict[str, Any]:
    if request.is_job:
        job_name = request.parameters["ProcessingJobName"]
        return {
            **request.parameters,
            "ProcessingJobArn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:processing-job/{job_name}",
            "ProcessingJobStatus": job_status,
            "CreationTime": 1639602005123,
            **({"ProcessingStartTime": 1639602065123, "ProcessingEndTime": 1639602185123} if timed else {}),
        }
    if request.resource == _START_QUERY:
        return {"QueryExecution": {"QueryExecutionId": "a-b-c", "Status": {"State": "SUCCEEDED"}}}
    payload = json.loads(json.dumps(request.parameters["Payload"]))
    if request.state == "PlanRun":
        return {"StatusCode": 200, "Payload": plan_run(payload, s3, glue=lambda: filled_catalog(payload["spec"]))}
    registration = RegistrationRequest.from_event(payload)
    counts = (
        "created",
        "repointed",
        "unchanged",
        "kept_newer",
        "swept",
        "objects",
        "bytes",
        "bad_path_count",
        "skipped_partitions",
    )
    answer = {"table": registration.table.full_name, "outcome": "registered", "continuation": {}, "receipt": "r.json"}
    answer |= {"bad_paths": [], "ignored": {}}
    return {"StatusCode": 200, "Payload": {**answer, **dict.fromkeys(counts, 1)}}


def _put(state: Any, path: str, result: Any) -> Any:
    """Return the state with a ResultPath applied: replaced, or with a member set, created if missing."""
    if path == "$":
        return result
    document: dict[str, Any] = json.loads(json.dumps(state))
    *parents, last = path.removeprefix("$.").split(".")
    place = document
    for parent in parents:
        place = place.setdefault(parent, {})
    place[last] = result
    return document


def request_model_findings(requests: list[TaskRequest]) -> list[str]:
    """Return the errors of requests by the models of their APIs."""
    findings = []
    for request in requests:
        if request.is_job:
            found = request_findings("sagemaker", "CreateProcessingJob", request.parameters)
        elif request.resource == _START_QUERY:
            found = request_findings("athena", "StartQueryExecution", request.parameters)
        elif request.resource == _INVOKE:
            payload = json.dumps(request.parameters["Payload"], ensure_ascii=False).encode()
            found = request_findings("lambda", "Invoke", {**request.parameters, "Payload": payload})
            if len(payload) > LARGEST_PAYLOAD_BYTES:
                found.append(f"Payload: {len(payload)} bytes, at most {LARGEST_PAYLOAD_BYTES}")
        else:
            found = [f"{request.resource} is no API that these state machines call"]
        findings += [f"{request.state}: {finding}" for finding in found]
    return findings
