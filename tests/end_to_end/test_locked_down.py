"""Deployed by the CDK CLI with a key, with access logs and with what exists already: each run ends with rows that a query reads."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from cli.target import LOCAL_ACCOUNT, LOCAL_REGION
from tests.end_to_end.cdk_user import CdkUser, serving
from tests.end_to_end.deployment import PROJECTS, ROOT
from tests.end_to_end.recording import Recording, begin, fire, machine_recording
from tests.judges.iam.key_calls import EncryptedBucket, message_key_calls, object_key_calls, volume_key_calls
from tests.judges.iam.rights_on_record import unused_rights
from tests.judges.iam.simulator import ACCOUNT, IamCall, simulate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("locked_down")]

SPEC = "pipelines/word_count.yaml"
SCHEDULE = 'schedule: {cron: "0 6 * * ? *", timezone: Asia/Tokyo}\n'
DAY = "2026-11-20"
ROWS = [["to", "2", "two"], ["be", "2", "two"], ["or", "2", "two"]]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A local cloud that is bootstrapped."""
    folder = tmp_path_factory.mktemp("locked_down")
    with serving(folder / "cloud") as environment:
        user = CdkUser(PROJECTS / "outside", environment, folder)
        done = user.cdk("bootstrap", f"aws://{LOCAL_ACCOUNT}/{LOCAL_REGION}")
        assert done.returncode == 0, done.stdout
        yield environment


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return shutil.copytree(PROJECTS / "outside", tmp_path / "project")


@dataclass(frozen=True)
class Locked:
    """What is deployed with a key of its own, and another for the bootstrap bucket; and what its runs called, the use of both keys included."""

    user: CdkUser
    key: str
    rows: list[list[str]]
    recording: Recording


