"""The error of PutBucketVersioning without a status.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
"""

from __future__ import annotations

from typing import Any

from moto.s3.exceptions import S3ClientError
from moto.s3.responses import S3Response

from local_cloud.patching import original_of, replace

_MOTOS_ANSWER: tuple[int, dict[str, str], str] = (404, {}, "")


def install() -> None:
    """Replace moto's PUT requests on buckets."""
    # moto: S3's PutBucketVersioning without Status answers 404 with an empty body; not reported yet: AWS answers
    # IllegalVersioningConfigurationException.
    replace(S3Response, "_bucket_response_put", _bucket_response_put)


def _bucket_response_put(self: S3Response, request: Any, bucket_name: str, querystring: dict[str, Any]) -> Any:
    answer = original_of(S3Response, "_bucket_response_put")(self, request, bucket_name, querystring)
    if "versioning" in querystring and answer == _MOTOS_ANSWER:
        raise S3ClientError("IllegalVersioningConfigurationException", "The Versioning element must be specified")
    return answer
