"""The content and the responses of S3 and the Data Catalog: only the operations that registering calls.

moto's own time for a call (200 ms for a listing of 1,000 keys, 6 ms for a put) would exceed that of every measured client,
and hide it. A test checks that these answers equal moto's; each is computed from the stored content.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right, insort
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

PAGE = 1000
CREATE_BATCH, GET_BATCH = 100, 1000
_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Object:
    body: bytes
    etag: str
    last_modified: datetime


class Bucket:
    """The objects of the bucket."""

    def __init__(self) -> None:
        self._objects: dict[str, _Object] = {}
        self._keys: list[str] = []  # sorted, as S3 lists them

    def fill(self, keys: list[str], body: bytes) -> None:
        """Store objects with the same content, in one step."""
        stored = _store(body)
        self._objects |= dict.fromkeys(keys, stored)
        self._keys = sorted(self._objects)

    def keys(self) -> list[str]:
        """Return all keys, sorted."""
        return self._keys

    def list_objects(self, query: dict[str, str]) -> Answer:
        """Return the answer to ListObjectsV2."""
        prefix, after = query.get("prefix", ""), query.get("continuation-token", "")
        start = bisect_right(self._keys, after or prefix[:-1])
        keys = [key for key in self._keys[start : start + PAGE + 1] if key.startswith(prefix)]
        page = keys[:PAGE]
        token = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if len(keys) > PAGE else ""
        contents = "".join(
            f"<Contents><Key>{quote(key)}</Key><LastModified>{stored.last_modified:%Y-%m-%dT%H:%M:%S.000Z}</LastModified>"
            f"<ETag>{escape(stored.etag)}</ETag><Size>{len(stored.body)}</Size><StorageClass>STANDARD</StorageClass></Contents>"
            for key, stored in ((key, self._objects[key]) for key in page)
        )
        body = (
            f'<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="{_NAMESPACE}"><Name>lake</Name>'
            f"<Prefix>{quote(prefix)}</Prefix><KeyCount>{len(page)}</KeyCount><MaxKeys>{PAGE}</MaxKeys>"
            f"<EncodingType>url</EncodingType><IsTruncated>{'true' if token else 'false'}</IsTruncated>"
            f"{token}{contents}</ListBucketResult>"
        )
        return Answer(200, body.encode(), {"Content-Type": "application/xml"})

    def get(self, key: str, byte_range: str) -> Answer:
        """Return the answer to GetObject, for the whole object or a range of bytes."""
        stored = self._objects.get(key)
        if stored is None:
            return _refusal(404, "NoSuchKey")
        headers = {"ETag": stored.etag, "Last-Modified": f"{stored.last_modified:%a, %d %b %Y %H:%M:%S GMT}"}
        if not byte_range:
            return Answer(200, stored.body, headers)
        first, _, last = byte_range.removeprefix("bytes=").partition("-")
        start = int(first) if first else max(0, len(stored.body) - int(last))
        end = min(int(last) + 1 if first and last else len(stored.body), len(stored.body))
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(stored.body)}"
        return Answer(206, stored.body[start:end], headers)

    def put(self, key: str, body: bytes, headers: dict[str, str]) -> Answer:
        """Return the answer to PutObject, after storing the object if its condition holds."""
        stored = self._objects.get(key)
        if refused := _unmet(stored, headers):
            return refused
        if stored is None:
            insort(self._keys, key)
        new = self._objects[key] = _store(body)
        return Answer(200, headers={"ETag": new.etag})

    def delete(self, key: str, headers: dict[str, str]) -> Answer:
        """Return the answer to DeleteObject, after deleting the object if its condition holds."""
        stored = self._objects.get(key)
        if refused := _unmet(stored, headers):
            return refused
        if stored is not None:
            del self._objects[key]
            self._keys.remove(key)
        return Answer(204)


class Catalog:
    """The table of the Data Catalog, and its partitions."""

    def __init__(self, table: dict[str, Any]) -> None:
        self.table = table
        self.partitions: dict[tuple[str, ...], dict[str, Any]] = {}

    def fill(self, inputs: list[dict[str, Any]]) -> None:
        """Store partitions, in one step."""
        self.partitions |= {tuple(entry["Values"]): entry for entry in inputs}

    def call(self, operation: str, request: dict[str, Any]) -> Answer:
        """Return the answer to one of the operations."""
        match operation:
            case "GetTable":
                return _json(200, {"Table": self.table})
            case "GetPartitions":
                # Glue sorts partitions by their values; insertion order is enough for clients that read only the first page.
                some = list(self.partitions.values())[: request.get("MaxResults", GET_BATCH)]
                return _json(200, {"Partitions": some})
            case "CreatePartition":
                return self._create_one(request["PartitionInput"])
            case "BatchCreatePartition" if len(request["PartitionInputList"]) <= CREATE_BATCH:
                return _json(200, {"Errors": self._create(request["PartitionInputList"])})
            case "BatchUpdatePartition" if len(request["Entries"]) <= CREATE_BATCH:
                return _json(200, {"Errors": self._update(request["Entries"])})
            case "BatchGetPartition" if len(request["PartitionsToGet"]) <= GET_BATCH:
                wanted = (tuple(key["Values"]) for key in request["PartitionsToGet"])
                found = [self.partitions[values] for values in wanted if values in self.partitions]
                return _json(200, {"Partitions": found, "UnprocessedKeys": []})
        return _json(400, {"__type": "InvalidInputException", "Message": f"{operation} is unknown here, or too large"})

    def _create_one(self, entry: dict[str, Any]) -> Answer:
        errors = self._create([entry])
        return _json(400, {"__type": errors[0]["ErrorDetail"]["ErrorCode"]}) if errors else _json(200, {})

    def _create(self, inputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        taken = []
        for entry in inputs:
            values = tuple(entry["Values"])
            if values in self.partitions:
                taken.append(_item("PartitionValues", values, "AlreadyExistsException"))
            else:
                self.partitions[values] = entry
        return taken

    def _update(self, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        missing = []
        for entry in entries:
            values = tuple(entry["PartitionValueList"])
            if values in self.partitions:
                self.partitions[values] = entry["PartitionInput"]
            else:
                missing.append(_item("PartitionValueList", values, "EntityNotFoundException"))
        return missing


def _store(body: bytes) -> _Object:
    return _Object(body, f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"', datetime.now(UTC))


def _unmet(stored: _Object | None, headers: dict[str, str]) -> Answer | None:
    """Return an error if the condition of a write does not hold, else None."""
    if stored is not None and headers.get("if-none-match") == "*":
        return _refusal(412, "PreconditionFailed")
    if (wanted := headers.get("if-match")) is None:
        return None
    if stored is None:
        return _refusal(404, "NoSuchKey")
    return None if stored.etag.strip('"') == wanted.strip('"') else _refusal(412, "PreconditionFailed")


def _refusal(status: int, code: str) -> Answer:
    return Answer(status, f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode())


def _item(name: str, values: tuple[str, ...], code: str) -> dict[str, Any]:
    return {name: list(values), "ErrorDetail": {"ErrorCode": code}}


def _json(status: int, document: dict[str, Any]) -> Answer:
    return Answer(status, json.dumps(document).encode(), {"Content-Type": "application/x-amz-json-1.1"})