@pytest.fixture(scope="module")
def locked(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Locked:
    """Deployed, and run by hand, by its schedule, and by the same event once more."""
    folder = tmp_path_factory.mktemp("locked")
    project = shutil.copytree(PROJECTS / "outside", folder / "project")
    owner = CdkUser(project, environment, folder)
    assets_key = owner.client("kms").create_key(Description="the bootstrap bucket's")["KeyMetadata"]["Arn"]
    context = ("kms=create", "access_logs=create", "encrypt_inter_container_traffic=true", f"assets_kms={assets_key}")
    user = CdkUser(project, environment, folder, "locked", context)
    user.edit(SPEC, "image:", f"{SCHEDULE}image:")
    deploy(user)
    cloud = user.deployment
    begin(cloud)
    execution = run(user)
    for _ in range(2):
        cloud.finished(fire(cloud, user.outputs("locked-word-count"), "2026-11-19"))
    recorded = machine_recording(cloud, "word_count", [execution])
    key = user.client("kms").describe_key(KeyId="alias/locked-data-lake")["KeyMetadata"]["Arn"]
    (queue,) = resources(user, "locked-word-count", "AWS::SQS::Queue")
    buckets = [
        EncryptedBucket(cloud.lake, key, has_bucket_key=True),
        EncryptedBucket(f"cdk-hnb659fds-assets-{ACCOUNT}-{LOCAL_REGION}", assets_key, has_bucket_key=False),
    ]
    of_keys = [
        *object_key_calls(recorded.calls, buckets),
        *message_key_calls(recorded.calls, queue_arn(user, queue), key),
        *(call for each in jobs(user) for call in volume_key_calls(each)),
    ]
    kms = user.client("kms")
    policies = {
        arn: json.loads(kms.get_key_policy(KeyId=arn, PolicyName="default")["Policy"]) for arn in (key, assets_key)
    }
    recorded = replace(
        recorded, calls=list(dict.fromkeys([*recorded.calls, *of_keys])), policies={**recorded.policies, **policies}
    )
    return Locked(user, key, query(user, "outside.word_counts"), recorded)


def deploy(user: CdkUser) -> None:
    done = user.cdk("deploy", "--all", "--require-approval=never", "--concurrency=3", "--progress=events")
    assert done.returncode == 0, done.stdout


def query(user: CdkUser, table: str) -> list[list[str]]:
    """Ask Athena for the day, in the deployment's workgroup; give the rows without the header."""
    # The name of a table of the test's own, and no text of anybody else's.
    statement = f"SELECT word, count, spoken FROM {table} WHERE dt = DATE '{DAY}' ORDER BY word DESC"  # noqa: S608
    athena = user.client("athena")
    execution = athena.start_query_execution(QueryString=statement, WorkGroup=user.prefix)["QueryExecutionId"]
    while True:
        described = athena.get_query_execution(QueryExecutionId=execution)["QueryExecution"]["Status"]
        if described["State"] not in {"QUEUED", "RUNNING"}:
            break
        time.sleep(0.1)
    assert described["State"] == "SUCCEEDED", described
    rows = athena.get_query_results(QueryExecutionId=execution)["ResultSet"]["Rows"]
    return [[cell["VarCharValue"] for cell in row["Data"]] for row in rows[1:]]


def run(user: CdkUser) -> str:
    """Run the day, and give the execution's ARN."""
    key = "raw/word_count/20261120.txt"
    user.client("s3").put_object(Bucket=user.deployment.lake, Key=key, Body=b"to be or not to be or")
    ended = user.run_of(DAY)
    assert ended["status"] == "SUCCEEDED", ended
    arn: str = ended["executionArn"]
    return arn


def keys_of_objects(user: CdkUser, bucket: str) -> dict[str, str | None]:
    """Give the key that each object is encrypted with."""
    s3 = user.client("s3")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    names = [item["Key"] for page in pages for item in page.get("Contents", [])]
    return {name: s3.head_object(Bucket=bucket, Key=name).get("SSEKMSKeyId") for name in names}


def jobs(user: CdkUser) -> list[dict[str, Any]]:
    sagemaker = user.client("sagemaker")
    described = [
        sagemaker.describe_processing_job(ProcessingJobName=each["ProcessingJobName"])
        for each in sagemaker.list_processing_jobs()["ProcessingJobSummaries"]
    ]
    role = user.outputs(f"{user.prefix}-word-count")["ProcessingRoleArn"]
    return [each for each in described if each["RoleArn"] == role]


def queue_arn(user: CdkUser, url: str) -> str:
    attributes = user.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    arn: str = attributes["QueueArn"]
    return arn


def resources(user: CdkUser, stack: str, kind: str) -> list[str]:
    found = user.client("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
    return [each["PhysicalResourceId"] for each in found if each["ResourceType"] == kind]


def test_a_key_of_its_own_encrypts_everything(locked: Locked) -> None:
    user, key, lake = locked.user, locked.key, locked.recording.lake
    assert sorted(locked.rows) == sorted(ROWS)
    assert user.client("kms").get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True
    objects = keys_of_objects(user, lake)
    for prefix in (
        "raw/",
        "tables/outside/word_counts/runs/",
        "tables/outside/word_counts/receipts/",
        "athena-results/",
    ):
        assert any(name.startswith(prefix) for name in objects), prefix
    assert set(objects.values()) == {key}

    assert jobs(user)
    for job in jobs(user):
        assert job["ProcessingResources"]["ClusterConfig"]["VolumeKmsKeyId"] == key
        assert job["ProcessingOutputConfig"]["KmsKeyId"] == key
        assert "NetworkConfig" not in job, "one host has nobody to talk to"
    groups = resources(user, "locked-word-count", "AWS::Logs::LogGroup")
    logs = user.client("logs").describe_log_groups()["logGroups"]
    assert len(groups) == 3
    assert {each.get("kmsKeyId") for each in logs if each["logGroupName"] in groups} == {key}
    (topic,) = resources(user, "locked-word-count", "AWS::SNS::Topic")
    assert user.client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]["KmsMasterKeyId"] == key
    (queue,) = resources(user, "locked-word-count", "AWS::SQS::Queue")
    attributes = user.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    assert attributes["KmsMasterKeyId"] == key
    group = user.client("athena").get_work_group(WorkGroup="locked")["WorkGroup"]["Configuration"]
    encryption = group["ResultConfiguration"]["EncryptionConfiguration"]
    assert encryption == {"EncryptionOption": "SSE_KMS", "KmsKey": key}
    target = user.client("s3").get_bucket_logging(Bucket=lake)["LoggingEnabled"]
    assert target["TargetBucket"] in resources(user, "locked-data-lake", "AWS::S3::Bucket")
    assert target["TargetPrefix"] == "s3-access/locked/"


def test_every_call_on_the_keys_is_allowed_and_each_right_is_used(locked: Locked) -> None:
    """By runs with both keys: reading, writing, in parts too; volumes; messages that a schedule could not deliver."""
    recording = locked.recording
    used = {call.principal for call in recording.calls if call.action.startswith("kms:")}
    (machine,) = recording.roles.keys() - used
    assert machine == recording.workflow_role
    assert len({call.resource for call in recording.calls if call.action.startswith("kms:")}) == 2
    assert recording.denied(recording.calls) == []
    assert unused_rights(recording.calls, recording.statements, recording.policies) == []
    for arn in used & recording.roles.keys():
        assert recording.needless(arn) == []


def test_who_may_use_the_key(locked: Locked) -> None:
    """By the deployed policies: each role as far as its work goes, two services for what is ours, and nobody for anything else."""
    user, key, lake, roles = locked.user, locked.key, locked.recording.lake, locked.recording.roles
    (topic,) = resources(user, "locked-word-count", "AWS::SNS::Topic")
    queue = queue_arn(user, *resources(user, "locked-word-count", "AWS::SQS::Queue"))
    log_group, *_ = resources(user, "locked-word-count", "AWS::Logs::LogGroup")
    statements = locked.recording.statements
    processing = user.outputs("locked-word-count")["ProcessingRoleArn"]
    functions = [arn for arn in roles if "Planner" in arn or "Registrar" in arn]
    (clock,) = (arn for arn in roles if "Clock" in arn)
    (machine,) = (arn for arn in roles if "StateMachine" in arn)
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
    allowed = [
        *(call for role in (processing, *functions) for call in use(role, "s3", "s3:arn", bucket)),
        *use(processing, "s3", "s3:arn", f"{bucket}/raw/x"),
        IamCall(processing, "kms:DescribeKey", key),
        grant(processing, "true"),
        *use(clock, "sqs", "sqs:arn", queue),
        *use("events.amazonaws.com", "", "sns:topicArn", topic),
        *use(logs_service, "", "logs:arn", f"{logs}:{log_group}"),
    ]
    denied = [
        grant(processing, "false"),
        *(grant(role, "true") for role in (*functions, clock, machine)),
        *(call for role in (processing, *functions) for call in use(role, "s3", "s3:arn", "arn:aws:s3:::another")),
        *(call for role in (processing, *functions) for call in use(role, "ec2", "s3:arn", bucket)),
        *use(processing, "", "s3:arn", bucket),
        *use(processing, "sqs", "sqs:arn", queue),
        *use(machine, "s3", "s3:arn", bucket),
        *use(clock, "sqs", "sqs:arn", f"{queue}-another"),
        *use(clock, "s3", "s3:arn", bucket),
        *use("events.amazonaws.com", "", "sns:topicArn", f"arn:aws:sns:{LOCAL_REGION}:{ACCOUNT}:another"),
        *use(logs_service, "", "logs:arn", f"{logs}:/aws/lambda/another"),
        *use("sns.amazonaws.com", "", "sns:topicArn", topic),
        *(IamCall(role, "kms:ScheduleKeyDeletion", key) for role in roles),
    ]
    decisions = simulate([*allowed, *denied], statements, locked.recording.policies)
    wrong = [
        str(call)
        for number, (call, decision) in enumerate(zip([*allowed, *denied], decisions, strict=True))
        if decision.allowed != (number < len(allowed))
    ]
    assert wrong == []


def _documented_policy(prefix: str) -> str:
    """What docs/security.md asks of the owner of a key that exists, with the account's own statement."""
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    statements = text.partition("```json\n")[2].partition("```")[0]
    for name, value in (("region", LOCAL_REGION), ("account", ACCOUNT), ("prefix", prefix)):
        statements = statements.replace(f"<{name}>", value)
    root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    account = {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [account, *json.loads(f"[{statements}]")]})


