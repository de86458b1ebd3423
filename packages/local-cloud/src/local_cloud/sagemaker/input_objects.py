"""The objects of a processing job's input, and each host's share of them.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingS3Input.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from local_cloud.object_store import find_object, list_objects, split_uri
from local_cloud.undocumented import chosen

if TYPE_CHECKING:
    from local_cloud.object_store import StoredObject


class DownloadError(Exception):
    """An input that does not exist or cannot be downloaded."""


def input_objects(entry: dict[str, Any]) -> list[tuple[str, StoredObject]]:
    """Return the objects of an input, each with its path in the input's folder.

    Raises
    ------
    DownloadError
        If there are none, or an object in a manifest is missing.
    """
    if entry["S3Input"].get("S3DataType") == "ManifestFile":
        return _objects_of_manifest(entry)
    return _objects_of_prefix(entry)


def shard(objects: list[tuple[str, StoredObject]], host_index: int, host_count: int) -> list[tuple[str, StoredObject]]:
    """Return a host's share of an input with ``ShardedByS3Key``: of n hosts, each has every n-th object by key.

    AWS does not document the distribution, so scripts must not depend on it. With fewer objects than hosts, some have none.
    """
    return sorted(objects, key=lambda item: item[1].key.encode())[host_index::host_count]


def _objects_of_prefix(entry: dict[str, Any]) -> list[tuple[str, StoredObject]]:
    """Return the objects with a prefix. The path is the key's last part if the key is the prefix, else the key relative to the folder."""
    bucket, prefix = split_uri(entry["S3Input"]["S3Uri"])
    folder = prefix if prefix.endswith("/") or not prefix else f"{prefix}/"
    found = [item for item in list_objects(bucket, prefix) if item.key == prefix or item.key.startswith(folder)]
    if not found:
        raise _not_found(entry, entry["S3Input"]["S3Uri"])
    return [
        (item.key.rpartition("/")[2] if item.key == prefix else item.key.removeprefix(folder), item)
        for item in found
        if not item.key.endswith("/")  # consoles create an empty object for a folder
    ]


def _objects_of_manifest(entry: dict[str, Any]) -> list[tuple[str, StoredObject]]:
    """Return the objects in ``[{"prefix": "s3://…"}, "key", …]``; ``undocumented`` sets whether paths include the prefix's key.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3DataSource.html
    """
    uri = entry["S3Input"]["S3Uri"]
    manifest = find_object(*split_uri(uri))
    if manifest is None:
        raise _not_found(entry, uri)
    try:
        document = json.loads(manifest.read())
    except (ValueError, RecursionError) as error:
        raise _bad_manifest(entry, str(error)) from error
    if not (isinstance(document, list) and document and isinstance(document[0], dict)):
        raise _bad_manifest(entry, "it is not an array whose first element is an object with a prefix")
    prefix, relatives = document[0].get("prefix"), document[1:]
    if not (isinstance(prefix, str) and prefix.startswith("s3://")):
        raise _bad_manifest(entry, f"its prefix {prefix!r} is not an S3 URI")
    if not relatives or not all(isinstance(relative, str) for relative in relatives):
        raise _bad_manifest(entry, "it has no keys after its prefix")
    objects = []
    for relative in dict.fromkeys(relatives):
        item = find_object(*split_uri(f"{prefix}{relative}"))
        if item is None:
            raise _not_found(entry, f"{prefix}{relative}")
        objects.append((item.key if chosen("manifest_files") == "whole_key" else relative, item))
    return objects


def _not_found(entry: dict[str, Any], uri: str) -> DownloadError:
    return DownloadError(
        f"ClientError: Data download failed: No S3 objects found under S3 URL {uri!r} given in input {entry['InputName']!r}"
    )


def _bad_manifest(entry: dict[str, Any], why: str) -> DownloadError:
    return DownloadError(
        f"ClientError: Data download failed: the manifest {entry['S3Input']['S3Uri']!r} given in input {entry['InputName']!r} "
        f"cannot be read: {why}"
    )
