"""Sub-resources of S3 (``?acl``, ``?policy``), which are only there for some methods, and for buckets or objects.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
"""

from __future__ import annotations

import functools
from collections import defaultdict
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from local_cloud.request_validation import service_model

if TYPE_CHECKING:
    from collections.abc import Iterable

    from botocore.model import OperationModel


_NOT_ALLOWED = "The specified method is not allowed against this resource."


def refusal_of_subresources(operation: str, names: Iterable[str]) -> tuple[str, str, str] | None:
    """Return S3's code, message and status if a request's query has sub-resources that its operation lacks, or None.

    moto would create, return or delete the bucket or the object itself.
    """
    model = service_model("s3").operation_model(operation)
    own = _subresources_of(model)
    for name in names if model.http["method"] != "HEAD" else ():
        if name in own or name not in _operations():
            continue
        if own:
            conflict = f"Conflicting query string parameters: {', '.join([*own, name])}"
            return "InvalidArgument", conflict, "400 Bad Request"
        if _form(model) in map(_form, _operations()[name]):
            return "InvalidArgument", f"A mandatory parameter or header of ?{name} is missing", "400 Bad Request"
        return "MethodNotAllowed", _NOT_ALLOWED, "405 Method Not Allowed"
    return None


@functools.cache
def _operations() -> dict[str, list[OperationModel]]:
    """Return the operations on each sub-resource."""
    found = defaultdict(list)
    model = service_model("s3")
    for operation in map(model.operation_model, model.operation_names):
        for name in _subresources_of(operation):
            found[name].append(operation)
    return dict(found)


def _subresources_of(operation: OperationModel) -> set[str]:
    query = operation.http["requestUri"].partition("?")[2]
    return {name for name, value in parse_qsl(query, keep_blank_values=True) if not value}


def _form(operation: OperationModel) -> tuple[str, bool]:
    """Return the method of an operation, and whether it is on an object."""
    return operation.http["method"], "{Key+}" in operation.http["requestUri"]
