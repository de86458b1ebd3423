"""IAM's view of a logged request of the local cloud: one action, on each resource that it is authorized on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.iam.simulator import ACCOUNT, IamCall

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REGION = "ap-northeast-1"
_ENCRYPTED = (("aws:SecureTransport", "true"), ("s3:TlsVersion", "1.2"))
# Actions whose names differ from the operations': https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
_OBJECT_ACTIONS = {
    "GetObject": "s3:GetObject",
    "HeadObject": "s3:GetObject",
    "PutObject": "s3:PutObject",
    "CreateMultipartUpload": "s3:PutObject",
    "UploadPart": "s3:PutObject",
    "CompleteMultipartUpload": "s3:PutObject",
    "CopyObject": "s3:PutObject",
    "UploadPartCopy": "s3:PutObject",
    "AbortMultipartUpload": "s3:AbortMultipartUpload",
    "ListParts": "s3:ListMultipartUploadParts",
    "DeleteObject": "s3:DeleteObject",
}

_NOT_FOUND = 404


class UnknownRequestError(ValueError):
    """A request without a mapping to IAM, which must not count as allowed."""


def iam_calls(logged: Mapping[str, Any]) -> Iterator[IamCall]:
    """Yield the calls that IAM authorizes for a logged request."""
    principal, operation, parameters = logged["role_arn"], logged["operation"], logged["parameters"]
    match logged["service"]:
        case "s3" if operation in _OBJECT_ACTIONS:
            asked = (parameters["Bucket"], parameters["Key"])
            yield object_call(principal, _OBJECT_ACTIONS[operation], *asked)
            if "CopySource" in parameters:
                bucket, _, key = parameters["CopySource"].partition("/")
                asked = (bucket, key)
                yield object_call(principal, "s3:GetObject", *asked)
            if logged["status"] == _NOT_FOUND:
                # Only callers that may list, with the key as the prefix, learn that an object does not exist.
                yield list_call(principal, *asked)
        case "s3" if operation in ("ListObjects", "ListObjectsV2"):
            yield list_call(principal, parameters["Bucket"], parameters["Prefix"])
        case "s3" if operation == "ListMultipartUploads":
            yield bucket_call(principal, "s3:ListBucketMultipartUploads", parameters["Bucket"])
        case "glue":
            # https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html
            database, table = parameters["DatabaseName"], parameters.get("TableName") or parameters["Name"]
            yield from glue_calls(principal, f"glue:{operation}", database, table)
        case "sagemaker" if operation == "DescribeProcessingJob":
            job = f"processing-job/{parameters['ProcessingJobName']}"
            yield IamCall(principal, f"sagemaker:{operation}", f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:{job}")
        case "events" if operation == "PutEvents":
            # https://docs.aws.amazon.com/eventbridge/latest/userguide/policy-keys-eventbridge.html
            for entry in parameters["Entries"]:
                names = (("events:source", entry["Source"]), ("events:detail-type", entry["DetailType"]))
                yield IamCall(
                    principal, "events:PutEvents", f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default", names
                )
        case "stepfunctions" | "states" if operation == "StartExecution":
            yield IamCall(principal, "states:StartExecution", parameters["stateMachineArn"])
        case "sagemaker" if operation == "StartPipelineExecution":
            pipeline = f"pipeline/{parameters['PipelineName']}"
            yield IamCall(principal, f"sagemaker:{operation}", f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:{pipeline}")
        case "sagemaker" if operation == "ListPipelineExecutions":
            pipeline = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/{parameters['PipelineName']}"
            yield IamCall(principal, f"sagemaker:{operation}", pipeline)
        case "sagemaker" if "PipelineExecutionArn" in parameters:
            yield IamCall(principal, f"sagemaker:{operation}", parameters["PipelineExecutionArn"])
        case "states" if operation == "ListExecutions":
            yield IamCall(principal, f"states:{operation}", parameters["stateMachineArn"])
        case "states" if operation == "GetExecutionHistory":
            yield IamCall(principal, f"states:{operation}", parameters["executionArn"])
        case "logs" if operation in ("DescribeLogStreams", "GetLogEvents"):
            # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
            group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{parameters['logGroupName']}"
            stream = f"log-stream:{parameters['logStreamName']}" if operation == "GetLogEvents" else "*"
            yield IamCall(principal, f"logs:{operation}", f"{group}:{stream}")
        case "scheduler" if operation == "GetSchedule":
            schedule = f"schedule/{parameters['groupName']}/{parameters['Name']}"
            yield IamCall(principal, f"scheduler:{operation}", f"arn:aws:scheduler:{REGION}:{ACCOUNT}:{schedule}")
        case "sns" if operation == "Publish":
            yield IamCall(principal, f"sns:{operation}", parameters["TopicArn"])
        case _:
            raise UnknownRequestError(f"{logged['service']}:{operation} by {principal}")


def object_call(principal: str, action: str, bucket: str, key: str) -> IamCall:
    """Return a call on an object, over TLS."""
    return IamCall(principal, action, f"arn:aws:s3:::{bucket}/{key}", _ENCRYPTED)


def bucket_call(principal: str, action: str, bucket: str) -> IamCall:
    """Return a call on a bucket, over TLS."""
    return IamCall(principal, action, f"arn:aws:s3:::{bucket}", _ENCRYPTED)


def list_call(principal: str, bucket: str, prefix: str) -> IamCall:
    """Return a listing, over TLS."""
    return IamCall(principal, "s3:ListBucket", f"arn:aws:s3:::{bucket}", (*_ENCRYPTED, ("s3:prefix", prefix)))


def glue_calls(principal: str, action: str, database: str, table: str) -> Iterator[IamCall]:
    """Yield the calls for an action on a table: on the catalog, the database and the table."""
    for resource in ("catalog", f"database/{database}", f"table/{database}/{table}"):
        yield IamCall(principal, action, f"arn:aws:glue:{REGION}:{ACCOUNT}:{resource}")
