"""SageMaker's calls to other services on behalf of a job's role, made with boto3 and the role's credentials."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from local_cloud.container import UnreadableOutputError
from local_cloud.sagemaker.input_objects import DownloadError

_IMAGE = re.compile(r"\d+\.dkr\.ecr\.[^/]+/(?P<repository>[^:@]+):(?P<tag>.+)")


@dataclass(frozen=True, slots=True)
class RemoteObject:
    """An object that a job reads, with the interface of ``local_cloud.object_store.StoredObject``."""

    s3: Any
    bucket: str
    key: str

    def read(self) -> bytes:
        """Return the content."""
        try:
            content: bytes = self.s3.get_object(Bucket=self.bucket, Key=self.key)["Body"].read()
        except ClientError as error:
            raise DownloadError(f"ClientError: Data download failed: {error}") from error
        return content


@dataclass(frozen=True, slots=True)
class RoleObjects:
    """The objects that a role may access, with the interface of ``local_cloud.object_store``."""

    s3: Any

    def list_objects(self, bucket: str, prefix: str) -> list[RemoteObject]:
        """Return the objects below a prefix."""
        try:
            pages = list(self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix))
        except ClientError as error:
            raise DownloadError(f"ClientError: Data download failed: {error}") from error
        return [RemoteObject(self.s3, bucket, item["Key"]) for page in pages for item in page.get("Contents", [])]

    def find_object(self, bucket: str, key: str) -> RemoteObject:
        """Return an object; reading it fails if it does not exist."""
        return RemoteObject(self.s3, bucket, key)

    def write_object(self, bucket: str, key: str, content: bytes, kms_key_id: str | None = None) -> None:
        """Put an object."""
        named = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key_id} if kms_key_id else {}
        try:
            self.s3.put_object(Bucket=bucket, Key=key, Body=content, **named)
        except ClientError as error:
            raise UnreadableOutputError(str(error)) from error


def ask_for_image(ecr: Any, uri: str) -> None:
    """Request an image as a container engine does; the answer is not used, because the job runs in the image's stand-in.

    ministack reports that every tag exists already, so that the CDK CLI pushes none.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-pull-iam.html

    Raises
    ------
    ClientError
        If the role may not pull the image.
    """
    named = _IMAGE.fullmatch(uri)
    if named is None:
        raise ValueError(f"{uri} does not name a repository of ECR and a tag")
    ecr.get_authorization_token()
    ecr.batch_get_image(repositoryName=named["repository"], imageIds=[{"imageTag": named["tag"]}])
