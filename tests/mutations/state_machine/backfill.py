"""Breakages of the state machine that runs a pipeline's backfills."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.checks.pipeline.run_notices import notice_rule
from tests.mutations.mutation import Mutation, drop_action, statement, statements, trust, widen

if TYPE_CHECKING:
    from tests.synthesized.resolved_stack import ResolvedStack

_WITHIN = "Backfill"


def _map(stack: ResolvedStack) -> dict[str, Any]:
    made: dict[str, Any] = stack.backfill_machine["Definition"]["States"]["EachInterval"]
    return made


def _runs(stack: ResolvedStack) -> dict[str, Any]:
    made: dict[str, Any] = _map(stack)["ItemProcessor"]["States"]
    return made


def _rule(stack: ResolvedStack) -> dict[str, Any]:
    return notice_rule(stack, "Backfill")


def _children_of_any_machine(stack: ResolvedStack) -> None:
    entry = next(
        each for each in statements(stack, "states:StopExecution", _WITHIN) if "_backfill/" in str(each["Resource"])
    )
    entry["Resource"] = "*"


_OF_EVERY_ORCHESTRATOR = [
    Mutation(
        "let one failed run of a backfill stop the others",
        "backfill_map",
        "the map's ToleratedFailurePercentage is None",
        lambda stack: _map(stack).pop("ToleratedFailurePercentage"),
    ),
    Mutation(
        "put the runs of a backfill into one history",
        "backfill_map",
        "runs share a history",
        lambda stack: _map(stack)["ItemProcessor"]["ProcessorConfig"].update(Mode="INLINE"),
    ),
    Mutation(
        "run all intervals of a backfill at once",
        "backfill_map",
        "the map's MaxConcurrencyPath is None",
        lambda stack: _map(stack).pop("MaxConcurrencyPath"),
    ),
    Mutation(
        "read the intervals of a backfill from another bucket",
        "backfill_map",
        "the items are read from",
        lambda stack: _map(stack)["ItemReader"]["Parameters"].update(Bucket="other"),
    ),
    Mutation(
        "repeat a run of a backfill that failed",
        "backfill_map",
        "repeats States.ALL",
        lambda stack: next(state for state in _runs(stack).values() if "Retry" in state)["Retry"][0].update(
            ErrorEquals=["States.ALL"]
        ),
    ),
    Mutation(
        "let a backfill read the whole lake",
        "backfill_machine_permissions",
        "has s3:GetObject on *",
        lambda stack: widen(stack, "s3:GetObject", _WITHIN),
    ),
    Mutation(
        "let a backfill stop any execution",
        "backfill_machine_permissions",
        "has states:StopExecution on *",
        _children_of_any_machine,
    ),
    Mutation(
        "let any account's machine take the backfill's role",
        "trust_of_roles",
        "trusts states.amazonaws.com if None",
        lambda stack: trust(stack, "states.amazonaws.com", _WITHIN).pop("Condition"),
    ),
    Mutation(
        "leave the backfill's name to CloudFormation",
        "backfill_log",
        "the backfill is named None",
        lambda stack: stack.backfill_machine.pop("StateMachineName"),
    ),
    Mutation(
        "leave what a backfill did untold in its log",
        "backfill_log",
        "executions are logged as ERROR",
        lambda stack: stack.backfill_machine["LoggingConfiguration"].update(Level="ERROR"),
    ),
    Mutation(
        "be silent about a backfill that was stopped",
        "backfill_rule",
        "the rule sees",
        lambda stack: _rule(stack)["EventPattern"]["detail"]["status"].remove("ABORTED"),
    ),
    Mutation(
        "tell nobody of a backfill",
        "backfill_rule",
        "the rule tells []",
        lambda stack: _rule(stack)["Targets"].clear(),
    ),
]
BACKFILL_MUTATIONS = [
    *_OF_EVERY_ORCHESTRATOR,
    Mutation(
        "run another pipeline's machine by a backfill",
        "backfill_runs",
        "a run is started with",
        lambda stack: _runs(stack)["Run"]["Parameters"].update(StateMachineArn="arn:aws:states:::stateMachine:other"),
    ),
    Mutation(
        "give the runs of a backfill generated names",
        "backfill_runs",
        "a run is started with",
        lambda stack: _runs(stack)["Run"]["Parameters"].pop("Name.$"),
    ),
    Mutation(
        "let a backfill start any machine",
        "backfill_machine_permissions",
        "has states:StartExecution on *",
        lambda stack: widen(stack, "states:StartExecution", _WITHIN),
    ),
    Mutation(
        "keep from a backfill that a run has ended",
        "backfill_machine_permissions",
        "lacks events:PutTargets",
        lambda stack: drop_action(stack, "events:PutTargets", _WITHIN),
    ),
    Mutation(
        "mail each failed run of a backfill",
        "run_rule",
        "the rule sees",
        lambda stack: notice_rule(stack, "Run")["EventPattern"]["detail"].pop("name"),
    ),
    Mutation(
        "misspell a state of the backfill",
        "asl_validator",
        "EachIntervall",
        lambda stack: stack.backfill_machine["Definition"].update(StartAt="EachIntervall"),
    ),
]
BACKFILL_SAGEMAKER_MUTATIONS = [
    *(replace(mutation, pipeline="everything") for mutation in _OF_EVERY_ORCHESTRATOR),
    *(
        replace(mutation, pipeline="everything")
        for mutation in (
            Mutation(
                "start another SageMaker pipeline by a backfill",
                "backfill_runs",
                "a run is started with",
                lambda stack: _runs(stack)["StartPipeline"]["Parameters"].update(PipelineName="other"),
            ),
            Mutation(
                "start a run of a backfill a second time if the first start was not answered",
                "backfill_runs",
                "is not the run's own",
                lambda stack: _runs(stack)["StartPipeline"]["Parameters"].pop("ClientRequestToken.$"),
            ),
            Mutation(
                "count a stopped execution of a backfill as done",
                "backfill_runs",
                "is not counted as failed",
                lambda stack: _runs(stack)["Ended"].update(Default="Done"),
            ),
            Mutation(
                "give up a run of a backfill that is being stopped",
                "backfill_runs",
                "after a look at the run comes",
                lambda stack: _runs(stack)["Ended"]["Choices"].pop(1),
            ),
            Mutation(
                "let a backfill start any SageMaker pipeline",
                "backfill_machine_permissions",
                "has sagemaker:StartPipelineExecution on *",
                lambda stack: widen(stack, "sagemaker:StartPipelineExecution", _WITHIN),
            ),
            Mutation(
                "keep from a backfill how a run goes",
                "backfill_machine_permissions",
                "lacks sagemaker:DescribePipelineExecution",
                lambda stack: statement(stack, "sagemaker:DescribePipelineExecution", _WITHIN).update(
                    Action="sagemaker:StartPipelineExecution"
                ),
            ),
            Mutation(
                "mail each failed run of a backfill",
                "run_rule",
                "the rule sees",
                lambda stack: notice_rule(stack, "Run")["EventPattern"]["detail"].pop("pipelineExecutionDisplayName"),
            ),
            Mutation(
                "misspell a state of the backfill",
                "asl_validator",
                "EachIntervall",
                lambda stack: stack.backfill_machine["Definition"].update(StartAt="EachIntervall"),
            ),
        )
    ),
]
