"""The state machine that runs a pipeline once for each of many intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from constructs import Construct

from partitioned_pipelines.lake.key_layout import backfills_prefix
from partitioned_pipelines.lake.runs.backfill_names import BACKFILL_PREFIX, backfill_machine_name
from stacks.iam.arns import arn, integration_arn
from stacks.iam.key_permissions import allow_object_reads
from stacks.iam.role_policy import role_policy
from stacks.iam.s3_permissions import allow_on_prefixes
from stacks.orchestrators.orchestrator import StatusEvents
from stacks.orchestrators.step_functions.logged_machine import logged_machine

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam

    from stacks.data_lake.shared_lake import SharedLake
    from stacks.iam.role_policy import RolePolicy
    from stacks.orchestrators.orchestrator import BackfillRun, Workflow


class Backfill(Construct):
    """A state machine with one Distributed Map: each item, in an object of the lake's bucket, is a run of the pipeline's workflow.

    Attributes
    ----------
    machine_arn
        The ARN of the state machine.
    role
        Its role.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        pipeline_name: str,
        stack_name: str,
        workflow: Workflow,
        lake: SharedLake,
    ) -> None:
        super().__init__(scope, construct_id)
        name = backfill_machine_name(stack_name)
        definition = build_backfill(pipeline_name, workflow.backfill_run, lake.bucket_name)
        machine = logged_machine(self, name=name, definition=definition, key=lake.key)
        self.machine_arn = machine.state_machine_arn
        self.role: iam.IRole = machine.role
        with role_policy(self.role) as policy:
            _allow_map_runs(policy, name)
            workflow.allow_backfill_run(policy)
            allow_on_prefixes(policy, ["s3:GetObject"], lake.bucket_name, [backfills_prefix(pipeline_name)])
            allow_object_reads(policy, lake.key, lake.bucket_name)

    @property
    def end_events(self) -> StatusEvents:
        """The events that report that a backfill has ended, in whatever way: a failed run does not fail the backfill.

        The executions of the map's items have another state machine ARN, with the map's label.
        """
        return StatusEvents(
            source="aws.states",
            detail_type="Step Functions Execution Status Change",
            detail={
                "status": ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"],
                "stateMachineArn": [self.machine_arn],
                "name": [{"prefix": BACKFILL_PREFIX}],
            },
        )


def build_backfill(pipeline_name: str, run: BackfillRun, lake_bucket_name: str) -> dict[str, Any]:
    """Return the definition of the state machine; its input is a `BackfillInput`.

    https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
    """
    each_interval = {
        "Type": "Map",
        "Label": "runs",
        "ItemReader": {
            "Resource": integration_arn("s3:getObject"),
            "ReaderConfig": {"InputType": "JSON"},
            "Parameters": {"Bucket": lake_bucket_name, "Key.$": "$.items_key"},
        },
        "ItemSelector": {"item.$": "$$.Map.Item.Value"},
        "MaxConcurrencyPath": "$.max_concurrency",
        # A failed run stops no other.
        "ToleratedFailurePercentage": 100,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": run.start_at,
            "States": dict(run.states),
        },
        "ResultSelector": {},
        "End": True,
    }
    return {
        "Comment": f"One execution runs {pipeline_name} once for each interval in a list",
        "StartAt": "EachInterval",
        "States": {"EachInterval": each_interval},
    }


def _allow_map_runs(policy: RolePolicy, name: str) -> None:
    """Allow the machine to run the executions of its map's items.

    https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html. That page names the executions as
    ``execution:machine:*``, and the ARN of such an execution has the form ``execution:machine/label:id``: both are granted.
    """
    policy.allow(["states:StartExecution"], [arn("states", f"stateMachine:{name}")])
    executions = [arn("states", f"execution:{name}{separator}*") for separator in (":", "/")]
    policy.allow(["states:DescribeExecution", "states:StopExecution"], executions)
