"""Requests are checked against the service's own model before moto, which takes nearly anything, sees them."""

from __future__ import annotations

from local_cloud.request_validation.application import RequestValidation

__all__ = ["RequestValidation"]
