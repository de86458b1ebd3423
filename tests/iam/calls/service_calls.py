"""The calls of AWS's services with a pipeline's roles, derived from a run's requests to them.

No log shows them: SageMaker moves a job's data; Step Functions or SageMaker Pipelines create the job; Scheduler starts the execution, and
Lambda writes a log.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.iam.calls.logged_calls import REGION, list_call, object_call
from tests.iam.simulator import ACCOUNT, IamCall

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_JOB_LOGS = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/sagemaker/ProcessingJobs"
_START_PIPELINE = "arn:aws:scheduler:::aws-sdk:sagemaker:startPipelineExecution"
_EXECUTION_RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"
_JOB_RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/StepFunctionsGetEventsForSageMakerProcessingJobsRule"


def job_calls(job: Mapping[str, Any], s3: Any) -> Iterator[IamCall]:
    """Yield SageMaker's calls as a job's role: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html#sagemaker-roles-createprocessingjob-perms."""
    role = job["RoleArn"]
    for entry in job["ProcessingInputs"]:
        bucket, prefix = _split(entry["S3Input"]["S3Uri"])
        if entry["S3Input"]["S3DataType"] == "ManifestFile":
            yield from _manifest_calls(role, bucket, prefix, s3)
            continue
        yield list_call(role, bucket, prefix)
        for key in _keys(s3, bucket, prefix):
            yield object_call(role, "s3:GetObject", bucket, key)
    for output in job["ProcessingOutputConfig"]["Outputs"]:
        bucket, prefix = _split(output["S3Output"]["S3Uri"])
        for key in _keys(s3, bucket, prefix):
            for action in ("s3:PutObject", "s3:AbortMultipartUpload"):
                yield object_call(role, action, bucket, key)
    stream = f"{_JOB_LOGS}:log-stream:{job['ProcessingJobName']}/algo-1-1"
    yield IamCall(role, "logs:CreateLogGroup", f"{_JOB_LOGS}:*")
    yield IamCall(role, "logs:DescribeLogStreams", f"{_JOB_LOGS}:*")
    yield IamCall(role, "logs:CreateLogStream", f"{_JOB_LOGS}:*")
    yield IamCall(role, "logs:PutLogEvents", stream)
    namespace = (("cloudwatch:namespace", "/aws/sagemaker/ProcessingJobs"),)
    yield IamCall(role, "cloudwatch:PutMetricData", "*", namespace)
    yield from _pull_calls(role, job["AppSpecification"]["ImageUri"])


def _manifest_calls(role: str, bucket: str, key: str, s3: Any) -> Iterator[IamCall]:
    """Yield the calls that read a manifest and its files: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3DataSource.html."""
    yield object_call(role, "s3:GetObject", bucket, key)
    first, *names = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    named_bucket, prefix = _split(first["prefix"])
    # The list of a job's permissions, see above, has no others for such an input.
    yield list_call(role, named_bucket, prefix)
    for name in names[:5]:
        yield object_call(role, "s3:GetObject", named_bucket, f"{prefix}{name}")


def _pull_calls(role: str, image_uri: str) -> Iterator[IamCall]:
    """Yield the calls that pull an image from ECR; the public gallery requires no permissions of the role."""
    registry, _, path = image_uri.partition("/")
    if registry == "public.ecr.aws":
        return
    account, region = registry.split(".")[0], registry.split(".")[3]
    repository = path.split("@")[0].split(":")[0]
    yield IamCall(role, "ecr:GetAuthorizationToken", "*")
    for action in ("BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer"):
        yield IamCall(role, f"ecr:{action}", f"arn:aws:ecr:{region}:{account}:repository/{repository}")


