"""Objects are encrypted with SSE-S3, unless the bucket or the request says otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

_KMS = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]}


@pytest.fixture
def s3(aws: Callable[[str], Any], name: str) -> Any:
    client = aws("s3")
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": client.meta.region_name})
    return client


def encryption(s3: Any, bucket: str, key: str) -> str:
    return str(s3.head_object(Bucket=bucket, Key=key)["ServerSideEncryption"])


def bucket_default(s3: Any, bucket: str) -> str:
    rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    return str(rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"])


def test_a_new_bucket_encrypts_what_is_put_copied_or_uploaded_in_parts(s3: Any, name: str) -> None:
    s3.put_object(Bucket=name, Key="put", Body=b"1")
    s3.copy_object(Bucket=name, Key="copied", CopySource={"Bucket": name, "Key": "put"})
    upload = s3.create_multipart_upload(Bucket=name, Key="parts")["UploadId"]
    part = s3.upload_part(Bucket=name, Key="parts", UploadId=upload, PartNumber=1, Body=b"1")
    s3.complete_multipart_upload(
        Bucket=name, Key="parts", UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    )

    assert [encryption(s3, name, key) for key in ("put", "copied", "parts")] == ["AES256"] * 3
    assert bucket_default(s3, name) == "AES256"


def test_the_encryption_of_a_bucket_comes_first_and_the_default_returns_when_it_is_deleted(s3: Any, name: str) -> None:
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration=_KMS)
    s3.put_object(Bucket=name, Key="kms", Body=b"1")
    s3.delete_bucket_encryption(Bucket=name)
    s3.put_object(Bucket=name, Key="default", Body=b"1")

    assert (encryption(s3, name, "kms"), encryption(s3, name, "default")) == ("aws:kms", "AES256")
    assert bucket_default(s3, name) == "AES256"
