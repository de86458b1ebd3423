"""Tests of a deployment by the CDK CLI with its own key and access logs: what the key encrypts, and who may use it."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace

import pytest

from partitioned_pipelines.cli.target.local_endpoint import LOCAL_REGION
from partitioned_pipelines.lake.key_layout import receipts_prefix
from tests.end_to_end.cdk_user import CdkUser
from tests.end_to_end.deployment import PROJECTS
from tests.end_to_end.deployments.encrypted_lake import DAY, ROWS, SPEC, keys_of_objects, rows_of
from tests.end_to_end.permissions.recording import Recording, begin, fire, machine_recording
from tests.iam.calls.expected_calls import allowed, denied, surprises
from tests.iam.calls.key_calls import (
    EncryptedBucket,
    message_key_calls,
    object_key_calls,
    output_key_calls,
    volume_key_calls,
)
from tests.iam.permissions_on_record import unused_permissions
from tests.iam.simulator import ACCOUNT, IamCall

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("locked_down")]

SCHEDULE = 'schedule: {cron: "0 6 * * ? *", timezone: Asia/Tokyo}\n'


@dataclass(frozen=True)
class Locked:
    """A deployment with its own key, another key for the bootstrap bucket, and its runs' calls, including the use of both keys."""

    user: CdkUser
    key: str
    rows: set[tuple[str | None, ...]]
    recording: Recording