def machine_calls(role: str, definition: Mapping[str, Any], history: Sequence[Mapping[str, Any]]) -> Iterator[IamCall]:
    """Yield Step Functions' calls as a state machine's role, by the functions and jobs in an execution's history.

    https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html#sagemaker-iam
    """
    for event in history:
        scheduled = event.get("taskScheduledEventDetails")
        if scheduled is None:
            continue
        parameters = json.loads(scheduled["parameters"])
        if scheduled["resourceType"] == "lambda":
            yield IamCall(role, "lambda:InvokeFunction", parameters["FunctionName"])
        elif scheduled["resourceType"] == "sagemaker":
            yield from _started_job_calls(role, parameters["ProcessingJobName"], parameters["RoleArn"])
    if any("createProcessingJob" in state.get("Resource", "") for state in definition["States"].values()):
        for action in ("PutTargets", "PutRule", "DescribeRule"):
            yield IamCall(role, f"events:{action}", _JOB_RULE)
    yield from _machine_log_calls(role)


def backfill_calls(
    role: str, machine: Mapping[str, Any], items: tuple[str, str], children: Sequence[str], runs: Sequence[str]
) -> Iterator[IamCall]:
    """Yield Step Functions' calls as the role of the state machine of backfills.

    https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html and
    https://docs.aws.amazon.com/step-functions/latest/dg/stepfunctions-iam.html

    Parameters
    ----------
    machine
        The answer of DescribeStateMachine.
    items
        The bucket and the key of the runs.
    children
        The ARNs of the executions of the map's items; AWS's page on their policy writes them with a colon instead of the label.
    runs
        The ARNs of the pipeline's executions that they started.
    """
    yield object_call(role, "s3:GetObject", *items)
    yield IamCall(role, "states:StartExecution", machine["stateMachineArn"])
    for child in children:
        machine_executions, _, labelled = child.partition("/")
        for action in ("DescribeExecution", "StopExecution"):
            yield IamCall(role, f"states:{action}", child)
            yield IamCall(role, f"states:{action}", f"{machine_executions}:{labelled.rpartition(':')[2]}")
    (each_interval,) = json.loads(machine["definition"])["States"].values()
    for state in each_interval["ItemProcessor"]["States"].values():
        match state.get("Resource", "").rpartition(":states:::")[2]:
            case "states:startExecution.sync:2":
                yield IamCall(role, "states:StartExecution", state["Parameters"]["StateMachineArn"])
                for run in runs:
                    for action in ("DescribeExecution", "StopExecution"):
                        yield IamCall(role, f"states:{action}", run)
                for action in ("PutTargets", "PutRule", "DescribeRule"):
                    yield IamCall(role, f"events:{action}", _EXECUTION_RULE)
            case "aws-sdk:sagemaker:startPipelineExecution":
                pipeline = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/{state['Parameters']['PipelineName']}"
                yield IamCall(role, "sagemaker:StartPipelineExecution", pipeline)
            case "aws-sdk:sagemaker:describePipelineExecution":
                for run in runs:
                    yield IamCall(role, "sagemaker:DescribePipelineExecution", run)
    yield from _machine_log_calls(role)


def _machine_log_calls(role: str) -> Iterator[IamCall]:
    for action in (
        *("CreateLogDelivery", "DeleteLogDelivery", "GetLogDelivery", "ListLogDeliveries", "UpdateLogDelivery"),
        *("DescribeLogGroups", "DescribeResourcePolicies", "PutResourcePolicy"),
    ):
        yield IamCall(role, f"logs:{action}", "*")
    for action in ("GetSamplingRules", "GetSamplingTargets", "PutTelemetryRecords", "PutTraceSegments"):
        yield IamCall(role, f"xray:{action}", "*")


def pipeline_calls(role: str, steps: Sequence[Mapping[str, Any]], sagemaker: Any) -> Iterator[IamCall]:
    """Yield SageMaker Pipelines' calls as a pipeline's role, by the steps of an execution.

    https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-access.html
    """
    for step in steps:
        match step["Metadata"]:
            case {"Lambda": {"Arn": function}}:
                yield IamCall(role, "lambda:InvokeFunction", function)
            case {"ProcessingJob": {"Arn": arn}}:
                name = arn.rpartition("/")[2]
                job = sagemaker.describe_processing_job(ProcessingJobName=name)
                yield from _started_job_calls(role, name, job["RoleArn"])