def test_images_lie_in_a_repository_whose_tags_stay(environment: dict[str, str], tmp_path: Path) -> None:
    """The CDK's bootstrap repository, the only one that a deployment needs. Scans are a setting of the account's registry."""
    ecr = CdkUser(PROJECTS / "outside", environment, tmp_path).client("ecr")
    (repository,) = ecr.describe_repositories()["repositories"]
    assert repository["imageTagMutability"] == "IMMUTABLE"
    policy = ecr.get_lifecycle_policy(repositoryName=repository["repositoryName"])["lifecyclePolicyText"]
    assert "untagged" in policy


def test_what_exists_already_is_used_and_left_as_it_is(
    environment: dict[str, str], project: Path, tmp_path: Path
) -> None:
    owner = CdkUser(project, environment, tmp_path)
    s3, glue, kms = owner.client("s3"), owner.client("glue"), owner.client("kms")
    key = kms.create_key(Description="the owner's", Policy=_documented_policy("brought"))["KeyMetadata"]["Arn"]
    s3.create_bucket(Bucket="team-lake", CreateBucketConfiguration={"LocationConstraint": LOCAL_REGION})
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rules = [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}]
    s3.put_bucket_encryption(Bucket="team-lake", ServerSideEncryptionConfiguration={"Rules": rules})
    tls = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::team-lake", "arn:aws:s3:::team-lake/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    s3.put_bucket_policy(Bucket="team-lake", Policy=json.dumps({"Version": "2012-10-17", "Statement": [tls]}))
    s3.put_object(Bucket="team-lake", Key="others/kept.txt", Body=b"kept")
    glue.create_database(DatabaseInput={"Name": "shared", "Description": "the owner's"})

    def theirs() -> list[Any]:
        return [
            json.loads(s3.get_bucket_policy(Bucket="team-lake")["Policy"]),
            s3.get_bucket_encryption(Bucket="team-lake")["ServerSideEncryptionConfiguration"],
            kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"],
            glue.get_database(Name="shared")["Database"],
            s3.get_object(Bucket="team-lake", Key="others/kept.txt")["Body"].read(),
        ]

    before = theirs()
    user = CdkUser(project, environment, tmp_path, "brought", ("bucket=team-lake", f"kms={key}", "databases=shared"))
    user.edit(SPEC, "database: outside", "database: shared")
    deploy(user)
    run(user)
    assert sorted(query(user, "shared.word_counts")) == sorted(ROWS)
    objects = keys_of_objects(user, "team-lake")
    assert any(name.startswith("tables/shared/word_counts/receipts/") for name in objects)
    assert set(objects.values()) == {key}
    assert theirs() == before

    destroyed = user.cdk("destroy", "--all", "--force", synthesize=False)
    assert destroyed.returncode == 0, destroyed.stdout
    assert theirs() == before
    assert keys_of_objects(user, "team-lake").keys() >= objects.keys()
