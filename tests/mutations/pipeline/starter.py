"""Breakages of what starts a pipeline when its inputs are there, which the checks must find."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.mutations.mutation import Mutation, drop_action, statement, statements, widen

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.synthesized.resolved_stack import ResolvedStack


def _rule(stack: ResolvedStack) -> dict[str, Any]:
    return stack.only("AWS::Events::Rule", "Starter")


def _clock(stack: ResolvedStack) -> dict[str, Any]:
    return stack.only("AWS::Scheduler::Schedule")


def _claims(stack: ResolvedStack) -> dict[str, Any]:
    (entry,) = (each for each in statements(stack, "s3:GetObject", "Starter") if "/starts/" in str(each["Resource"]))
    return entry


def _tell(stack: ResolvedStack, **changes: object) -> None:
    target = _clock(stack)["Target"]
    target["Input"] = json.dumps({**json.loads(target["Input"]), **changes})


def _spec_of_the_rule(stack: ResolvedStack) -> None:
    transformer = _rule(stack)["Targets"][0]["InputTransformer"]
    transformer["InputTemplate"] = transformer["InputTemplate"].replace('"wait_hours":6', '"wait_hours":7')


def _permission(stack: ResolvedStack) -> dict[str, Any]:
    name = stack.outputs["StartRunFunctionName"]
    (found,) = (
        each["Properties"]
        for each in stack.of_type("AWS::Lambda::Permission")
        if each["Properties"]["FunctionName"].endswith(name)
    )
    properties: dict[str, Any] = found
    return properties


def _mutation(
    name: str, check: str, finding: str, apply: Callable[[ResolvedStack], object], pipeline: str = "reader"
) -> Mutation:
    return Mutation(name, check, finding, apply, pipeline, "waiting")


STARTER_MUTATIONS = [
    _mutation(
        "let StartRun start any state machine",
        "start_permissions",
        "has states:StartExecution on *",
        lambda stack: widen(stack, "states:StartExecution", "Starter"),
    ),
    _mutation(
        "forget that StartRun starts its SageMaker pipeline",
        "start_permissions",
        "lacks sagemaker:StartPipelineExecution",
        lambda stack: drop_action(stack, "sagemaker:StartPipelineExecution", "Starter"),
        "summary",
    ),
    _mutation(
        "let StartRun list the whole lake",
        "start_permissions",
        "has s3:ListBucket on",
        lambda stack: statement(stack, "s3:ListBucket", "Starter").pop("Condition"),
    ),
    _mutation(
        "keep StartRun from claiming intervals",
        "start_permissions",
        "lacks s3:PutObject on",
        lambda stack: _claims(stack).update(Action=["s3:GetObject"]),
    ),
    _mutation(
        "let StartRun claim the intervals of all pipelines",
        "start_permissions",
        "has s3:PutObject on",
        lambda stack: _claims(stack).update(Resource=_claims(stack)["Resource"].replace("/starts/reader/", "/starts/")),
    ),
    _mutation(
        "forget where events go for which StartRun fails",
        "start_function",
        "events for which StartRun fails go to None",
        lambda stack: stack.function("start_run").pop("DeadLetterConfig"),
    ),
    _mutation(
        "call StartRun as a step of a SageMaker pipeline",
        "start_function",
        "StartRun's handler is",
        lambda stack: stack.function("start_run").update(Handler="lambdas.start_run.handler.step_handler"),
        "summary",
    ),
    _mutation(
        "call StartRun for the events of another deployment",
        "start_rule",
        "StartRun is called for",
        lambda stack: _rule(stack)["EventPattern"].update(source=["partitioned-pipelines.staging"]),
    ),
    _mutation(
        "forget a table that is read",
        "start_rule",
        "StartRun is called for",
        lambda stack: _rule(stack)["EventPattern"]["detail"].update(table=["waits.daily"]),
        "summary",
    ),
    _mutation(
        "call StartRun for objects of any bucket",
        "start_rule",
        "StartRun is called for",
        lambda stack: _rule(stack)["EventPattern"]["detail"].pop("bucket"),
        "landed",
    ),
    _mutation(
        "call StartRun for every object",
        "start_rule",
        "StartRun is called for",
        lambda stack: _rule(stack)["EventPattern"]["detail"]["object"].update(key=[{"wildcard": "raw/landed/*"}]),
        "landed",
    ),
    _mutation(
        "lose the inputs that EventBridge cannot report",
        "start_rule",
        "that EventBridge cannot deliver goes to None",
        lambda stack: _rule(stack)["Targets"][0].pop("DeadLetterConfig"),
    ),
    _mutation("tell StartRun other settings than its deadlines", "start_rule", "StartRun is told", _spec_of_the_rule),
    _mutation(
        "let any rule call StartRun",
        "start_rule",
        "StartRun may be called by",
        lambda stack: _permission(stack).pop("SourceArn"),
    ),
    _mutation(
        "let anybody call StartRun",
        "start_rule",
        "StartRun may be called by",
        lambda stack: _permission(stack).update(Principal="*"),
    ),
    _mutation(
        "watch the deadlines in another timezone",
        "start_deadlines",
        "the deadlines are",
        lambda stack: _clock(stack).update(ScheduleExpressionTimezone="UTC"),
    ),
    _mutation(
        "give each delivery of a deadline another id",
        "start_deadlines",
        "StartRun is told",
        lambda stack: _tell(stack, id="<aws.scheduler.execution-id>"),
    ),
    _mutation(
        "tell StartRun when it is called, not which deadline it is",
        "start_deadlines",
        "StartRun is told",
        lambda stack: _tell(stack, deadline="<aws.scheduler.execution-time>"),
    ),
    _mutation(
        "let the deadlines call any function",
        "start_deadlines",
        "has lambda:InvokeFunction on *",
        lambda stack: widen(stack, "lambda:InvokeFunction", "Starter"),
    ),
]
