"""Breakages of the roles of a pipeline that SageMaker Pipelines runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.mutations.mutation import Mutation, drop_action, statement, statements, widen

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.synthesized.resolved_stack import ResolvedStack

_SAGEMAKER = "sagemaker.amazonaws.com"


def _mutation(name: str, check: str, finding: str, apply: Callable[[ResolvedStack], object]) -> Mutation:
    return Mutation(name, check, finding, apply, pipeline="everything")


def _trust(stack: ResolvedStack, description: str) -> dict[str, Any]:
    role = stack.role_of(_SAGEMAKER, description=description)
    made: dict[str, Any] = role["AssumeRolePolicyDocument"]["Statement"][0]
    return made


def _list_everything(stack: ResolvedStack) -> None:
    for entry in statements(stack, "s3:ListBucket", "Planner"):
        entry.pop("Condition")


SAGEMAKER_ROLE_MUTATIONS = [
    _mutation(
        "drop sagemaker:AddTags",
        "pipeline_permissions",
        "lacks sagemaker:AddTags",
        lambda stack: drop_action(stack, "sagemaker:AddTags"),
    ),
    _mutation(
        "drop sagemaker:ListTags",
        "pipeline_permissions",
        "lacks sagemaker:ListTags",
        lambda stack: drop_action(stack, "sagemaker:ListTags"),
    ),
    _mutation(
        "forget to stop a job of an execution that is stopped",
        "pipeline_permissions",
        "lacks sagemaker:StopProcessingJob",
        lambda stack: drop_action(stack, "sagemaker:StopProcessingJob"),
    ),
    _mutation(
        "let the pipeline run any job",
        "pipeline_permissions",
        "has sagemaker:CreateProcessingJob on *",
        lambda stack: widen(stack, "sagemaker:CreateProcessingJob", "Workflow"),
    ),
    _mutation(
        "let the pipeline call any function",
        "pipeline_permissions",
        "has lambda:InvokeFunction on *",
        lambda stack: widen(stack, "lambda:InvokeFunction", "Workflow"),
    ),
    _mutation(
        "pass the role to any service",
        "pipeline_permissions",
        "has iam:PassRole on",
        lambda stack: statement(stack, "iam:PassRole").pop("Condition"),
    ),
    _mutation(
        "pass any role",
        "pipeline_permissions",
        "has iam:PassRole on *",
        lambda stack: widen(stack, "iam:PassRole", "Workflow"),
    ),
    _mutation(
        "run executions as the jobs' role",
        "pipeline_permissions",
        "the SageMaker pipeline takes the role",
        lambda stack: stack.only("AWS::SageMaker::Pipeline").update(RoleArn=stack.outputs["ProcessingRoleArn"]),
    ),
    _mutation(
        "trust SageMaker on behalf of any account",
        "trust_of_roles",
        "WorkflowRole98C7DC98 trusts sagemaker.amazonaws.com if None",
        lambda stack: _trust(stack, "Executions of").pop("Condition"),
    ),
    _mutation(
        "let any account's jobs take the jobs' role",
        "trust_of_roles",
        "ProcessingRole1852AB11 trusts sagemaker.amazonaws.com if None",
        lambda stack: _trust(stack, "Processing jobs of").pop("Condition"),
    ),
    _mutation(
        "let the schedule start any pipeline",
        "scheduler_permissions",
        "has sagemaker:StartPipelineExecution on *",
        lambda stack: widen(stack, "sagemaker:StartPipelineExecution", "Clock"),
    ),
    _mutation(
        "keep from RegisterPartitions when a job was created",
        "registrar_permissions",
        "lacks sagemaker:DescribeProcessingJob",
        lambda stack: drop_action(stack, "sagemaker:DescribeProcessingJob", "Registrar"),
    ),
    _mutation(
        "keep from RegisterPartitions which jobs a run had",
        "registrar_permissions",
        "lacks sagemaker:ListPipelineExecutionSteps",
        lambda stack: drop_action(stack, "sagemaker:ListPipelineExecutionSteps", "Registrar"),
    ),
    _mutation(
        "let a job read any secret",
        "processing_role_permissions",
        "has secretsmanager:GetSecretValue on *",
        lambda stack: widen(stack, "secretsmanager:GetSecretValue", "Processing"),
    ),
    _mutation(
        "let PlanRun list the whole lake",
        "planner_permissions",
        "has s3:ListBucket on",
        _list_everything,
    ),
    _mutation(
        "misspell an action",
        "parliament",
        "UNKNOWN_ACTION",
        lambda stack: statement(stack, "iam:PassRole").update(Action="iam:PassRoles"),
    ),
]
