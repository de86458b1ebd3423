"""Breakages related to the kind of a step, and to a table's registration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.mutations.mutation import Mutation, drop_action, parameters, statement, statements
from tests.synthesized.resolved_stack import as_list

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.synthesized.resolved_stack import ResolvedStack


def _kinds(name: str, check: str, finding: str, apply: Callable[[ResolvedStack], object]) -> Mutation:
    return Mutation(name, check, finding, apply, pipeline="kinds")


def _entry(stack: ResolvedStack, step: str, name: str) -> dict[str, Any]:
    (entry,) = (each for each in parameters(stack, step)["ProcessingInputs"] if each["InputName"] == name)
    given: dict[str, Any] = entry["S3Input"]
    return given


def _layer(stack: ResolvedStack) -> dict[str, Any]:
    layer: dict[str, Any] = stack.definition["States"]["Layer1"]
    return layer


def _application(stack: ResolvedStack, step: str) -> dict[str, Any]:
    application: dict[str, Any] = parameters(stack, step)["AppSpecification"]
    return application


def _registered_source(stack: ResolvedStack) -> dict[str, Any]:
    source: dict[str, Any] = parameters(stack, "RegisterPartitions.kinds.t_rows")["Payload"]["source"]
    return source


def _pull_any_image(stack: ResolvedStack) -> None:
    statements(stack, "ecr:BatchGetImage", "Processing")[0]["Resource"] = "*"


def _delete_anywhere(stack: ResolvedStack) -> None:
    entry = statement(stack, "s3:DeleteObject", "Processing")
    entry["Resource"] = [f"{arn.partition('/')[0]}/*" for arn in as_list(entry["Resource"])]


def _delete_beside(stack: ResolvedStack) -> None:
    entry = statement(stack, "s3:DeleteObject", "Processing")
    lake = as_list(entry["Resource"])[0].partition("/")[0]
    (policy,) = (
        each["Properties"]["PolicyDocument"]["Statement"]
        for each in stack.role_policies()
        if entry in each["Properties"]["PolicyDocument"]["Statement"]
    )
    policy.append({"Effect": "Allow", "Action": "s3:DeleteObject", "Resource": f"{lake}/models/*"})


def _forget(stack: ResolvedStack, key: str) -> None:
    """Remove a key from the statements on exactly these objects, and on exactly these listings."""
    for entry in statements(stack, "s3:GetObject", "Processing"):
        entry["Resource"] = [arn for arn in as_list(entry["Resource"]) if not arn.endswith(f"/{key}")]
    for entry in statements(stack, "s3:ListBucket", "Processing"):
        for prefixes in entry["Condition"].get("StringEquals", {}).values():
            if key in prefixes:
                prefixes.remove(key)


def _repair(stack: ResolvedStack) -> dict[str, Any]:
    return parameters(stack, "RepairTable.kinds.t_daily")


def _forget_default_database(stack: ResolvedStack) -> None:
    for entry in statements(stack, "glue:GetDatabase"):
        entry["Resource"] = [arn for arn in as_list(entry["Resource"]) if not arn.endswith(":database/default")]


STEP_KIND_MUTATIONS = [
    _kinds("leave a branch out", "order_of_states", "side by side", lambda stack: _layer(stack)["Branches"].pop()),
    _kinds(
        "catch in a branch",
        "neither_map_nor_catch",
        "lookup is a Task with a Catch",
        lambda stack: _layer(stack)["Branches"][1]["States"]["lookup"].update(
            Catch=[{"ErrorEquals": ["States.ALL"], "Next": "lookup"}]
        ),
    ),
    _kinds(
        "give the execution the time of the shortest branch",
        "timeouts",
        "an execution ends after 90000 s",
        lambda stack: stack.definition.update(TimeoutSeconds=90000),
    ),
    _kinds(
        "mix the branches' results up",
        "downstream_reads_results",
        "crunch reads",
        lambda stack: _layer(stack).update(
            ResultSelector={"fetch.$": "$[1]", "lookup.$": "$[0]", "features.$": "$[2]"}
        ),
    ),
    _kinds(
        "drop a branch's result",
        "requests_fit_the_models",
        "leads nowhere",
        lambda stack: _layer(stack)["ResultSelector"].pop("lookup.$"),
    ),
    _kinds(
        "run Spark's script by Python",
        "kinds_of_steps",
        "crunch is run by python3",
        lambda stack: _application(stack, "crunch")["ContainerEntrypoint"].__setitem__(0, "python3"),
    ),
    _kinds(
        "run something else in an image",
        "kinds_of_steps",
        "lookup is run by ['python3']",
        lambda stack: _application(stack, "lookup").update(ContainerEntrypoint=["python3"]),
    ),
    _kinds(
        "give Spark the script's folder",
        "kinds_of_steps",
        "crunch gets the code",
        lambda stack: _entry(stack, "crunch", "code").update(S3Uri="s3://assets/folder/"),
    ),
    _kinds(
        "let each instance do all of the work",
        "kinds_of_steps",
        "fetch: raw is replicated",
        lambda stack: _entry(stack, "fetch", "raw").update(S3DataDistributionType="FullyReplicated"),
    ),
    _kinds(
        "read a manifest as if it were data",
        "kinds_of_steps",
        "features: whole is replicated and a prefix",
        lambda stack: _entry(stack, "features", "whole").update(S3DataType="S3Prefix"),
    ),
    _kinds(
        "rent one machine for Spark",
        "kinds_of_steps",
        "crunch has another number of instances",
        lambda stack: parameters(stack, "crunch")["ProcessingResources"]["ClusterConfig"].update(InstanceCount=1),
    ),
    _kinds(
        "write all attempts' event logs to one prefix",
        "attempts_of_their_own",
        "would write spark-event-logs",
        lambda stack: parameters(stack, "crunch")["ProcessingOutputConfig"]["Outputs"][-1]["S3Output"].update(
            {"S3Uri.$": "$.plan.steps.crunch.outputs.spark_event_logs"}
        ),
    ),
    _kinds(
        "register what Spark may not have finished",
        "marks_of_success",
        "kinds.t_rows is registered with",
        lambda stack: _registered_source(stack).pop("require_success_marker"),
    ),
    _kinds(
        "let Spark not clean up what it committed",
        "spark_calls",
        "s3:DeleteObject on arn:aws:s3:::",
        lambda stack: drop_action(stack, "s3:DeleteObject", "Processing"),
    ),
    _kinds(
        "let Spark list no uploads",
        "spark_calls",
        "s3:ListBucketMultipartUploads on arn:aws:s3:::",
        lambda stack: drop_action(stack, "s3:ListBucketMultipartUploads", "Processing"),
    ),
    _kinds(
        "let Spark list no parts of an upload",
        "spark_calls",
        "s3:ListMultipartUploadParts on arn:aws:s3:::",
        lambda stack: drop_action(stack, "s3:ListMultipartUploadParts", "Processing"),
    ),
    _kinds(
        "let Spark read a fixed folder's files, and not ask for the folder",
        "spark_calls",
        "/raw/stores with",
        lambda stack: _forget(stack, "raw/stores"),
    ),
    _kinds(
        "let Spark not ask for a folder of another bucket",
        "spark_calls",
        "partner-shards/rates with",
        lambda stack: _forget(stack, "rates"),
    ),
    _kinds(
        "let Spark not ask for the folder of a table",
        "spark_calls",
        "/tables/db_in_place/t_csv/output with",
        lambda stack: _forget(stack, "tables/db_in_place/t_csv/output"),
    ),
    _kinds(
        "let a job list the uploads of any bucket",
        "processing_role_permissions",
        "has s3:ListBucketMultipartUploads on *",
        lambda stack: statement(stack, "s3:ListBucketMultipartUploads", "Processing").update(Resource="*"),
    ),
    _kinds(
        "let Spark delete anywhere in the lake",
        "spark_calls",
        "/raw/x with",
        _delete_anywhere,
    ),
    _kinds(
        "let a job delete where Spark writes nothing",
        "spark_calls",
        "nothing needs",
        _delete_beside,
    ),
    _kinds(
        "repair another table",
        "repairs",
        "the queries are",
        lambda stack: _repair(stack).update(QueryString="MSCK REPAIR TABLE `kinds`.`t_rows`"),
    ),
    _kinds(
        "repair in another workgroup",
        "repairs",
        "runs in",
        lambda stack: _repair(stack).update(WorkGroup="primary"),
    ),
    _kinds(
        "repair without a database, which is in `default`",
        "repairs",
        "MSCK REPAIR TABLE `kinds`.`t_daily` runs in",
        lambda stack: _repair(stack).pop("QueryExecutionContext"),
    ),
    _kinds(
        "deny Athena the database that it always asks for",
        "machine_permissions",
        "database/default",
        _forget_default_database,
    ),
    _kinds(
        "misspell a query's parameter",
        "requests_fit_the_models",
        "Workgroup is unknown",
        lambda stack: _repair(stack).update(Workgroup=_repair(stack).pop("WorkGroup")),
    ),
    _kinds(
        "give a query up when Athena is busy",
        "retries_by_class",
        "RepairTable.kinds.t_daily retries",
        lambda stack: stack.definition["States"]["RepairTable.kinds.t_daily"].pop("Retry"),
    ),
    _kinds(
        "end a repair before Athena does",
        "timeouts",
        "RepairTable.kinds.t_daily ends after 60 s",
        lambda stack: stack.definition["States"]["RepairTable.kinds.t_daily"].update(TimeoutSeconds=60),
    ),
    _kinds(
        "let the state machine query by any workgroup",
        "machine_permissions",
        "has athena:StartQueryExecution on *",
        lambda stack: statement(stack, "athena:StartQueryExecution").update(Resource="*"),
    ),
    _kinds(
        "let Athena add no partition",
        "machine_permissions",
        "lacks glue:BatchCreatePartition",
        lambda stack: drop_action(stack, "glue:BatchCreatePartition", "StateMachine"),
    ),
    _kinds(
        "let Spark leave its temporary files",
        "processing_role_permissions",
        "lacks s3:DeleteObject",
        lambda stack: drop_action(stack, "s3:DeleteObject", "Processing"),
    ),
    _kinds("pull any image", "processing_role_permissions", "has ecr:BatchGetImage on *", _pull_any_image),
    _kinds(
        "let PlanRun read any table's partitions",
        "planner_permissions",
        "has glue:GetPartitions on *",
        lambda stack: statement(stack, "glue:GetPartitions", "Planner").update(Resource="*"),
    ),
]
