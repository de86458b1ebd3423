"""StartRun: starts a pipeline's runs when their inputs are there, and decides at their deadlines."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from constructs import Construct

from partitioned_pipelines.lake.key_layout import starts_prefix
from partitioned_pipelines.lake.runs.published_event import DETAIL_TYPE, event_source
from partitioned_pipelines.lake.schedule.deadline import deadlines
from partitioned_pipelines.spec import input_prefix, interval_marks_prefix, skip_marks_pattern
from partitioned_pipelines.spec.derived.arrival import arrival_pattern
from stacks.data_lake.undelivered_queue import undelivered_queue_arn
from stacks.iam.arns import arn
from stacks.iam.key_permissions import allow_objects
from stacks.iam.s3_permissions import allow_list, allow_on_keys, allow_on_prefixes
from stacks.orchestrators.orchestrator import SCHEDULED_TIME, ScheduledTarget
from stacks.pipeline.event_call import FunctionInput, call_on_events
from stacks.pipeline.run_schedule import RunSchedule
from stacks.pipeline.shared_code_function import SharedCodeFunction

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_lambda as lambda_

    from partitioned_pipelines.lake.function_events.payloads import StartedSpec, StartSpec
    from partitioned_pipelines.spec import Pipeline
    from stacks.iam.role_policy import RolePolicy
    from stacks.orchestrators.orchestrator import Workflow


class RunStarter(Construct):
    """The StartRun function, the rule on the events that it is called for, and the schedule of the deadlines.

    Attributes
    ----------
    function, role
        The function and its role.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        pipeline: Pipeline,
        code: lambda_.Code,
        spec: StartSpec,
        workflow: Workflow,
        lake_bucket_name: str,
        deployment: str,
        stack_name: str,
        key: kms.IKey | None,
    ) -> None:
        super().__init__(scope, construct_id)
        undelivered_arn = undelivered_queue_arn(deployment)
        shared = SharedCodeFunction(
            self,
            "StartRun",
            code=code,
            folder="start_run",
            description=f"Starts {pipeline.name} when its inputs are there",
            memory_size=256,
            timeout_minutes=5,
            key=key,
            undelivered_arn=undelivered_arn,
        )
        self.function, self.role = shared.function, shared.role
        function_arn, target = self.function.function_arn, workflow.scheduled_target
        with shared.policy() as policy:
            allow_objects(policy, key, lake_bucket_name)
            policy.allow([target.action], [target.resource])
            # Whether the pipeline is paused.
            policy.allow(["scheduler:GetSchedule"], [arn("scheduler", f"schedule/{stack_name}/{stack_name}")])
            _allow_looking_and_claiming(policy, pipeline, spec, lake_bucket_name)
        known = {"lake_bucket": lake_bucket_name, "schedule": stack_name}
        started: StartedSpec = {**spec, **known, **workflow.started}  # type: ignore[typeddict-item]
        pattern, parts = _events_of(pipeline, started, event_source(deployment))
        call_on_events(
            self,
            "Inputs",
            description=f"Inputs of {pipeline.name}",
            pattern=pattern,
            function_arn=function_arn,
            function_input=FunctionInput({"id": "$.id", **parts}, started, constants_name="spec"),
            undelivered_arn=undelivered_arn,
        )
        # The same id in each delivery, so that a repeated one knows its own claim.
        payload = {"spec": started, "id": f"deadline {SCHEDULED_TIME}", "deadline": SCHEDULED_TIME}
        RunSchedule(
            self,
            "Deadlines",
            name=stack_name,
            schedule=deadlines(spec["interval"], spec["timezone"], timedelta(hours=spec["wait_hours"])),
            pipeline_name=pipeline.name,
            target=ScheduledTarget(
                function_arn,
                json.dumps(payload, ensure_ascii=False),
                "lambda:InvokeFunction",
                function_arn,
            ),
            undelivered_arn=undelivered_arn,
            key=key,
        )


def _events_of(pipeline: Pipeline, spec: StartedSpec, source: str) -> tuple[Mapping[str, object], Mapping[str, str]]:
    """Return the pattern of the events that may start a run, and the path of what StartRun needs of them, by its name."""
    if "arrival" in spec:
        detail = {
            "bucket": {"name": [spec["lake_bucket"]]},
            "object": {"key": [{"wildcard": arrival_pattern(spec["arrival"])}]},
        }
        pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": detail}
        return pattern, {"arrived": "$.detail.object"}
    tables = sorted({awaited.table.qualified_name for awaited in pipeline.awaits})
    return {"source": [source], "detail-type": [DETAIL_TYPE], "detail": {"table": tables}}, {"published": "$.detail"}


def _allow_looking_and_claiming(policy: RolePolicy, pipeline: Pipeline, spec: StartSpec, lake_bucket_name: str) -> None:
    """Allow the function to list the marks of the tables that the pipeline reads and writes, and to claim intervals."""
    claims = starts_prefix(pipeline.name)
    listed = [claims, *map(interval_marks_prefix, [*(one.table for one in pipeline.awaits), *pipeline.tables])]
    if "arrival" in spec:
        listed.append(input_prefix(f"s3://{{lake}}/{spec['arrival']}").prefix)
    allow_list(policy, lake_bucket_name, listed)
    allow_on_prefixes(policy, ["s3:GetObject", "s3:PutObject"], lake_bucket_name, [claims])
    if spec["then"] == "skip":
        allow_on_keys(policy, ["s3:PutObject"], lake_bucket_name, map(skip_marks_pattern, pipeline.tables))
