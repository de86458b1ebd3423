"""Checks of keys: a customer-managed key, if there is one, encrypts everything, and has no other permissions.

Each check returns its findings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.checks.data_lake.notices import QUEUE_ARN, TOPIC_ARN
from tests.checks.pipeline.job_requests import job_request
from tests.synthesized.intrinsics import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.synthesized.resolved_stack import ResolvedStack
    from tests.synthesized.subject import Subject

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
_LOGS_USE = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
# Written by hand, not taken from the tested code: the test projects' instance types with a local disk.
_LOCAL_STORAGE = {"ml.g4dn.xlarge"}

# The policies that keep a resource, except when the creation of its stack is rolled back:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
RETAINED = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}


def key_policy(lake: ResolvedStack) -> list[str]:
    """Check that the lake's own key rotates and allows the account and three services, for our log groups, topic and queue."""
    root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    logs = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group"
    groups = [f"{logs}:pipelines-*", f"{logs}:/aws/vendedlogs/states/pipelines-*"]
    expected = [
        (root, "kms:*", None),
        (
            {"Service": f"logs.{REGION}.amazonaws.com"},
            _LOGS_USE,
            {"StringLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
        ),
        (
            {"Service": "cloudwatch.amazonaws.com"},
            ["kms:Decrypt", "kms:GenerateDataKey*"],
            {"StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": TOPIC_ARN}},
        ),
        (
            {"Service": "events.amazonaws.com"},
            ["kms:Decrypt", "kms:GenerateDataKey"],
            {"StringEquals": {"kms:EncryptionContext:aws:sqs:arn": QUEUE_ARN}},
        ),
    ]
    found = []
    for resource in lake.of_type("AWS::KMS::Key"):
        key = resource["Properties"]
        if key.get("EnableKeyRotation") is not True:
            found.append("the key is never rotated")
        if {policy: resource.get(policy) for policy in RETAINED} != RETAINED:
            found.append("the key goes with its stack, and what it has encrypted can't be read any more")
        given = [
            (statement["Principal"], statement["Action"], statement.get("Condition"))
            for statement in key["KeyPolicy"]["Statement"]
        ]
        found += [f"the key lets in {statement}" for statement in given if statement not in expected]
        found += [f"the key does not let in {statement}" for statement in expected if statement not in given]
    return found


def lake_key(lake: ResolvedStack) -> list[str]:
    """Check that the lake's key, if there is one, encrypts its data and query results, with a bucket key to reduce calls to KMS."""
    names = [name for name, resource in lake.resources.items() if resource["Type"] == "AWS::KMS::Key"]
    if not names:
        return []
    arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{lake.name}-{names[0]}"
    wanted = [
        {
            "BucketKeyEnabled": True,
            "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn},
        }
    ]
    given = lake_bucket(lake).get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration")
    found = [] if given == wanted else [f"the bucket is encrypted by {given}"]
    results = lake.only("AWS::Athena::WorkGroup")["WorkGroupConfiguration"]["ResultConfiguration"]
    if results.get("EncryptionConfiguration") != {"EncryptionOption": "SSE_KMS", "KmsKey": arn}:
        found.append(f"the results of queries are encrypted by {results.get('EncryptionConfiguration')}")
    return found


def access_logs(lake: ResolvedStack) -> list[str]:
    """Check that S3 can write to the access logs bucket: it encrypts with S3's keys, and allows the logging service for the lake only."""
    given = lake_bucket(lake).get("LoggingConfiguration")
    buckets = lake.of_type("AWS::S3::Bucket")
    if given is None:
        return [f"there is a bucket for logs that nobody writes: {len(buckets)}"] if len(buckets) > 1 else []
    found = (
        [] if given.get("LogFilePrefix", "").endswith("/") else [f"the logs lie below {given.get('LogFilePrefix')!r}"]
    )
    for name, resource in _log_buckets(lake):
        rules = resource["Properties"].get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", [])
        if [rule["ServerSideEncryptionByDefault"] for rule in rules] != [{"SSEAlgorithm": "AES256"}]:
            found.append(f"the logs are encrypted by {rules}, which S3 does not deliver to")
        if "LifecycleConfiguration" not in resource["Properties"]:
            found.append("the logs are kept for ever")
        arn = f"arn:aws:s3:::{given['DestinationBucketName']}"
        condition = {
            "ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{lake.outputs['LakeBucketName']}"},
            "StringEquals": {"aws:SourceAccount": ACCOUNT},
        }
        allowed = [
            (statement["Principal"], statement["Action"], statement["Resource"], statement.get("Condition"))
            for policy in lake.of_type("AWS::S3::BucketPolicy")
            if policy["Properties"]["Bucket"] == given["DestinationBucketName"]
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]
            if statement["Effect"] == "Allow"
        ]
        service = {"Service": "logging.s3.amazonaws.com"}
        if allowed != [(service, "s3:PutObject", f"{arn}/{given['LogFilePrefix']}*", condition)]:
            found.append(f"{name} lets in {allowed}")
    return found


