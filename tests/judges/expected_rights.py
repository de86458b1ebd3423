"""What each role of a pipeline must be allowed, written down by hand: exactly this, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline_spec.job_stem import job_stem
from tests.judges.every_option import FOREIGN_BUCKET, FORMATS, LAYOUTS
from tests.judges.intrinsics import ACCOUNT, REGION
from tests.judges.policies import rights

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.judges.policies import Right
    from tests.judges.subject import Subject

_ASSETS = f"arn:aws:s3:::cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"
_OWN_IMAGES = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/cdk-hnb659fds-container-assets-{ACCOUNT}-{REGION}"

# By pipeline: what its steps read and write, as key prefixes of the lake, or with a bucket in front.
READ = {
    "feature_table": ["raw/feature_table/", "intermediates/feature_table/"],
    "flights": ["raw/flights/", "intermediates/flights/"],
    "everything": ["raw/everything/", "intermediates/everything/", f"{FOREIGN_BUCKET}:daily/"],
    "by_hand": ["raw/by_hand/"],
}
TABLES = {
    "feature_table": [("analytics", "partitioned_table_sample", "in_place")],
    "flights": [("analytics", "flights", "versioned")],
    "everything": [(f"db_{layout}", f"t_{name}", layout) for name in FORMATS for layout in LAYOUTS],
    "by_hand": [("by_hand", "t", "versioned")],
}
PULLED = {
    "feature_table": [_OWN_IMAGES],
    "flights": [_OWN_IMAGES],
    "everything": [_OWN_IMAGES, "arn:aws:ecr:eu-west-1:210987654321:repository/team/etl"],
    "by_hand": [],
}
WRITES_INTERMEDIATES = {"feature_table", "flights", "everything"}


def processing_rights(subject: Subject) -> Iterable[Right]:
    """What a job may do: read inputs and code, write outputs, pull images, log."""
    name = subject.pipeline.name
    lake = f"arn:aws:s3:::{subject.lake_bucket}"
    code = [f"{tree_hash}/" for tree_hash in sorted(_tree_hashes(subject))]
    for bucket, prefixes in {**_by_bucket(subject, READ[name]), _ASSETS: code}.items():
        yield from rights(["s3:GetObject"], [f"{bucket}/{prefix}*" for prefix in prefixes])
        yield from _list(bucket, prefixes)
    folder = {"in_place": "output", "versioned": "runs"}
    written = [f"tables/{database}/{table}/{folder[layout]}/" for database, table, layout in TABLES[name]]
    if name in WRITES_INTERMEDIATES:
        written.append(f"intermediates/{name}/")
    yield from rights(["s3:AbortMultipartUpload", "s3:PutObject"], [f"{lake}/{prefix}*" for prefix in written])
    yield from rights(
        ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], PULLED[name]
    )
    yield from rights(["ecr:GetAuthorizationToken"], ["*"] if PULLED[name] else [])
    yield from rights(
        ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
        [f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/sagemaker/ProcessingJobs:*"],
    )
    yield from rights(
        ["cloudwatch:PutMetricData"],
        ["*"],
        {"StringEquals": {"cloudwatch:namespace": "/aws/sagemaker/ProcessingJobs"}},
    )


def planner_rights(subject: Subject) -> Iterable[Right]:
    """PlanRun looks whether inputs are there, and claims scheduled events."""
    name = subject.pipeline.name
    lake = f"arn:aws:s3:::{subject.lake_bucket}"
    claims = f"locks/{name}/scheduled/"
    asked = [prefix for prefix in READ[name] if not prefix.startswith("intermediates/")]
    buckets = _by_bucket(subject, [*asked, claims])
    for bucket, prefixes in buckets.items():
        yield from _list(bucket, prefixes)
    yield from rights(["s3:GetObject", "s3:PutObject"], [f"{lake}/{claims}*"])
    yield from _log_rights(subject, "plan_run")


def registrar_rights(subject: Subject) -> Iterable[Right]:
    """RegisterPartitions reads its tables' files, writes their receipts, and changes their partitions."""
    lake = f"arn:aws:s3:::{subject.lake_bucket}"
    tables = TABLES[subject.pipeline.name]
    prefixes = [f"tables/{database}/{table}/" for database, table, _ in tables]
    leases = [f"locks/tables/{database}/{table}.json" for database, table, _ in tables]
    yield from _list(lake, [*prefixes, *leases])
    yield from rights(["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], [f"{lake}/{key}" for key in leases])
    yield from rights(["s3:GetObject"], [f"{lake}/{prefix}*" for prefix in prefixes])
    yield from rights(["s3:PutObject"], [f"{lake}/{prefix}receipts/*" for prefix in prefixes])
    swept = [f"{lake}/tables/{database}/{table}/output/*" for database, table, layout in tables if layout == "in_place"]
    yield from rights(["s3:DeleteObject"], swept)
    glue = f"arn:aws:glue:{REGION}:{ACCOUNT}"
    yield from rights(
        ["glue:BatchCreatePartition", "glue:BatchGetPartition", "glue:BatchUpdatePartition", "glue:GetTable"],
        [
            f"{glue}:catalog",
            *(f"{glue}:database/{database}" for database, _, _ in tables),
            *(f"{glue}:table/{database}/{table}" for database, table, _ in tables),
        ],
    )
    yield from _log_rights(subject, "register_partitions")


def machine_rights(subject: Subject) -> Iterable[Right]:
    """The state machine invokes its two functions, runs its own jobs with its own role, and logs."""
    outputs = subject.stack.outputs
    functions = [
        f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{outputs[name]}"
        for name in ("PlanRunFunctionName", "RegisterPartitionsFunctionName")
    ]
    yield from rights(["lambda:InvokeFunction"], [*functions, *(f"{arn}:*" for arn in functions)])
    # AddTags, because Step Functions tags each job of `.sync` with the execution that started it.
    jobs = [
        f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:processing-job/{job_stem(subject.pipeline.name, step.name)}-*"
        for step in subject.pipeline.steps
    ]
    job_actions = ("AddTags", "CreateProcessingJob", "DescribeProcessingJob", "StopProcessingJob")
    yield from rights([f"sagemaker:{action}" for action in job_actions], jobs)
    yield from rights(
        ["iam:PassRole"],
        [outputs["ProcessingRoleArn"]],
        {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
    )
    yield from rights(
        ["events:DescribeRule", "events:PutRule", "events:PutTargets"],
        [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/StepFunctionsGetEventsForSageMakerProcessingJobsRule"],
    )
    # Log delivery and X-Ray know no resources: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
    deliveries = ("CreateLogDelivery", "DeleteLogDelivery", "GetLogDelivery", "ListLogDeliveries", "UpdateLogDelivery")
    policies = ("DescribeLogGroups", "DescribeResourcePolicies", "PutResourcePolicy")
    yield from rights([f"logs:{action}" for action in (*deliveries, *policies)], ["*"])
    traces = ("GetSamplingRules", "GetSamplingTargets", "PutTelemetryRecords", "PutTraceSegments")
    yield from rights([f"xray:{action}" for action in traces], ["*"])


def scheduler_rights(subject: Subject) -> Iterable[Right]:
    """The schedule starts executions of its machine, and hands what fails to its queue."""
    (queue,) = (key for key, value in subject.stack.resources.items() if value["Type"] == "AWS::SQS::Queue")
    yield from rights(["states:StartExecution"], [subject.stack.outputs["StateMachineArn"]])
    sends = ("GetQueueAttributes", "GetQueueUrl", "SendMessage")
    yield from rights(
        [f"sqs:{action}" for action in sends], [f"arn:aws:sqs:{REGION}:{ACCOUNT}:{subject.stack.name}-{queue}"]
    )


def _by_bucket(subject: Subject, prefixes: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for prefix in prefixes:
        bucket, _, key = prefix.rpartition(":")
        found.setdefault(f"arn:aws:s3:::{bucket or subject.lake_bucket}", []).append(key)
    return found


def _list(bucket_arn: str, prefixes: Sequence[str]) -> Iterable[Right]:
    patterns = [f"{prefix}*" for prefix in sorted(prefixes)]
    return rights(["s3:ListBucket"], [bucket_arn], {"StringLike": {"s3:prefix": patterns}})


def _log_rights(subject: Subject, folder: str) -> Iterable[Right]:
    group = subject.stack.function(folder)["LoggingConfig"]["LogGroup"]
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:*"
    return rights(["logs:CreateLogStream", "logs:PutLogEvents"], [arn])


def _tree_hashes(subject: Subject) -> set[str]:
    """The folders that the jobs' ``code`` inputs name."""
    states = subject.stack.definition["States"]
    uris = [
        states[step.name]["Parameters"]["ProcessingInputs"][-1]["S3Input"]["S3Uri"] for step in subject.pipeline.steps
    ]
    return {uri.removeprefix("s3://").split("/")[1] for uri in uris}
