"""Checks of each kind of step and of each registration mode; each returns its findings."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.spec import SparkImage, TableInput
from tests.checks.state_machine.machine_states import all_states
from tests.iam.replays.spark_replay import spark_calls

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from partitioned_pipelines.spec import Table
    from tests.synthesized.subject import Subject


def kinds_of_steps(subject: Subject) -> list[str]:
    """Check each kind of step by its image: its command, inputs, number of instances, and data distribution."""
    found = []
    for step in subject.pipeline.steps:
        made = all_states(subject.stack.definition)[step.name]["Parameters"]
        command = made["AppSpecification"]["ContainerEntrypoint"]
        inputs = {entry["InputName"]: entry["S3Input"] for entry in made["ProcessingInputs"]}
        code, spark = inputs.get("code", {}).get("S3Uri", ""), isinstance(step.image, SparkImage)
        if (command[0] == "smspark-submit") != spark:
            found.append(f"{step.name} is run by {command[0]}")
        if step.script is None and (command != list(step.entrypoint) or code):
            found.append(f"{step.name} is run by {command}, with the code {code!r}")
        if (
            step.script is not None
            and command[-1] != f"/opt/ml/processing/input/code/{PurePosixPath(step.script).name}"
        ):
            found.append(f"{step.name} runs {command[-1]}")
        if step.script is not None and code.endswith(".py") != spark:
            found.append(f"{step.name} gets the code {code}")
        if made["ProcessingResources"]["ClusterConfig"]["InstanceCount"] != step.instance.count:
            found.append(f"{step.name} has another number of instances than the file says")
        for name, source in step.inputs.items():
            shared = "sharded" if inputs[name]["S3DataDistributionType"] == "ShardedByS3Key" else "replicated"
            kind = "table" if inputs[name]["S3DataType"] == "ManifestFile" else "prefix"
            wanted = ("replicated", "prefix")
            if not isinstance(source, str):
                wanted = (source.distribution, "table" if isinstance(source, TableInput) else "prefix")
            if (shared, kind) != wanted:
                found.append(f"{step.name}: {name} is {shared} and a {kind}, expected {wanted}")
    return found


def repairs(subject: Subject) -> list[str]:
    """Check that MSCK REPAIR TABLE runs for exactly the tables with that registration, in the table's database and the lake's workgroup."""
    wanted = sorted(f"MSCK REPAIR TABLE `{table.database}`.`{table.name}`" for table in _registered_by(subject, "msck"))
    queries = [
        state["Parameters"]
        for name, state in all_states(subject.stack.definition).items()
        if name.startswith("RepairTable")
    ]
    found = [] if sorted(query["QueryString"] for query in queries) == wanted else [f"the queries are {queries}"]
    return found + [
        f"{query['QueryString']} runs in {query}"
        for query in queries
        if query.get("WorkGroup") != "pipelines"
        or query.get("QueryExecutionContext") != _context(query)
        or set(query) != {"QueryString", "QueryExecutionContext", "WorkGroup"}
    ]


def _context(query: Mapping[str, Any]) -> dict[str, str]:
    """Return the context of the table in a query: without a context, the query would run in `default`."""
    return {"Catalog": "AwsDataCatalog", "Database": query["QueryString"].split("`")[1]}


def marks_of_success(subject: Subject) -> list[str]:
    """Check that Spark's output is registered only with its success marker; other steps write none."""
    found = []
    for table in _registered_by(subject, "lambda"):
        (payload,) = (
            state["Parameters"]["Payload"]
            for name, state in all_states(subject.stack.definition).items()
            if name.startswith("RegisterPartitions")
            and state["Parameters"]["Payload"]["table"]["database_name"] == table.database
            and state["Parameters"]["Payload"]["table"]["table_name"] == table.name
        )
        spark = isinstance(subject.pipeline.step(table.source.step).image, SparkImage)
        if payload["source"].get("require_success_marker", False) is not spark:
            found.append(f"{table.qualified_name} is registered with {payload['source']}")
    return found


def _registered_by(subject: Subject, way: str) -> list[Table]:
    return [table for table in subject.pipeline.tables if table.registration == way]


STEP_KIND_CHECKS: dict[str, Callable[[Subject], list[str]]] = {
    check.__name__: check for check in (kinds_of_steps, repairs, marks_of_success, spark_calls)
}
