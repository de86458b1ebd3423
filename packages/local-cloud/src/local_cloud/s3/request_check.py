"""Checks of S3 requests by the model: the numbers and the choices in the query and the headers, and the root of an XML body.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
"""

from __future__ import annotations

import functools
import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote
from xml.parsers.expat import ExpatError

import xmltodict  # type: ignore[import-untyped]  # moto depends on it; no type information is published

from local_cloud.request_validation import read_request, service_model
from local_cloud.s3.documents import has_shape
from local_cloud.s3.subresources import refusal_of_subresources

if TYPE_CHECKING:
    from collections.abc import Iterator
    from wsgiref.types import WSGIEnvironment

    from botocore.model import Shape

_NUMBER = re.compile(r"\d{1,10}")
_INTEGERS = ("integer", "long")
_LARGEST_NUMBER = 2**31 - 1
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
_MOST_PARTS = 10_000
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html: several ranges are not supported.
_RANGE = re.compile(r"bytes=(\d+-\d*|-\d+)")
_COPY_SOURCE = re.compile(r"/?(?:[^/]+/.+|arn:.+)", re.DOTALL)
# AWS ignores such a condition if it is not a date: https://www.rfc-editor.org/rfc/rfc9110#name-if-modified-since
_DATES = ("HTTP_IF_MODIFIED_SINCE", "HTTP_IF_UNMODIFIED_SINCE")
# The length is checked where the body is read. S3 takes the names of checksums in any case: `expected_content` checks them.
_OTHERS = {
    "Content-Length",
    "x-amz-checksum-algorithm",
    "x-amz-checksum-mode",
    "x-amz-checksum-type",
    "x-amz-sdk-checksum-algorithm",
}
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
_WRITES = {"PutObject", "CompleteMultipartUpload"}
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl
_MORE_CHOICES = {"x-amz-acl": ("log-delivery-write",)}
MALFORMED_XML = "The XML you provided was not well-formed or did not validate against our published schema"


class InvalidS3RequestError(ValueError):
    """A request that S3 refuses; the code, the status and the further elements of the answer are S3's."""

    def __init__(
        self, code: str, message: str, status: str = "400 Bad Request", details: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.code, self.status, self.details = code, status, details or {}


def check_head(operation: str, environ: WSGIEnvironment) -> None:
    """Check the query and the headers of a request of an operation of the model. Conditions on a time that is not one are removed.

    Raises
    ------
    InvalidS3RequestError
        If S3 would refuse it.
    """
    for name in _DATES:
        if name in environ and not _is_date(str(environ[name])):
            del environ[name]
    query = dict(parse_qsl(str(environ.get("QUERY_STRING", "")), keep_blank_values=True))
    for place, name, member in _members(operation):
        value = query.get(name) if place == "querystring" else environ.get(f"HTTP_{name.upper().replace('-', '_')}")
        if value or (value is not None and place == "querystring" and member.type_name in _INTEGERS):
            _check_value(name, str(value), member)
    if operation in _WRITES and (environ.get("HTTP_IF_NONE_MATCH", "*") != "*" or environ.get("HTTP_IF_MATCH") == "*"):
        # S3 has the first condition for any object, and the second for one with an ETag.
        raise NotImplementedError
    _check_range(operation, environ)
    if any(name.startswith("response-") and not text.isprintable() for name, text in query.items()):
        raise InvalidS3RequestError("InvalidArgument", "Header values cannot have control characters")
    if refusal := refusal_of_subresources(operation, query):
        raise InvalidS3RequestError(*refusal)
    source = environ.get("HTTP_X_AMZ_COPY_SOURCE")
    if source is not None and not _COPY_SOURCE.fullmatch(unquote(str(source))):
        raise InvalidS3RequestError(
            "InvalidArgument", "Copy Source must mention the source bucket and key: sourcebucket/sourcekey"
        )


def _check_range(operation: str, environ: WSGIEnvironment) -> None:
    """Remove a range that is not one, or of a request that has none: HTTP has it ignored, and moto reads it for all requests."""
    if "HTTP_RANGE" in environ and not (
        operation in {"GetObject", "HeadObject"} and _RANGE.fullmatch(str(environ["HTTP_RANGE"]))
    ):
        del environ["HTTP_RANGE"]


def _check_value(name: str, value: str, member: Shape) -> None:
    if member.type_name in _INTEGERS and not (_NUMBER.fullmatch(value) and int(value) <= _LARGEST_NUMBER):
        raise InvalidS3RequestError("InvalidArgument", f"Provided {name} not an integer or within integer range")
    if name == "partNumber" and not 1 <= int(value) <= _MOST_PARTS:
        raise InvalidS3RequestError(
            "InvalidArgument", f"Part number must be an integer between 1 and {_MOST_PARTS}, inclusive"
        )
    choices = [*getattr(member, "enum", []), *_MORE_CHOICES.get(name, ())]
    if choices and value not in choices:
        raise InvalidS3RequestError("InvalidArgument", f"{name} is {value!r}, and must be one of {', '.join(choices)}")


def check_document(operation: str, environ: WSGIEnvironment) -> None:
    """Check the body of a request of an operation of the model, if it is XML.

    Raises
    ------
    InvalidS3RequestError
        If S3 would refuse it.
    """
    if (expected := _root(operation)) is None:
        return
    root, is_required = expected
    body = read_request(environ).body
    if not body:
        if is_required:
            raise InvalidS3RequestError("MissingRequestBodyError", "Request Body is empty")
        return
    try:
        document: dict[str, Any] = xmltodict.parse(body)
    except (ExpatError, ValueError, LookupError) as error:  # ValueError: entities; LookupError: encodings
        raise InvalidS3RequestError("MalformedXML", MALFORMED_XML) from error
    if next(iter(document)).rpartition(":")[2] != root:
        raise InvalidS3RequestError("MalformedXML", MALFORMED_XML)
    content = document.popitem()[1]
    if not content or not has_shape(content, _payload(operation)):
        raise InvalidS3RequestError("MalformedXML", MALFORMED_XML)


def _is_date(text: str) -> bool:
    try:
        parsedate_to_datetime(text)
    except ValueError:
        return False
    return True


@functools.cache
def _members(operation: str) -> list[tuple[str, str, Shape]]:
    """Return where a request has the numbers and the choices of an operation."""
    return [
        (member.serialization["location"], member.serialization["name"], member)
        for member in _input_members(operation)
        if member.serialization.get("location") in ("querystring", "header")
        and (member.type_name in _INTEGERS or getattr(member, "enum", []))
        and member.serialization["name"] not in _OTHERS
    ]


def _input_members(operation: str) -> Iterator[Shape]:
    shape = service_model("s3").operation_model(operation).input_shape
    yield from shape.members.values() if shape else ()


def _payload(operation: str) -> Shape:
    shape: Any = service_model("s3").operation_model(operation).input_shape
    member: Shape = shape.members[shape.serialization["payload"]]
    return member


@functools.cache
def _root(operation: str) -> tuple[str, bool] | None:
    """Return the name of the root of an operation's body, and whether it needs one; None for a body that is not XML."""
    shape = service_model("s3").operation_model(operation).input_shape
    name = shape.serialization.get("payload") if shape else None
    if not shape or not name or shape.members[name].type_name != "structure":
        return None
    return str(shape.members[name].serialization.get("name", name)), name in shape.required_members