@pytest.fixture(scope="module")
def locked(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Locked:
    """Return the deployment after runs by hand, by its schedule, and by the same event once more."""
    folder = tmp_path_factory.mktemp("locked")
    project = shutil.copytree(PROJECTS / "outside", folder / "project")
    owner = CdkUser(project, environment, folder)
    assets_key = owner.client("kms").create_key(Description="the bootstrap bucket's")["KeyMetadata"]["Arn"]
    options = {
        "kms": "create",
        "access_logs": "create",
        "encrypt_inter_container_traffic": True,
        "assets_kms": assets_key,
    }
    user = CdkUser(project, environment, folder, "locked", options)
    user.edit(SPEC, "image:", f"{SCHEDULE}image:")
    user.deploy()
    cloud = user.deployment
    begin(cloud)
    execution = user.count_words(DAY)
    for _ in range(2):
        cloud.finished(fire(cloud, user.outputs("locked-word-count"), "2026-11-19"))
    recorded = machine_recording(cloud, "word_count", [execution], backfilled=DAY)
    key = user.client("kms").describe_key(KeyId="alias/locked-data-lake")["KeyMetadata"]["Arn"]
    buckets = [
        EncryptedBucket(cloud.lake, key, has_bucket_key=True),
        EncryptedBucket(f"cdk-hnb659fds-assets-{ACCOUNT}-{LOCAL_REGION}", assets_key, has_bucket_key=False),
    ]
    of_keys = [
        *object_key_calls(recorded.calls, buckets),
        *message_key_calls(recorded.calls, key),
        *(call for each in user.jobs() for call in (*volume_key_calls(each), *output_key_calls(each, buckets))),
    ]
    kms = user.client("kms")
    policies = {
        arn: json.loads(kms.get_key_policy(KeyId=arn, PolicyName="default")["Policy"]) for arn in (key, assets_key)
    }
    recorded = replace(
        recorded, calls=list(dict.fromkeys([*recorded.calls, *of_keys])), policies={**recorded.policies, **policies}
    )
    return Locked(user, key, rows_of(user, "outside.word_counts"), recorded)


def queue_arn(user: CdkUser, url: str) -> str:
    attributes = user.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    arn: str = attributes["QueueArn"]
    return arn


def resources(user: CdkUser, stack: str, kind: str) -> list[str]:
    found = user.client("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
    return [each["PhysicalResourceId"] for each in found if each["ResourceType"] == kind]


def test_a_key_of_its_own_encrypts_everything(locked: Locked) -> None:
    user, key, lake = locked.user, locked.key, locked.recording.lake
    assert locked.rows == ROWS
    assert user.client("kms").get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True
    objects = keys_of_objects(user, lake)
    for prefix in (
        "raw/",
        "tables/outside/word_counts/runs/",
        receipts_prefix("outside", "word_counts"),
        "athena-results/",
    ):
        assert any(name.startswith(prefix) for name in objects), prefix
    assert set(objects.values()) == {key}

    assert user.jobs()
    for job in user.jobs():
        assert job["ProcessingResources"]["ClusterConfig"]["VolumeKmsKeyId"] == key
        assert job["ProcessingOutputConfig"]["KmsKeyId"] == key
        assert "NetworkConfig" not in job, "one host has nobody to talk to"
    groups = resources(user, "locked-word-count", "AWS::Logs::LogGroup")
    logs = user.client("logs").describe_log_groups()["logGroups"]
    assert len(groups) == 5
    assert {each.get("kmsKeyId") for each in logs if each["logGroupName"] in groups} == {key}
    (topic,) = resources(user, "locked-data-lake", "AWS::SNS::Topic")
    assert user.client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]["KmsMasterKeyId"] == key
    (queue,) = resources(user, "locked-data-lake", "AWS::SQS::Queue")
    attributes = user.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    assert attributes["KmsMasterKeyId"] == key
    group = user.client("athena").get_work_group(WorkGroup="locked")["WorkGroup"]["Configuration"]
    encryption = group["ResultConfiguration"]["EncryptionConfiguration"]
    assert encryption == {"EncryptionOption": "SSE_KMS", "KmsKey": key}
    target = user.client("s3").get_bucket_logging(Bucket=lake)["LoggingEnabled"]
    assert target["TargetBucket"] in resources(user, "locked-data-lake", "AWS::S3::Bucket")
    assert target["TargetPrefix"] == "s3-access/locked/"


def test_every_call_on_the_keys_is_allowed_and_each_right_is_used(locked: Locked) -> None:
    """Runs with both keys: reading; writing, including in parts; volumes; undeliverable messages of a schedule."""
    recording = locked.recording
    used = {call.principal for call in recording.calls if call.action.startswith("kms:")}
    (machine,) = recording.roles.keys() - used
    assert machine == recording.workflow_role
    assert len({call.resource for call in recording.calls if call.action.startswith("kms:")}) == 2
    assert recording.denied(recording.calls) == []
    assert unused_permissions(recording.calls, recording.statements, recording.policies) == []
    for arn in used & recording.roles.keys():
        assert recording.needless(arn) == []


def test_who_may_use_the_key(locked: Locked) -> None:
    """By the deployed policies: each role within its task, three services for our resources, and nobody for anything else."""
    user, key, lake, roles = locked.user, locked.key, locked.recording.lake, locked.recording.roles
    (topic,) = resources(user, "locked-data-lake", "AWS::SNS::Topic")
    queue = queue_arn(user, *resources(user, "locked-data-lake", "AWS::SQS::Queue"))
    log_group, *_ = resources(user, "locked-word-count", "AWS::Logs::LogGroup")
    processing = user.outputs("locked-word-count")["ProcessingRoleArn"]
    functions = [arn for arn in roles if "Planner" in arn or "Registrar" in arn]
    (clock,) = (arn for arn in roles if "Clock" in arn)
    (machine,) = (arn for arn in roles if "Workflow" in arn)
    (backfill,) = (arn for arn in roles if "Backfill" in arn)
    (notify,) = (arn for arn in roles if "Notices" in arn)
    assert len(functions) == 2

    def use(principal: str, service: str, name: str, arn: str) -> list[IamCall]:
        via = (("kms:ViaService", f"{service}.{LOCAL_REGION}.amazonaws.com"),) if service else ()
        context = (*via, (f"kms:EncryptionContext:aws:{name}", arn))
        return [IamCall(principal, f"kms:{action}", key, context) for action in ("Decrypt", "GenerateDataKey")]

    def grant(principal: str, is_for_aws: str) -> IamCall:
        return IamCall(principal, "kms:CreateGrant", key, (("kms:GrantIsForAWSResource", is_for_aws),))

    bucket = f"arn:aws:s3:::{lake}"
    logs = f"arn:aws:logs:{LOCAL_REGION}:{ACCOUNT}:log-group"
    logs_service = f"logs.{LOCAL_REGION}.amazonaws.com"
    may = [
        *(call for role in (processing, *functions) for call in use(role, "s3", "s3:arn", bucket)),
        *use(processing, "s3", "s3:arn", f"{bucket}/raw/x"),
        use(backfill, "s3", "s3:arn", bucket)[0],
        IamCall(processing, "kms:DescribeKey", key),
        grant(processing, "true"),
        *use(clock, "sqs", "sqs:arn", queue),
        *use(notify, "sns", "sns:topicArn", topic),
        *use(notify, "sqs", "sqs:arn", queue),
        *use("cloudwatch.amazonaws.com", "", "sns:topicArn", topic),
        *use("events.amazonaws.com", "", "sqs:arn", queue),
        *use(logs_service, "", "logs:arn", f"{logs}:{log_group}"),
    ]
    may_not = [
        grant(processing, "false"),
        *(grant(role, "true") for role in (*functions, clock, machine, backfill, notify)),
        use(backfill, "s3", "s3:arn", bucket)[1],
        *use(backfill, "s3", "s3:arn", "arn:aws:s3:::another"),
        *(call for role in (processing, *functions) for call in use(role, "s3", "s3:arn", "arn:aws:s3:::another")),
        *(call for role in (processing, *functions) for call in use(role, "ec2", "s3:arn", bucket)),
        *use(processing, "", "s3:arn", bucket),
        *use(processing, "sqs", "sqs:arn", queue),
        *use(machine, "s3", "s3:arn", bucket),
        *use(clock, "sqs", "sqs:arn", f"{queue}-another"),
        *use(clock, "s3", "s3:arn", bucket),
        *(
            call
            for publisher, service in (("cloudwatch.amazonaws.com", ""), (notify, "sns"))
            for call in use(publisher, service, "sns:topicArn", f"arn:aws:sns:{LOCAL_REGION}:{ACCOUNT}:another")
        ),
        *use("events.amazonaws.com", "", "sns:topicArn", topic),
        *use("events.amazonaws.com", "", "sqs:arn", f"{queue}-another"),
        *use(notify, "s3", "s3:arn", bucket),
        *use(notify, "", "sns:topicArn", topic),
        *use(notify, "sqs", "sqs:arn", f"{queue}-another"),
        *use(logs_service, "", "logs:arn", f"{logs}:/aws/lambda/another"),
        *use("sns.amazonaws.com", "", "sns:topicArn", topic),
        *(IamCall(role, "kms:ScheduleKeyDeletion", key) for role in roles),
    ]
    assert surprises([*allowed(*may), *denied(*may_not)], locked.recording.policies, locked.recording.statements) == []


def test_it_is_destroyed_by_the_cdk_cli(locked: Locked) -> None:
    """Last in this file: the CLI describes a deleted stack whose outputs were attributes of the key."""
    locked.user.must("destroy", "--all", "--force", synthesize=False)
    stacks = locked.user.client("cloudformation").describe_stacks()["Stacks"]
    assert not [stack["StackName"] for stack in stacks if stack["StackName"].startswith("locked-")]
