"""Validation of requests against botocore's models, before moto handles them."""

from __future__ import annotations

from local_cloud.request_validation.middleware import RequestValidation, read_head, read_request
from local_cloud.request_validation.operations import (
    SERVICES,
    Request,
    UnreadableRequestError,
    find_call,
    is_known_operation,
    known_service,
    operation_name,
    service_model,
)
from local_cloud.request_validation.refusals import (
    MALFORMED_QUERY,
    UNREADABLE,
    Answer,
    code_of,
    content_type_of,
    response_of,
)

__all__ = [
    "MALFORMED_QUERY",
    "SERVICES",
    "UNREADABLE",
    "Answer",
    "Request",
    "RequestValidation",
    "UnreadableRequestError",
    "code_of",
    "content_type_of",
    "find_call",
    "is_known_operation",
    "known_service",
    "operation_name",
    "read_head",
    "read_request",
    "response_of",
    "service_model",
]
