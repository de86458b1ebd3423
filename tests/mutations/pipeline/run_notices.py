"""Breakages of the notices of runs and backfills, which the checks must find."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.checks.pipeline.run_notices import notice_permission, notice_rule
from tests.mutations.mutation import Mutation, drop_action, statements, widen

if TYPE_CHECKING:
    from tests.synthesized.resolved_stack import ResolvedStack

_WITHIN = "NoticesNotify"


def _transformer(stack: ResolvedStack, ended: str) -> dict[str, Any]:
    made: dict[str, Any] = notice_rule(stack, ended)["Targets"][0]["InputTransformer"]
    return made


def _replace(stack: ResolvedStack, old: str, new: str) -> None:
    transformer = _transformer(stack, "Run")
    assert old in transformer["InputTemplate"]
    transformer["InputTemplate"] = transformer["InputTemplate"].replace(old, new)


def _use_key_for_any_topic(stack: ResolvedStack) -> None:
    (entry,) = (
        each for each in statements(stack, "kms:Decrypt", _WITHIN) if "aws:sns:topicArn" in str(each["Condition"])
    )
    entry.pop("Condition")


_PERMISSIONS = [
    ("states:ListExecutions", "count the runs of any pipeline"),
    ("states:GetExecutionHistory", "read any execution"),
    ("logs:GetLogEvents", "read the log of any job"),
    ("logs:DescribeLogStreams", "list the streams of any log group"),
    ("sns:Publish", "publish to any topic"),
    ("sqs:SendMessage", "send to any queue"),
]
RUN_NOTICE_MUTATIONS = [
    *(
        Mutation(
            f"let Notify {what}",
            "notify_permissions",
            f"has {action} on *",
            lambda stack, action=action: widen(stack, action, _WITHIN),  # type: ignore[misc]  # the default is a string
        )
        for action, what in _PERMISSIONS
    ),
    *(
        Mutation(
            f"keep from Notify the permission of {action}",
            "notify_permissions",
            f"lacks {action}",
            lambda stack, action=action: drop_action(stack, action, _WITHIN),  # type: ignore[misc]  # the default is a string
        )
        for action, _ in _PERMISSIONS
    ),
    Mutation(
        "let Notify use the key for any topic",
        "notify_permissions",
        "lacks kms:Decrypt",
        _use_key_for_any_topic,
        pipeline="kinds",
        project="locked_down",
    ),
    Mutation(
        "let any rule invoke Notify",
        "run_rule",
        "may be invoked by",
        lambda stack: notice_permission(stack, "Run").pop("SourceArn"),
    ),
    Mutation(
        "keep the rule on backfills from invoking Notify",
        "backfill_rule",
        "may be invoked by",
        lambda stack: notice_permission(stack, "Backfill").update(SourceArn="arn:aws:events:x"),
    ),
    Mutation(
        "put the detail into quotes, which its own quotes would end",
        "run_rule",
        "does not get the event's detail",
        lambda stack: _replace(stack, ":<detail>", ':"x"'),
    ),
    Mutation("send the whole event", "run_rule", "is made of", lambda stack: _transformer(stack, "Run").clear()),
    Mutation("take a run for a backfill", "run_rule", "is told", lambda stack: _replace(stack, '"run"', '"backfill"')),
    Mutation(
        "name commands that would look on the local cloud",
        "run_rule",
        "is told",
        lambda stack: _replace(stack, '["--target","aws"]', "[]"),
    ),
    Mutation(
        "lose the events for which Notify fails",
        "undelivered_notices",
        "goes to None",
        lambda stack: stack.function("notify").pop("DeadLetterConfig"),
    ),
    Mutation(
        "lose the runs that EventBridge cannot report",
        "run_rule",
        "that EventBridge cannot deliver goes to None",
        lambda stack: notice_rule(stack, "Run")["Targets"][0].pop("DeadLetterConfig"),
    ),
    Mutation(
        "add a rule that reports each run once more",
        "backfill_rule",
        "a rule that nobody asked for",
        lambda stack: stack.resources.update(Again={"Type": "AWS::Events::Rule", "Properties": {}}),
    ),
]
