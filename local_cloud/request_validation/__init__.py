"""Requests are checked against the service's own model before moto, which takes nearly anything, sees them."""

from __future__ import annotations

from local_cloud.request_validation.application import RequestValidation, read_request
from local_cloud.request_validation.operations import SERVICES, Request, find_call

__all__ = ["SERVICES", "Request", "RequestValidation", "find_call", "read_request"]
