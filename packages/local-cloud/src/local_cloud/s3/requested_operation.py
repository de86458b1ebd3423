"""The operation of an S3 request, by botocore's model: its method, and its required query parameters and headers."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote
from xml.parsers.expat import ExpatError

import xmltodict  # type: ignore[import-untyped]  # moto depends on it; no type information is published

from local_cloud.request_validation import read_head, read_request, service_model

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import WSGIEnvironment

    from botocore.model import OperationModel

    from local_cloud.request_validation import Request

_LOCAL_HOST = re.compile(r"(?:(?P<bucket>.+)\.)?(?:localhost|127\.0\.0\.1)(?::\d+)?")
_COPY_SOURCE = "x-amz-copy-source"


@dataclass(frozen=True, slots=True)
class _Route:
    """The characteristics of an operation's requests; an empty value in the query matches any value."""

    operation: str
    method: str
    on_a_bucket: bool
    on_a_key: bool
    query: frozenset[tuple[str, str]]
    headers: frozenset[str]

    def fits(self, method: str, bucket: str, key: str, query: dict[str, str], headers: Iterable[str]) -> bool:
        return (
            (self.method, self.on_a_bucket, self.on_a_key) == (method, bool(bucket), bool(key))
            and all(name in query and value in ("", query[name]) for name, value in self.query)
            and self.headers <= set(headers)
        )


def requested_operations(environ: WSGIEnvironment) -> Iterable[tuple[str, dict[str, str]]]:
    """Yield the operations of a request, each with its bucket and key; DeleteObjects is a DeleteObject for each key.

    IAM authorizes it so: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
    """
    request = read_head(environ)
    query = _query(request)
    bucket, key = _bucket_and_key(request)
    operation = operation_of(request)
    named = {name: value for name, value in (("Bucket", bucket), ("Key", key)) if value}
    if operation == "DeleteObjects":
        yield from (
            ("DeleteObject", {"Bucket": bucket, "Key": key}) for key in _keys_to_delete(read_request(environ).body)
        )
        return
    if _COPY_SOURCE in request.headers:
        named["CopySource"] = unquote(request.headers[_COPY_SOURCE].partition("?")[0]).lstrip("/")
    if operation.startswith("List") and not key:
        named["Prefix"] = query.get("prefix", "")
    yield operation, named


def _bucket_and_key(request: Request) -> tuple[str, str]:
    host = _LOCAL_HOST.fullmatch(request.headers.get("host", ""))
    path = unquote(request.path).removeprefix("/")
    if host and host["bucket"]:
        return host["bucket"], path
    bucket, _, key = path.partition("/")
    return bucket, key


def _keys_to_delete(body: bytes) -> list[str]:
    """Return the keys, or an empty list if the body is not valid: S3 rejects such a request."""
    try:
        return [item["Key"] for item in xmltodict.parse(body, force_list=("Object",))["Delete"]["Object"]]
    except (ExpatError, KeyError, TypeError):
        return []


def operation_of(request: Request) -> str:
    """Return the name of the operation: of those whose requirements are met, the one with the most."""
    bucket, key = _bucket_and_key(request)
    query = _query(request)
    found = [route for route in _routes() if route.fits(request.method, bucket, key, query, request.headers)]
    return max(found, key=lambda route: len(route.query) + len(route.headers)).operation if found else request.method


def _query(request: Request) -> dict[str, str]:
    return dict(parse_qsl(request.query, keep_blank_values=True))


@functools.cache
def _routes() -> list[_Route]:
    model = service_model("s3")
    operations = (model.operation_model(name) for name in model.operation_names)
    return [_route(operation) for operation in operations if not operation.deprecated]


def _route(operation: OperationModel) -> _Route:
    path, _, literal = operation.http["requestUri"].partition("?")
    query = set(parse_qsl(literal, keep_blank_values=True))
    headers = set()
    members = operation.input_shape.members if operation.input_shape else {}
    for name in operation.input_shape.required_members if operation.input_shape else ():
        place = members[name].serialization
        if place.get("location") == "querystring":
            query.add((place["name"], ""))
        elif place.get("location") == "header":
            headers.add(place["name"].lower())
    return _Route(
        operation.name,
        operation.http["method"],
        "{Bucket}" in path,
        "{Key+}" in path,
        frozenset(query),
        frozenset(headers),
    )
