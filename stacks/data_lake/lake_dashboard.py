"""The lake's dashboards: what its pipelines do, in free metrics of AWS's services and in the functions' logs.

Graphs list the metrics of each pipeline: a search expression matches words of a name, not its beginning, and would draw others' state machines.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import Fn
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from partitioned_pipelines.lake.stack_names import data_lake_stack_name, pipeline_stack_name
from stacks.iam.arns import arn
from stacks.json_text import json_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from partitioned_pipelines.spec import Pipeline

_PIPELINES_EACH = 50
"""The pipelines of a dashboard: a graph may have 500 metrics, and the runs of a pipeline are four."""
_WIDTH = 24
_DAY = 86_400
# Of Step Functions, https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html, and of SageMaker Pipelines,
# https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html#cloudwatch-metrics-pipelines
_ENDS = {
    "succeeded": ("ExecutionsSucceeded", "ExecutionSucceeded"),
    "failed": ("ExecutionsFailed", "ExecutionFailed"),
    "timed out": ("ExecutionsTimedOut", None),
    "aborted": ("ExecutionsAborted", "ExecutionStopped"),
}
# Replaced by CloudFormation.
_REGION, _MACHINES = "${AWS::Region}", "${Machines}"
_ALARM = "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:"
_DURATIONS = ("ExecutionTime", "ExecutionDuration")

Metric = list[Any]


class LakeDashboards(Construct):
    """Dashboards named after the prefix; those after the first are numbered."""

    def __init__(self, scope: Construct, construct_id: str, *, prefix: str, pipelines: Sequence[Pipeline]) -> None:
        super().__init__(scope, construct_id)
        for number, first in enumerate(range(0, max(len(pipelines), 1), _PIPELINES_EACH), 1):
            shown = pipelines[first : first + _PIPELINES_EACH]
            body = {"widgets": list(_placed(_widgets(prefix, shown)))}
            cloudwatch.CfnDashboard(
                self,
                f"Dashboard{number}",
                dashboard_name=prefix if number == 1 else f"{prefix}-{number}",
                # By substitution, in one string: as a list of parts, the bodies for 500 pipelines would be larger than a template may be.
                dashboard_body=Fn.sub(
                    json_text(body),
                    {"Machines": arn("states", "stateMachine:")},
                ),
            )


def _widgets(prefix: str, pipelines: Sequence[Pipeline]) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """Yield the width, the height and the content of each widget."""
    yield _WIDTH, 3, {"type": "text", "properties": {"markdown": _introduction(prefix)}}
    alarms = [f"{_ALARM}{prefix}-{name}" for name in ("undelivered", "watch-silent")]
    yield 8, 6, {"type": "alarm", "properties": {"title": "Alarms", "alarms": alarms}}
    yield 16, 6, _graph("Runs a day", _runs(prefix, pipelines), stacked=True)
    failed = [_metric(prefix, pipeline, *_ENDS["failed"]) for pipeline in pipelines]
    yield 12, 6, _graph("Failed runs a day, by pipeline", failed)
    longest = [_metric(prefix, pipeline, *_DURATIONS, stat="Maximum") for pipeline in pipelines]
    yield 12, 6, _graph("Longest run (ms), by pipeline", longest)
    yield 12, 6, _graph("Scheduled starts that were not delivered, by pipeline", _undelivered(prefix, pipelines))
    logs = f"SOURCE logGroups(namePrefix: ['{prefix}-'])"
    yield 12, 6, _log("Instance-hours of jobs a day", f"{logs} | {_INSTANCE_HOURS}")
    yield _WIDTH, 8, _log("Last published, by table", f"{logs} | {_LAST_PUBLISHED}")
    yield _WIDTH, 8, _log("Warnings and errors of the functions, the last 20", f"{logs} | {_LAST_ERRORS}")


_LAST_PUBLISHED = (
    "filter message = 'registered' | stats latest(@timestamp) as last_published, sum(partitions_created) as created, "
    "sum(partitions_repointed) as repointed by pipeline, table | sort last_published asc"
)
_INSTANCE_HOURS = "filter message = 'registered' | stats sum(instance_seconds) / 3600 as instance_hours by bin(1d)"
_LAST_ERRORS = (
    "filter level in ['WARNING', 'ERROR', 'CRITICAL'] | fields @timestamp, level, pipeline, table, run_id, message, code, reason, errorMessage "
    "| sort @timestamp desc | limit 20"
)


def _introduction(prefix: str) -> str:
    return (
        f"# The pipelines of {prefix}\nFailed runs, tables that are overdue and the two alarms are reported to the topic `{prefix}-notices`. "
        "`pipelines status` says what needs somebody, and the command that mends it; `pipelines show RUN` tells all about one run, and "
        "`pipelines retry NAME` continues it. Add `--target aws`. What each notice and alarm means: `docs/how-to/operating.md`."
    )


def _runs(prefix: str, pipelines: Sequence[Pipeline]) -> list[Metric]:
    """Return the sums of all pipelines' runs, by how they ended. The sums need the metrics of each pipeline, which are hidden."""
    sums: list[Metric] = []
    hidden: list[Metric] = []
    for number, (label, names) in enumerate(_ENDS.items()):
        word = label.replace(" ", "")  # in the ids of these metrics, and of no other
        found = [_metric(prefix, pipeline, *names) for pipeline in pipelines]
        hidden += _hidden(found, word)
        if any(found):
            sums.append([{"expression": f"SUM(METRICS('{word}'))", "label": label, "id": f"sum{number}"}])
    return [*sums, *hidden]


