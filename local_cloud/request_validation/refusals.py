"""How each service says that a request is not what its model says."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from botocore.model import ServiceModel

# AWS's common error is ValidationException; these have had their own since before it.
_CODES = {
    "athena": "InvalidRequestException",
    "cloudformation": "ValidationError",
    "ecr": "InvalidParameterException",
    "iam": "ValidationError",
    "logs": "InvalidParameterException",
    "sns": "InvalidParameter",
    "sqs": "InvalidParameterValue",
    "sts": "ValidationError",
}
Answer = tuple[list[tuple[str, str]], bytes]  # headers and body
UNREADABLE = "SerializationException"
MALFORMED_QUERY = "MalformedInput"


def code_of(model: ServiceModel) -> str:
    """Give the code with which a service refuses what breaks its model."""
    return _CODES.get(model.service_name, "ValidationException")


def message_of(violations: list[str]) -> str:
    """Put violations together."""
    return f"{len(violations)} validation error{'s' if len(violations) > 1 else ''} detected: {'; '.join(violations)}"


def response_of(model: ServiceModel, code: str, message: str) -> Answer:
    """Return a refusal in the service's protocol, as headers and body."""
    request_id = str(uuid.uuid4())
    if model.metadata["protocol"] == "query":
        namespace = model.metadata.get("xmlNamespace", "")
        text = (
            f'<ErrorResponse xmlns="{namespace}"><Error><Type>Sender</Type><Code>{code}</Code>'
            f"<Message>{escape(message)}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
        )
        headers = [("Content-Type", "text/xml")]
    else:
        text = json.dumps({"__type": code, "message": message})
        version = model.metadata.get("jsonVersion")
        headers = [
            ("Content-Type", f"application/x-amz-json-{version}" if version else "application/json"),
            ("x-amzn-ErrorType", code),
        ]
        if "awsQueryCompatible" in model.metadata:
            headers.append(("x-amzn-query-error", f"{code};Sender"))
    body = text.encode()
    return [*headers, ("Content-Length", str(len(body))), ("x-amzn-RequestId", request_id)], body
