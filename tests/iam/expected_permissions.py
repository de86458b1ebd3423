"""The exact permissions of each role of a pipeline, written by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.lake.key_layout import receipts_prefix
from partitioned_pipelines.spec.derived.job import job_stem
from tests.checks.data_lake.notices import QUEUE_ARN, TOPIC_ARN
from tests.checks.pipeline.job_requests import job_request
from tests.iam.expected_network_permissions import network_permissions
from tests.iam.policies import permissions
from tests.synthesized.every_kind import SHARED_BUCKET
from tests.synthesized.every_option import FOREIGN_BUCKET, FORMATS, LAYOUTS
from tests.synthesized.intrinsics import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.iam.policies import Permission
    from tests.synthesized.subject import Subject

_ASSETS = f"arn:aws:s3:::cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"
_OWN_IMAGES = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/cdk-hnb659fds-container-assets-{ACCOUNT}-{REGION}"

# The accounts are AWS's: https://docs.aws.amazon.com/sagemaker/latest/dg-ecr-paths/ecr-ap-northeast-1.html
_SKLEARN = f"arn:aws:ecr:{REGION}:354813040037:repository/sagemaker-scikit-learn"
_SPARK = f"arn:aws:ecr:{REGION}:411782140378:repository/sagemaker-spark-processing"
READ_TABLES = ["tables/db_in_place/t_csv/output/", "tables/db_versioned/t_json/runs/"]

# By pipeline: what its steps read and write, as key prefixes of the lake, or with a bucket in front.
READ = {
    "feature_table": ["raw/feature_table/", "intermediates/feature_table/"],
    "flights": ["raw/flights/", "intermediates/flights/"],
    "everything": ["raw/everything/", "intermediates/everything/", f"{FOREIGN_BUCKET}:daily/"],
    "by_hand": ["raw/by_hand/"],
    "kinds": [
        *("raw/hourly/", "raw/kinds/", "raw/stores/", "intermediates/kinds/", *READ_TABLES),
        *(f"{SHARED_BUCKET}:daily/", f"{SHARED_BUCKET}:rates/"),
    ],
    "repaired": ["raw/repaired/"],
}
TABLES = {
    "feature_table": [("analytics", "partitioned_table_sample", "in_place")],
    "flights": [("analytics", "flights", "versioned")],
    "everything": [(f"db_{layout}", f"t_{name}", layout) for name in FORMATS for layout in LAYOUTS],
    "by_hand": [("by_hand", "t", "versioned")],
    "kinds": [("kinds", "t_rows", "versioned"), ("kinds", "t_daily", "in_place"), ("kinds", "t_monthly", "in_place")],
    "repaired": [("repaired_tables", "t", "in_place")],
}
# Tables that RegisterPartitions does not register, and those of them for which MSCK REPAIR TABLE runs.
UNREGISTERED = {"kinds": {"t_daily", "t_monthly"}, "repaired": {"t"}}
# Tables whose partitions are their folders: the catalog has none.
PROJECTED = {"t_monthly"}
# SageMaker pipelines have no step for repairs, so that the function registers the table.
NEVER_REPAIRED = {"t_daily"}
REPAIRED = {"kinds": [("kinds", "t_daily")], "repaired": [("repaired_tables", "t")]}
PULLED = {
    "feature_table": [_OWN_IMAGES],
    "flights": [_OWN_IMAGES],
    "everything": [_OWN_IMAGES, "arn:aws:ecr:eu-west-1:210987654321:repository/team/etl"],
    "by_hand": [],
    "kinds": [_SKLEARN, "arn:aws:ecr:eu-west-1:210987654321:repository/team/etl", _SPARK],
    "repaired": [_SKLEARN],
}
# The pipelines with a step that skips missing input.
SKIPS = {"everything"}
WRITES_INTERMEDIATES = {"feature_table", "flights", "everything", "kinds"}
# The prefixes that Spark commits to; it also requests their parent folders.
COMMITTED = {"kinds": ["intermediates/kinds/", "tables/kinds/t_rows/runs/"]}
# The names of folders that Spark reads and requests before it lists them; of hourly, a subfolder is read.
NAMED = {"kinds": ["raw/stores", "tables/db_in_place/t_csv/output", f"{SHARED_BUCKET}:rates"]}
ABOVE = {"kinds": ["intermediates/", "tables/", "tables/kinds/", "tables/kinds/t_rows/"]}


def processing_permissions(subject: Subject) -> Iterable[Permission]:
    """Yield the permissions of a job: read inputs and code, write outputs, pull images, log."""
    name = subject.pipeline.name
    lake = f"arn:aws:s3:::{subject.lake_bucket}"
    yield from _object_key_permissions(subject, "kms:Encrypt")
    if subject.key_arn:
        # Each of the test projects has a step whose volume can have a key.
        yield from permissions(["kms:DescribeKey"], [subject.key_arn])
        yield from permissions(["kms:CreateGrant"], [subject.key_arn], {"Bool": {"kms:GrantIsForAWSResource": "true"}})
    if subject.assets_key_arn:
        read = {
            "StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"},
            "StringLike": {"kms:EncryptionContext:aws:s3:arn": f"{_ASSETS}/*"},
        }
        yield from permissions(["kms:Decrypt"], [subject.assets_key_arn], read)
    code = [f"{tree_hash}/" for tree_hash in sorted(_tree_hashes(subject))]
    for bucket, prefixes in {**_by_bucket(subject, READ[name]), _ASSETS: code}.items():
        yield from permissions(["s3:GetObject"], [f"{bucket}/{prefix}*" for prefix in prefixes])
        yield from _list(bucket, prefixes)
    folder = {"in_place": "output", "versioned": "runs"}
    written = [f"tables/{database}/{table}/{folder[layout]}/" for database, table, layout in TABLES[name]]
    if name in WRITES_INTERMEDIATES:
        written.append(f"intermediates/{name}/")
    yield from permissions(["s3:AbortMultipartUpload", "s3:PutObject"], [f"{lake}/{prefix}*" for prefix in written])
    if subject.pipeline.read_tables:
        yield from permissions(["s3:GetObject"], [f"{lake}/intermediates/{name}/*/manifests/*"])
    yield from network_permissions(name)
    if name in COMMITTED:
        spark = ["s3:DeleteObject", "s3:GetObject", "s3:ListMultipartUploadParts"]
        yield from permissions(spark, [f"{lake}/{prefix}*" for prefix in COMMITTED[name]])
        yield from _list(lake, COMMITTED[name])
        names = [folder.rstrip("/") for folder in (*ABOVE[name], *COMMITTED[name])]
        yield from permissions(
            ["s3:ListBucket"], [lake], {"StringEquals": {"s3:prefix": sorted([*ABOVE[name], *names])}}
        )
        yield from permissions(["s3:GetObject"], [f"{lake}/{folder}" for folder in (*ABOVE[name], *names)])
        yield from permissions(["s3:ListBucketMultipartUploads"], [lake])
        for bucket, folders in _by_bucket(subject, NAMED[name]).items():
            yield from permissions(["s3:ListBucket"], [bucket], {"StringEquals": {"s3:prefix": sorted(folders)}})
            yield from permissions(["s3:GetObject"], [f"{bucket}/{folder}" for folder in folders])
    yield from permissions(
        ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], PULLED[name]
    )
    yield from permissions(["ecr:GetAuthorizationToken"], ["*"] if PULLED[name] else [])
    yield from permissions(
        ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
        [f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/sagemaker/ProcessingJobs:*"],
    )
    yield from permissions(
        ["cloudwatch:PutMetricData"],
        ["*"],
        {"StringEquals": {"cloudwatch:namespace": "/aws/sagemaker/ProcessingJobs"}},
    )


def planner_permissions(subject: Subject) -> Iterable[Permission]:
    """Yield the permissions of PlanRun, which checks for inputs and claims scheduled events."""
    yield from _object_key_permissions(subject)
    name = subject.pipeline.name
    lake = f"arn:aws:s3:::{subject.lake_bucket}"
    claims = f"locks/{name}/scheduled/"
    asked = [prefix for prefix in READ[name] if not prefix.startswith("intermediates/")]
    buckets = _by_bucket(subject, [*asked, claims])
    for bucket, prefixes in buckets.items():
        yield from _list(bucket, prefixes)
    yield from permissions(["s3:GetObject", "s3:PutObject"], [f"{lake}/{claims}*"])
    recorded = [f"{lake}/{receipts_prefix(*table[:2])}inputs/*" for table in registered_tables(subject)[:1]]
    yield from permissions(["s3:PutObject"], recorded if READ[name] else [])
    if name in SKIPS:
        marks = [f"tables/{database}/{table}/receipts/intervals/*.skipped.*" for database, table, _ in TABLES[name]]
        yield from permissions(["s3:PutObject"], [f"{lake}/{mark}" for mark in marks])
    if subject.pipeline.read_tables:
        yield from catalog_key_permissions(subject.catalog_key_arn)
        yield from permissions(["s3:PutObject"], [f"{lake}/intermediates/{name}/*/manifests/*"])
        tables = [tuple(prefix.split("/")[1:3]) for prefix in READ_TABLES]
        yield from permissions(["glue:GetPartitions"], _catalog(tables))
    yield from _log_permissions(subject, "plan_run")


def registrar_permissions(subject: Subject) -> Iterable[Permission]:
    """Yield the permissions of RegisterPartitions, which reads its tables' files, writes receipts, and changes partitions."""
    yield from _object_key_permissions(subject)
    lake = f"arn:aws:s3:::{subject.lake_bucket}"
    yield from catalog_key_permissions(subject.catalog_key_arn)
    tables = registered_tables(subject)
    prefixes = [f"tables/{database}/{table}/" for database, table, _ in tables]
    leases = [f"locks/tables/{database}/{table}.json" for database, table, _ in tables]
    yield from _list(lake, [*prefixes, *leases])
    yield from permissions(["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], [f"{lake}/{key}" for key in leases])
    yield from permissions(["s3:GetObject"], [f"{lake}/{prefix}*" for prefix in prefixes])
    yield from permissions(
        ["s3:PutObject"], [f"{lake}/{receipts_prefix(database, table)}*" for database, table, _ in tables]
    )
    swept = [f"{lake}/tables/{database}/{table}/output/*" for database, table, layout in tables if layout == "in_place"]
    yield from permissions(["s3:DeleteObject"], swept)
    yield from permissions(
        [
            "glue:BatchCreatePartition",
            "glue:BatchGetPartition",
            "glue:BatchUpdatePartition",
            "glue:GetPartitions",
            "glue:GetTable",
        ],
        _catalog([(database, table) for database, table, _ in tables]),
    )
    event = {"events:source": "partitioned-pipelines.pipelines", "events:detail-type": "Partitions Published"}
    yield from permissions(
        ["events:PutEvents"],
        [f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"],
        {"ForAllValues:StringEquals": event, "Null": dict.fromkeys(event, "false")},
    )
    yield from permissions(["sqs:GetQueueUrl"], [QUEUE_ARN])
    yield from _message_permissions(subject, "sqs", "sqs:SendMessage", QUEUE_ARN, "aws:sqs:arn")
    if subject.is_sagemaker_pipeline:
        steps = [step.name for step in subject.pipeline.steps]
        yield from permissions(["sagemaker:DescribeProcessingJob"], _jobs(subject, steps))
        executions = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/{subject.stack.name}/execution/*"
        yield from permissions(["sagemaker:ListPipelineExecutionSteps"], [executions])
    yield from _log_permissions(subject, "register_partitions")


def workflow_permissions(subject: Subject) -> Iterable[Permission]:
    """Yield the permissions of the orchestrator, which invokes its two functions, and runs its jobs with their role."""
    outputs = subject.stack.outputs
    functions = [
        f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{outputs[name]}"
        for name in ("PlanRunFunctionName", "RegisterPartitionsFunctionName")
        if name in outputs
    ]
    yield from permissions(["lambda:InvokeFunction"], functions)
    # AddTags: each job has the tags of its pipeline, and of the execution that started it. ListTags is in the same list for `.sync`.
    jobs = _jobs(subject, [step.name for step in subject.pipeline.steps])
    job_actions = ("AddTags", "CreateProcessingJob", "DescribeProcessingJob", "ListTags", "StopProcessingJob")
    yield from permissions([f"sagemaker:{action}" for action in job_actions], jobs)
    yield from permissions(
        ["iam:PassRole"],
        [outputs["ProcessingRoleArn"]],
        {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
    )


def machine_permissions(subject: Subject) -> Iterable[Permission]:
    """Yield the permissions of the state machine, which runs the steps, and logs."""
    yield from workflow_permissions(subject)
    yield from permissions(
        ["events:DescribeRule", "events:PutRule", "events:PutTargets"],
        [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/StepFunctionsGetEventsForSageMakerProcessingJobsRule"],
    )
    yield from _repair_permissions(subject)
    yield from _machine_log_permissions()


def backfill_permissions(subject: Subject) -> Iterable[Permission]:
    """Yield the permissions of the backfills' machine, which reads its items, runs its map, starts and stops the runs, and logs."""
    states, name = f"arn:aws:states:{REGION}:{ACCOUNT}", f"{subject.stack.name}_backfill"
    yield from permissions(["states:StartExecution"], [f"{states}:stateMachine:{name}"])
    children = [f"{states}:execution:{name}:*", f"{states}:execution:{name}/*"]
    yield from permissions(["states:DescribeExecution", "states:StopExecution"], children)
    if subject.is_sagemaker_pipeline:
        pipeline = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/{subject.stack.outputs['PipelineName']}"
        yield from permissions(["sagemaker:StartPipelineExecution"], [pipeline])
        yield from permissions(["sagemaker:DescribePipelineExecution"], [f"{pipeline}/execution/*"])
    else:
        yield from permissions(["states:StartExecution"], [subject.stack.outputs["StateMachineArn"]])
        runs = [f"{states}:execution:{subject.stack.name}:*"]
        yield from permissions(["states:DescribeExecution", "states:StopExecution"], runs)
        yield from permissions(
            ["events:DescribeRule", "events:PutRule", "events:PutTargets"],
            [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"],
        )
    yield from permissions(
        ["s3:GetObject"], [f"arn:aws:s3:::{subject.lake_bucket}/backfills/{subject.pipeline.name}/*"]
    )
    yield from (permission for permission in _object_key_permissions(subject) if permission[0] == "kms:Decrypt")
    yield from _machine_log_permissions()


def _machine_log_permissions() -> Iterable[Permission]:
    # Log delivery and X-Ray do not support resources: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
    deliveries = ("CreateLogDelivery", "DeleteLogDelivery", "GetLogDelivery", "ListLogDeliveries", "UpdateLogDelivery")
    policies = ("DescribeLogGroups", "DescribeResourcePolicies", "PutResourcePolicy")
    yield from permissions([f"logs:{action}" for action in (*deliveries, *policies)], ["*"])
    traces = ("GetSamplingRules", "GetSamplingTargets", "PutTelemetryRecords", "PutTraceSegments")
    yield from permissions([f"xray:{action}" for action in traces], ["*"])


def _repair_permissions(subject: Subject) -> Iterable[Permission]:
    """Yield the permissions that Athena uses on behalf of the caller: the catalog, the files, and the result location."""
    tables = REPAIRED.get(subject.pipeline.name)
    if not tables:
        return
    yield from _object_key_permissions(subject)
    yield from catalog_key_permissions(subject.catalog_key_arn)
    if subject.lake_formation == "location":
        yield from permissions(["lakeformation:GetDataAccess"], ["*"])
    lake, athena = f"arn:aws:s3:::{subject.lake_bucket}", f"arn:aws:athena:{REGION}:{ACCOUNT}"
    queries = ("GetQueryExecution", "StartQueryExecution", "StopQueryExecution")
    yield from permissions([f"athena:{action}" for action in queries], [f"{athena}:workgroup/pipelines"])
    yield from permissions(["athena:GetDataCatalog"], [f"{athena}:datacatalog/AwsDataCatalog"])
    calls = ("BatchCreatePartition", "GetDatabase", "GetPartitions", "GetTable")
    yield from permissions([f"glue:{call}" for call in calls], _catalog(tables))
    yield from permissions(["glue:GetDatabase"], [f"arn:aws:glue:{REGION}:{ACCOUNT}:database/default"])
    prefixes = ["athena-results/", *(f"tables/{database}/{table}/output/" for database, table in tables)]
    yield from _list(lake, prefixes)
    yield from permissions(["s3:GetObject"], [f"{lake}/{prefix}*" for prefix in prefixes])
    writes = ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject"]
    yield from permissions(writes, [f"{lake}/athena-results/*"])
    yield from permissions(["s3:GetBucketLocation", "s3:ListBucketMultipartUploads"], [lake])


def registered_tables(subject: Subject) -> list[tuple[str, str, str]]:
    """Return database, name and layout of the tables that RegisterPartitions registers."""
    name = subject.pipeline.name
    unregistered = UNREGISTERED.get(name, set()) - (NEVER_REPAIRED if subject.is_sagemaker_pipeline else set())
    return [table for table in TABLES[name] if table[1] not in unregistered]


def catalog_key_permissions(key_arn: str | None) -> Iterable[Permission]:
    """Return the permissions by which Glue uses the catalog's key for readers and writers of this account's catalog."""
    condition = {
        "kms:ViaService": f"glue.{REGION}.amazonaws.com",
        "kms:EncryptionContext:glue_catalog_id": ACCOUNT,
    }
    uses = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]
    return permissions(uses, [key_arn] if key_arn else [], {"StringEquals": condition})


def _catalog(tables: Iterable[Sequence[str]]) -> list[str]:
    glue, named = f"arn:aws:glue:{REGION}:{ACCOUNT}", list(tables)
    databases = {f"{glue}:database/{database}" for database, _ in named}
    return [f"{glue}:catalog", *sorted(databases), *(f"{glue}:table/{database}/{table}" for database, table in named)]


def scheduler_permissions(subject: Subject) -> Iterable[Permission]:
    """Yield the permissions of the schedule, which starts executions, and sends failed events to the lake's queue."""
    if subject.is_sagemaker_pipeline:
        name = subject.stack.outputs["PipelineName"]
        started = [f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/{name}"]
        yield from permissions(["sagemaker:StartPipelineExecution"], started)
    else:
        yield from permissions(["states:StartExecution"], [subject.stack.outputs["StateMachineArn"]])
    yield from _message_permissions(subject, "sqs", "sqs:SendMessage", QUEUE_ARN, "aws:sqs:arn")


def notify_permissions(subject: Subject) -> Iterable[Permission]:
    """Yield the permissions of Notify, which reads runs and the logs of their jobs, publishes, and leaves what it failed at in the queue."""
    if subject.is_sagemaker_pipeline:
        pipeline = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/{subject.stack.outputs['PipelineName']}"
        yield from permissions(["sagemaker:ListPipelineExecutions"], [pipeline])
        reads = ("ListPipelineExecutionSteps", "ListPipelineParametersForExecution")
        yield from permissions([f"sagemaker:{read}" for read in reads], [f"{pipeline}/execution/*"])
        yield from permissions(
            ["sagemaker:DescribeProcessingJob"], _jobs(subject, [step.name for step in subject.pipeline.steps])
        )
    else:
        yield from permissions(["states:ListExecutions"], [subject.stack.outputs["StateMachineArn"]])
        executions = f"arn:aws:states:{REGION}:{ACCOUNT}:execution:{subject.stack.name}:*"
        yield from permissions(["states:GetExecutionHistory"], [executions])
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/sagemaker/ProcessingJobs"
    yield from permissions(["logs:DescribeLogStreams"], [f"{group}:*"])
    stems = [job_stem(subject.pipeline.name, step.name) for step in subject.pipeline.steps]
    yield from permissions(["logs:GetLogEvents"], [f"{group}:log-stream:{stem}-*" for stem in stems])
    yield from _message_permissions(subject, "sns", "sns:Publish", TOPIC_ARN, "aws:sns:topicArn")
    yield from _message_permissions(subject, "sqs", "sqs:SendMessage", QUEUE_ARN, "aws:sqs:arn")
    yield from _log_permissions(subject, "notify")


def _message_permissions(
    subject: Subject, service: str, action: str, receiver: str, context: str
) -> Iterable[Permission]:
    """Yield the permission to send to a topic or a queue, and to use its key through its service for it alone."""
    yield from permissions([action], [receiver])
    if subject.key_arn:
        sent = {
            "kms:ViaService": f"{service}.{REGION}.amazonaws.com",
            f"kms:EncryptionContext:{context}": receiver,
        }
        yield from permissions(["kms:Decrypt", "kms:GenerateDataKey"], [subject.key_arn], {"StringEquals": sent})


def _object_key_permissions(subject: Subject, *more: str) -> Iterable[Permission]:
    """Return the permissions to use the key through S3 only, for the lake's objects only."""
    lake = f"arn:aws:s3:::{subject.lake_bucket}"
    condition = {
        "StringLike": {"kms:EncryptionContext:aws:s3:arn": [lake, f"{lake}/*"]},
        "StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"},
    }
    keys = [subject.key_arn] if subject.key_arn else []
    return permissions(["kms:Decrypt", "kms:GenerateDataKey", *more], keys, condition)


def _by_bucket(subject: Subject, prefixes: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for prefix in prefixes:
        bucket, _, key = prefix.rpartition(":")
        found.setdefault(f"arn:aws:s3:::{bucket or subject.lake_bucket}", []).append(key)
    return found


def _list(bucket_arn: str, prefixes: Sequence[str]) -> Iterable[Permission]:
    patterns = [f"{prefix}*" for prefix in sorted(prefixes)]
    return permissions(["s3:ListBucket"], [bucket_arn], {"StringLike": {"s3:prefix": patterns}})


def _jobs(subject: Subject, steps: Iterable[str]) -> list[str]:
    jobs = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:processing-job"
    return [f"{jobs}/{job_stem(subject.pipeline.name, step)}-*" for step in steps]


def _log_permissions(subject: Subject, folder: str) -> Iterable[Permission]:
    group = subject.stack.function(folder)["LoggingConfig"]["LogGroup"]
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:*"
    return permissions(["logs:CreateLogStream", "logs:PutLogEvents"], [arn])


def _tree_hashes(subject: Subject) -> set[str]:
    """Return the folders of the jobs' ``code``, ``conf`` and ``py-files`` inputs."""
    uris = [
        entry["S3Input"]["S3Uri"]
        for step in subject.pipeline.steps
        for entry in job_request(subject.stack, step.name)["ProcessingInputs"]
        if entry["InputName"] in {"code", "conf", "py-files"}
    ]
    return {uri.removeprefix("s3://").split("/")[1] for uri in uris}