def _hidden(metrics: Sequence[Metric | None], word: str) -> list[Metric]:
    """Return metrics that are only used in an expression, with ids that contain a word."""
    return [
        [*metric[:-1], {**metric[-1], "id": f"{word}{number}", "visible": False}]
        for number, metric in enumerate(metrics)
        if metric
    ]


def _undelivered(prefix: str, pipelines: Sequence[Pipeline]) -> list[Metric]:
    groups = [
        (pipeline.name, pipeline_stack_name(prefix, pipeline.name))
        for pipeline in pipelines
        if pipeline.schedule is not None and pipeline.schedule.timetable is not None
    ]
    return [
        ["AWS/Scheduler", "InvocationDroppedCount", "ScheduleGroup", group, {"label": name}]
        for name, group in [*groups, ("watch", data_lake_stack_name(prefix))]
    ]


def _metric(
    prefix: str, pipeline: Pipeline, of_machine: str, of_sagemaker: str | None, *, stat: str = "Sum"
) -> Metric | None:
    """Return a metric of a pipeline's executions; None if its orchestrator has none."""
    name = pipeline_stack_name(prefix, pipeline.name)
    shown = {"label": pipeline.name, "stat": stat}
    if pipeline.orchestrator == "step_functions":
        return ["AWS/States", of_machine, "StateMachineArn", f"{_MACHINES}{name}", shown]
    if of_sagemaker is None:
        return None
    return ["AWS/Sagemaker/ModelBuildingPipeline", of_sagemaker, "PipelineName", name, shown]


def _graph(title: str, metrics: Sequence[Metric | None], *, stacked: bool = False) -> dict[str, Any]:
    return {
        "type": "metric",
        "properties": {
            "title": title,
            "region": _REGION,
            "view": "timeSeries",
            "stacked": stacked,
            "stat": "Sum",
            "period": _DAY,
            "metrics": [metric for metric in metrics if metric],
        },
    }


def _log(title: str, query: str) -> dict[str, Any]:
    return {"type": "log", "properties": {"title": title, "region": _REGION, "view": "table", "query": query}}


def _placed(widgets: Iterator[tuple[int, int, dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    """Place widgets from left to right, in rows of the dashboard's width."""
    x = y = row = 0
    for width, height, content in widgets:
        if x + width > _WIDTH:
            x, y, row = 0, y + row, 0
        yield {**content, "x": x, "y": y, "width": width, "height": height}
        x, row = x + width, max(row, height)
