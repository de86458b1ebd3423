"""Validation of requests against botocore's models, before moto handles them."""

from __future__ import annotations

from local_cloud.request_validation.middleware import RequestValidation, read_request
from local_cloud.request_validation.operations import (
    SERVICES,
    Request,
    find_call,
    known_service,
    operation_name,
    service_model,
)
from local_cloud.request_validation.refusals import Answer, response_of

__all__ = [
    "SERVICES",
    "Answer",
    "Request",
    "RequestValidation",
    "find_call",
    "known_service",
    "operation_name",
    "read_request",
    "response_of",
    "service_model",
]