def _started_job_calls(role: str, name: str, passed: str) -> Iterator[IamCall]:
    """Yield the calls that create a job, tag it with the execution, watch it and its tags, stop it, and pass it its role.

    The list for `.sync` of https://docs.aws.amazon.com/step-functions/latest/dg/sagemaker-iam.html
    """
    job = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:processing-job/{name}"
    for action in ("CreateProcessingJob", "AddTags", "ListTags", "DescribeProcessingJob", "StopProcessingJob"):
        yield IamCall(role, f"sagemaker:{action}", job)
    yield pass_role_call(role, passed, "sagemaker.amazonaws.com")


def pass_role_call(role: str, passed: str, service: str) -> IamCall:
    """Return the call that passes a role to a service."""
    return IamCall(role, "iam:PassRole", passed, (("iam:PassedToService", service),))


def function_log_calls(function: Mapping[str, Any]) -> Iterator[IamCall]:
    """Yield Lambda's calls as a function's role: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html."""
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{function['LoggingConfig']['LogGroup']}:log-stream:x"
    for action in ("CreateLogStream", "PutLogEvents"):
        # The creation of a stream is authorized on the group, which a pattern ending in ":*" also matches.
        yield IamCall(
            function["Role"],
            f"logs:{action}",
            group if action == "PutLogEvents" else f"{group.rpartition(':log-stream')[0]}:*",
        )


def notify_calls(
    role: str, workflow: str, executions: Sequence[str], jobs: Sequence[str], topic: str, queue: str
) -> Iterator[IamCall]:
    """Yield the calls of Notify if each of a pipeline's executions had failed in each of its jobs, and Lambda's call for a lost event.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq
    """
    of_sagemaker = ":sagemaker:" in workflow
    service = "sagemaker" if of_sagemaker else "states"
    yield IamCall(role, f"{service}:{'ListPipelineExecutions' if of_sagemaker else 'ListExecutions'}", workflow)
    reads = ("ListPipelineExecutionSteps", "ListPipelineParametersForExecution")
    for execution in executions:
        for read in reads if of_sagemaker else ("GetExecutionHistory",):
            yield IamCall(role, f"{service}:{read}", execution)
    yield IamCall(role, "logs:DescribeLogStreams", f"{_JOB_LOGS}:*")
    for job in jobs:
        yield IamCall(role, "logs:GetLogEvents", f"{_JOB_LOGS}:log-stream:{job}/algo-1-1")
        if of_sagemaker:
            arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:processing-job/{job}"
            yield IamCall(role, "sagemaker:DescribeProcessingJob", arn)
    yield IamCall(role, "sns:Publish", topic)
    yield IamCall(role, "sqs:SendMessage", queue)


def set_aside_calls(role: str, queue_arn: str) -> Iterator[IamCall]:
    """Yield RegisterPartitions' calls for an event that the bus refuses, which no recorded run has."""
    for action in ("GetQueueUrl", "SendMessage"):
        yield IamCall(role, f"sqs:{action}", queue_arn)


def schedule_calls(target: Mapping[str, Any]) -> Iterator[IamCall]:
    """Yield Scheduler's calls as a schedule's role: https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html."""
    if target["Arn"] == _START_PIPELINE:
        pipeline = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/{json.loads(target['Input'])['PipelineName']}"
        yield IamCall(target["RoleArn"], "sagemaker:StartPipelineExecution", pipeline)
    elif ":lambda:" in target["Arn"]:
        yield IamCall(target["RoleArn"], "lambda:InvokeFunction", target["Arn"])
    else:
        yield IamCall(target["RoleArn"], "states:StartExecution", target["Arn"])
    yield IamCall(target["RoleArn"], "sqs:SendMessage", target["DeadLetterConfig"]["Arn"])


def _split(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def _keys(s3: Any, bucket: str, prefix: str) -> list[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [content["Key"] for page in pages for content in page.get("Contents", [])][:5]
