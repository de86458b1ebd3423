"""The KMS keys of a processing job: its outputs are encrypted, and a volume's key is rejected as on AWS."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from cloud_under_test.processing_jobs import s3_output

Aws = Any
CreateJob = Any
RESULT = "/opt/ml/processing/output/result"
WRITES = f"open('{RESULT}/a.txt', 'w').write('a')"


def cluster(instance_type: str, key: str) -> dict[str, Any]:
    resources = {"InstanceCount": 1, "InstanceType": instance_type, "VolumeSizeInGB": 1, "VolumeKmsKeyId": key}
    return {"ClusterConfig": resources}


@pytest.mark.parametrize("upload_mode", ["EndOfJob", "Continuous"])
def test_outputs_are_encrypted_with_the_jobs_key(
    aws: Aws, create_job: CreateJob, bucket: str, upload_mode: str
) -> None:
    key = aws("kms").create_key()["KeyMetadata"]["Arn"]
    output = s3_output("result", f"s3://{bucket}/out", RESULT)
    output["S3Output"]["S3UploadMode"] = upload_mode
    job = create_job(
        WRITES,
        ProcessingOutputConfig={"Outputs": [output], "KmsKeyId": key},
        ProcessingResources=cluster("ml.m5.xlarge", key),
    )
    assert job["ProcessingJobStatus"] == "Completed", job
    assert job["ProcessingResources"]["ClusterConfig"]["VolumeKmsKeyId"] == key
    written = aws("s3").head_object(Bucket=bucket, Key="out/a.txt")
    assert (written["ServerSideEncryption"], written["SSEKMSKeyId"]) == ("aws:kms", key)


def test_without_a_key_the_buckets_default_holds(aws: Aws, create_job: CreateJob, bucket: str) -> None:
    key = aws("kms").create_key()["KeyMetadata"]["Arn"]
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    aws("s3").put_bucket_encryption(
        Bucket=bucket,
        ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": default}]},
    )
    output = s3_output("result", f"s3://{bucket}/out", RESULT)
    job = create_job(WRITES, ProcessingOutputConfig={"Outputs": [output]})
    assert job["ProcessingJobStatus"] == "Completed", job
    assert aws("s3").head_object(Bucket=bucket, Key="out/a.txt")["SSEKMSKeyId"] == key


@pytest.mark.parametrize("instance_type", ["ml.g4dn.xlarge", "ml.r5d.large", "ml.g6e.xlarge", "ml.p5.4xlarge"])
def test_a_volume_key_for_local_storage_is_refused(create_job: CreateJob, instance_type: str) -> None:
    with pytest.raises(ClientError, match=f"VolumeKmsKeyId is not allowed for {instance_type}"):
        create_job(WRITES, ProcessingResources=cluster(instance_type, "alias/volumes"))
