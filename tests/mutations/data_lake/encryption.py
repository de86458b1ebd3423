"""Breakages of a customer-managed key's uses, access logs and encrypted traffic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.checks.data_lake.encryption import lake_bucket
from tests.checks.state_machine.machine_states import all_states
from tests.mutations.mutation import Mutation, drop_action, parameters, statements

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.synthesized.resolved_stack import ResolvedStack

_PROJECT = "locked_down"


def _lake(name: str, check: str, finding: str, apply: Callable[[ResolvedStack], object]) -> Mutation:
    return Mutation(name, check, finding, apply, project=_PROJECT)


def _pipeline(name: str, check: str, finding: str, apply: Callable[[ResolvedStack], object]) -> Mutation:
    return Mutation(name, check, finding, apply, pipeline="kinds", project=_PROJECT)


def _everything(name: str, check: str, finding: str, apply: Callable[[ResolvedStack], object]) -> Mutation:
    return Mutation(name, check, finding, apply, pipeline="everything", project=_PROJECT)


def _of_rules(lake: ResolvedStack) -> dict[str, Any]:
    service = {"Service": "events.amazonaws.com"}
    return next(each for each in _key_statements(lake) if each["Principal"] == service)


def _key_statements(lake: ResolvedStack) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = lake.only("AWS::KMS::Key")["KeyPolicy"]["Statement"]
    return made


def _default_encryption(lake: ResolvedStack) -> dict[str, Any]:
    rule: dict[str, Any] = lake_bucket(lake)["BucketEncryption"]["ServerSideEncryptionConfiguration"][0]
    return rule


def _results(lake: ResolvedStack) -> dict[str, Any]:
    made: dict[str, Any] = lake.only("AWS::Athena::WorkGroup")["WorkGroupConfiguration"]["ResultConfiguration"]
    return made


def _log_bucket(lake: ResolvedStack) -> dict[str, Any]:
    (found,) = (
        resource["Properties"]
        for resource in lake.of_type("AWS::S3::Bucket")
        if resource["Properties"] is not lake_bucket(lake)
    )
    properties: dict[str, Any] = found
    return properties


def _logging_statement(lake: ResolvedStack) -> dict[str, Any]:
    (found,) = (
        statement
        for policy in lake.of_type("AWS::S3::BucketPolicy")
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    )
    made: dict[str, Any] = found
    return made


def _cluster(stack: ResolvedStack, step: str) -> dict[str, Any]:
    made: dict[str, Any] = parameters(stack, step)["ProcessingResources"]["ClusterConfig"]
    return made


def _use_key_for_anything(stack: ResolvedStack, role: str) -> None:
    for statement in statements(stack, "kms:Decrypt", role):
        statement.pop("Condition")


def _grant_to_anybody(stack: ResolvedStack) -> None:
    for statement in statements(stack, "kms:CreateGrant"):
        statement.pop("Condition")


ENCRYPTION_LAKE_MUTATIONS = [
    _lake(
        "never rotate the key",
        "key_policy",
        "never rotated",
        lambda lake: lake.only("AWS::KMS::Key").update(EnableKeyRotation=False),
    ),
    _lake(
        "delete the key with its stack",
        "key_policy",
        "can't be read any more",
        lambda lake: lake.of_type("AWS::KMS::Key")[0].update(DeletionPolicy="Delete"),
    ),
    _lake(
        "let CloudWatch Logs use the key for any log group",
        "key_policy",
        "the key lets in ({'Service': 'logs.",
        lambda lake: _key_statements(lake)[1].pop("Condition"),
    ),
    _lake(
        "keep alarms from the encrypted topic",
        "key_policy",
        "the key does not let in ({'Service': 'cloudwatch.amazonaws.com'}",
        lambda lake: _key_statements(lake).pop(),
    ),
    _lake(
        "keep rules from the encrypted queue",
        "key_policy",
        "the key does not let in ({'Service': 'events.amazonaws.com'}",
        lambda lake: _key_statements(lake).remove(_of_rules(lake)),
    ),
    _lake(
        "let rules use the key for any queue",
        "key_calls",
        "events.amazonaws.com: kms:Decrypt",
        lambda lake: _of_rules(lake).pop("Condition"),
    ),
    _lake(
        "let another account use the key",
        "key_policy",
        "210987654321",
        lambda lake: _key_statements(lake).append(
            {"Principal": {"AWS": "210987654321"}, "Action": "kms:Decrypt", "Effect": "Allow", "Resource": "*"}
        ),
    ),
    _lake(
        "encrypt the bucket with S3's keys",
        "lake_key",
        "AES256",
        lambda lake: _default_encryption(lake)["ServerSideEncryptionByDefault"].update(SSEAlgorithm="AES256"),
    ),
    _lake(
        "ask KMS for each object",
        "lake_key",
        "the bucket is encrypted by",
        lambda lake: _default_encryption(lake).pop("BucketKeyEnabled"),
    ),
    _lake(
        "encrypt the results of queries with S3's keys",
        "lake_key",
        "results of queries",
        lambda lake: _results(lake).update(EncryptionConfiguration={"EncryptionOption": "SSE_S3"}),
    ),
    _lake(
        "leave the topic unencrypted",
        "notices_key",
        "the SNS::Topic is encrypted by None",
        lambda lake: lake.only("AWS::SNS::Topic").pop("KmsMasterKeyId"),
    ),
    _lake(
        "leave the queue to SQS's key",
        "notices_key",
        "the SQS::Queue is encrypted by alias/aws/sqs",
        lambda lake: lake.only("AWS::SQS::Queue").update(KmsMasterKeyId="alias/aws/sqs"),
    ),
    _lake(
        "make a bucket for access logs, and log nothing",
        "access_logs",
        "nobody writes",
        lambda lake: lake_bucket(lake).pop("LoggingConfiguration"),
    ),
    _lake(
        "encrypt access logs so that S3 can't deliver them",
        "access_logs",
        "does not deliver",
        lambda lake: _log_bucket(lake)["BucketEncryption"]["ServerSideEncryptionConfiguration"][0].update(
            ServerSideEncryptionByDefault={"SSEAlgorithm": "aws:kms"}
        ),
    ),
    _lake(
        "keep access logs for ever",
        "access_logs",
        "kept for ever",
        lambda lake: _log_bucket(lake).pop("LifecycleConfiguration"),
    ),
    _lake("let any bucket's logs in", "access_logs", "lets in", lambda lake: _logging_statement(lake).pop("Condition")),
    _lake(
        "make the access logs public",
        "private_bucket",
        "LakeAccessLogs",
        lambda lake: _log_bucket(lake).pop("PublicAccessBlockConfiguration"),
    ),
    _lake(
        "misspell the rotation",
        "cfn_lint",
        "KeyRotation",
        lambda lake: lake.only("AWS::KMS::Key").update(KeyRotation=True),
    ),
]

_EVERYTHING = "everything_is_encrypted_with_the_key"
ENCRYPTION_MUTATIONS = [
    _pipeline(
        "leave a volume to SageMaker's key",
        _EVERYTHING,
        "the volume of crunch is encrypted by None",
        lambda stack: _cluster(stack, "crunch").pop("VolumeKmsKeyId"),
    ),
    _pipeline(
        "ask for a key for local storage",
        _EVERYTHING,
        "the local storage of daily",
        lambda stack: _cluster(stack, "daily").update(VolumeKmsKeyId="alias/x"),
    ),
    _pipeline(
        "leave outputs to the bucket's key",
        _EVERYTHING,
        "what fetch writes is encrypted by None",
        lambda stack: parameters(stack, "fetch")["ProcessingOutputConfig"].pop("KmsKeyId"),
    ),
    _pipeline(
        "leave logs to CloudWatch's key",
        _EVERYTHING,
        "Log",
        lambda stack: stack.of_type("AWS::Logs::LogGroup")[0]["Properties"].pop("KmsKeyId"),
    ),
    _pipeline(
        "give a function environment variables",
        "no_function_has_an_environment",
        "lambdas.plan_run",
        lambda stack: stack.function("plan_run").update(Environment={"Variables": {"SPEC": "x"}}),
    ),
    _pipeline(
        "let hosts talk in the clear",
        "traffic_between_hosts",
        "crunch: traffic between 20 hosts is encrypted: False",
        lambda stack: parameters(stack, "crunch").pop("NetworkConfig"),
    ),
    _pipeline(
        "misspell the encryption of traffic",
        "requests_fit_the_models",
        "EnableInterContainerEncryption is unknown",
        lambda stack: all_states(stack.definition)["crunch"]["Parameters"].update(
            NetworkConfig={"EnableInterContainerEncryption": True}
        ),
    ),
    _pipeline(
        "let a job use the key for anything",
        "processing_role_permissions",
        "has kms:Decrypt on",
        lambda stack: _use_key_for_anything(stack, "Processing"),
    ),
    _pipeline(
        "keep a job from encrypting its outputs as AWS's list has it",
        "processing_role_permissions",
        "lacks kms:Encrypt on",
        lambda stack: drop_action(stack, "kms:Encrypt", "Processing"),
    ),
    _pipeline(
        "let a job hand the key to anybody", "processing_role_permissions", "has kms:CreateGrant on", _grant_to_anybody
    ),
    _everything(
        "let the schedule use the key for anything",
        "scheduler_permissions",
        "has kms:GenerateDataKey on",
        lambda stack: _use_key_for_anything(stack, "Clock"),
    ),
]
