"""Responses to invalid requests, in each service's protocol."""

from __future__ import annotations

import json
import re
import uuid
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.model import ServiceModel

# The common code is ValidationException; these services have their own.
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
# https://www.w3.org/TR/xml/#charsets
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
Answer = tuple[list[tuple[str, str]], bytes]  # headers and body
UNREADABLE = "SerializationException"
MALFORMED_QUERY = "MalformedInput"


def code_of(model: ServiceModel) -> str:
    """Return a service's error code for invalid requests."""
    return _CODES.get(model.service_name, "ValidationException")


def message_of(violations: list[str]) -> str:
    """Return the message for several violations."""
    return f"{len(violations)} validation error{'s' if len(violations) > 1 else ''} detected: {'; '.join(violations)}"


def response_of(model: ServiceModel, code: str, message: str, details: Mapping[str, str] | None = None) -> Answer:
    """Return the headers and the body of an error in the service's protocol.

    Parameters
    ----------
    details
        Further elements of S3's errors.
    """
    request_id = str(uuid.uuid4())
    protocol, said = model.metadata["protocol"], f"<Code>{code}</Code><Message>{_xml(message)}</Message>"
    if protocol in ("query", "rest-xml", "ec2"):
        if model.service_name == "s3":
            more = "".join(f"<{name}>{_xml(value)}</{name}>" for name, value in (details or {}).items())
            text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{said}{more}<RequestId>{request_id}</RequestId></Error>'
        elif protocol == "ec2":
            text = f"<Response><Errors><Error>{said}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
        else:
            namespace = model.metadata.get("xmlNamespace", "")
            text = (
                f'<ErrorResponse xmlns="{namespace}"><Error><Type>Sender</Type>{said}</Error>'
                f"<RequestId>{request_id}</RequestId></ErrorResponse>"
            )
        headers = [("Content-Type", content_type_of(model))]
        headers.append(("x-amz-request-id", request_id))
    else:
        text = json.dumps({"__type": code, "message": message})
        headers = [("Content-Type", content_type_of(model)), ("x-amzn-ErrorType", code)]
        if "awsQueryCompatible" in model.metadata:
            headers.append(("x-amzn-query-error", f"{code};Sender"))
    body = text.encode()
    return [*headers, ("Content-Length", str(len(body))), ("x-amzn-RequestId", request_id)], body


def content_type_of(model: ServiceModel) -> str:
    """Return the type of the content of a service's answers."""
    if model.metadata["protocol"] in ("query", "rest-xml", "ec2"):
        return "application/xml" if model.service_name == "s3" else "text/xml"
    version = model.metadata.get("jsonVersion")
    return f"application/x-amz-json-{version}" if version else "application/json"


def _xml(message: str) -> str:
    """Return an escaped message; characters that XML 1.0 does not allow are written as Python escapes."""
    return escape(_NOT_IN_XML.sub(lambda found: ascii(found[0])[1:-1], message))
