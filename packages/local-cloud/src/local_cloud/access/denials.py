"""Denials of unauthenticated requests, as each service words them.

The codes are those of https://docs.aws.amazon.com/general/latest/gr/CommonErrors.html and, for S3, of
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from local_cloud.request_validation import known_service, response_of, service_model

if TYPE_CHECKING:
    from local_cloud.request_validation import Answer


class Reason(Enum):
    """The reason for a denial."""

    UNSIGNED = "The request is not signed with an access key of this local cloud: `pipelines local status` prints it."
    FOREIGN_KEY = "The access key is not one of this local cloud: `pipelines local status` prints the one that is."


_S3_NAME = "s3"
_JSON = {Reason.UNSIGNED: "MissingAuthenticationTokenException", Reason.FOREIGN_KEY: "UnrecognizedClientException"}
_QUERY = {Reason.UNSIGNED: "MissingAuthenticationToken", Reason.FOREIGN_KEY: "InvalidClientTokenId"}
_S3 = {Reason.UNSIGNED: "AccessDenied", Reason.FOREIGN_KEY: "InvalidAccessKeyId"}


def deny(reason: Reason, signing_name: str | None) -> tuple[str, Answer]:
    """Return the status, the headers and the body of a denial, in the protocol of the service that the request is for.

    An unsigned request does not name its service. It is answered as S3, the service that usually receives such requests.
    """
    service = known_service(signing_name or _S3_NAME) or _S3_NAME
    model = service_model(service)
    protocol = model.metadata["protocol"]
    codes = _S3 if service == _S3_NAME else _QUERY if protocol == "query" else _JSON
    # Services with the JSON protocol answer 400 to an unknown key, the others 403.
    status = "400 Bad Request" if protocol == "json" else "403 Forbidden"
    return status, response_of(model, codes[reason], reason.value)