def everything_is_encrypted_with_the_key(subject: Subject) -> list[str]:
    """Check the keys of logs, volumes and outputs; without a key of the deployment, none is used."""
    wanted = subject.key_arn
    return [f"{what} is encrypted by {given}" for what, given in _keys(subject) if given != wanted]


def no_function_has_an_environment(subject: Subject) -> list[str]:
    """Check that no function has environment variables, which would need a key and permissions on it: their payload holds everything."""
    return [
        f"{function['Properties']['Handler']} has environment variables, which no key of ours encrypts"
        for function in subject.stack.of_type("AWS::Lambda::Function")
        if function["Properties"].get("Environment", {}).get("Variables") and "KmsKeyArn" not in function["Properties"]
    ]


def traffic_between_hosts(subject: Subject) -> list[str]:
    """Check that hosts of one job encrypt their traffic if the deployment asks for it and there are several hosts."""
    found = []
    for step in subject.pipeline.steps:
        parameters = job_request(subject.stack, step.name)
        given = parameters.get("NetworkConfig", {}).get("EnableInterContainerTrafficEncryption", False)
        wanted = subject.encrypts_traffic and step.instance.count > 1
        if given is not wanted:
            found.append(f"{step.name}: traffic between {step.instance.count} hosts is encrypted: {given}")
    return found


def lake_bucket(lake: ResolvedStack) -> dict[str, Any]:
    """Return the properties of the data bucket; empty if it does not belong to the stack."""
    for _, resource in _buckets(lake, logs=False):
        properties: dict[str, Any] = resource["Properties"]
        return properties
    return {}


def _log_buckets(lake: ResolvedStack) -> Iterator[tuple[str, dict[str, Any]]]:
    return _buckets(lake, logs=True)


def _buckets(lake: ResolvedStack, *, logs: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, resource in lake.resources.items():
        if resource["Type"] == "AWS::S3::Bucket":
            is_the_lake = f"{lake.name}-{name}".lower()[:63] == lake.outputs["LakeBucketName"]
            if is_the_lake is not logs:
                yield name, resource


def _keys(subject: Subject) -> Iterator[tuple[str, str | None]]:
    """Yield what is encrypted, and its key."""
    for name, resource in subject.stack.resources.items():
        if resource["Type"] == "AWS::Logs::LogGroup":
            yield name, resource["Properties"].get("KmsKeyId")
    for step in subject.pipeline.steps:
        parameters = job_request(subject.stack, step.name)
        yield f"what {step.name} writes", parameters["ProcessingOutputConfig"].get("KmsKeyId")
        volume = parameters["ProcessingResources"]["ClusterConfig"].get("VolumeKmsKeyId")
        if step.instance.type not in _LOCAL_STORAGE:
            yield f"the volume of {step.name}", volume
        elif volume is not None:
            yield f"the local storage of {step.name}, for which SageMaker refuses keys,", volume


ENCRYPTION_LAKE_CHECKS: dict[str, Callable[[ResolvedStack], list[str]]] = {
    check.__name__: check for check in (key_policy, lake_key, access_logs)
}
ENCRYPTION_CHECKS: dict[str, Callable[[Subject], list[str]]] = {
    check.__name__: check
    for check in (everything_is_encrypted_with_the_key, no_function_has_an_environment, traffic_between_hosts)
}
