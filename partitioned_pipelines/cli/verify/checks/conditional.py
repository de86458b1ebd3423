"""S3's conditional requests, which leases, claims and sweeps rest on, and its listings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from partitioned_pipelines.cli.verify.outcome import Check, Seen
from partitioned_pipelines.lake.key_layout import LOCKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from partitioned_pipelines.cli.verify.scene import Scene

_PREFIX = f"{LOCKS}verify/"


def _conditional(scene: Scene) -> Iterator[Seen]:
    s3, bucket, key = scene.cloud.s3, scene.bucket, f"{_PREFIX}object"
    first = s3.put_object(Bucket=bucket, Key=key, Body=b"first", IfNoneMatch="*")["ETag"]
    answer = _code(lambda: s3.put_object(Bucket=bucket, Key=key, Body=b"second", IfNoneMatch="*"))
    yield Seen("A23", answer == "PreconditionFailed", f"a second put is answered {answer}")
    second = s3.put_object(Bucket=bucket, Key=key, Body=b"second", IfMatch=first)["ETag"]
    answer = _code(lambda: s3.put_object(Bucket=bucket, Key=key, Body=b"third", IfMatch=first))
    gone = _code(lambda: s3.put_object(Bucket=bucket, Key=f"{_PREFIX}nothing", Body=b"", IfMatch=first))
    held = answer == "PreconditionFailed" and gone in {"NoSuchKey", "PreconditionFailed"}
    yield Seen("A24", held, f"an old ETag is answered {answer}, an object that is not there {gone}")
    answer = _code(lambda: s3.delete_object(Bucket=bucket, Key=key, IfMatch=first))
    errors = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key, "ETag": first}]}).get("Errors", [])
    codes = [error.get("Code") for error in errors]
    there = _keys(scene) == [key]
    ended = _code(lambda: s3.delete_object(Bucket=bucket, Key=key, IfMatch=second))
    held = (
        answer == "PreconditionFailed"
        and codes == ["PreconditionFailed"]
        and there
        and ended == ""
        and not _keys(scene)
    )
    yield Seen(
        "A25", held, f"deleting by an old ETag is answered {answer}, of several {codes}; by its own {ended or 'done'}"
    )
    yield _listing(scene)


def _listing(scene: Scene) -> Seen:
    """Look right after each write: no one look proves it, and one that fails disproves it."""
    names = [f"{_PREFIX}{number:02d}" for number in range(20)]
    for count, name in enumerate(names, 1):
        scene.cloud.s3.put_object(Bucket=scene.bucket, Key=name, Body=b"")
        if (found := _keys(scene)) != names[:count]:
            return Seen("A26", held=False, what=f"after {count} objects a listing showed {len(found)}")
    return Seen("A26", held=True, what=f"{len(names)} listings, each right after a write")


def _keys(scene: Scene) -> list[str]:
    listed = scene.cloud.s3.list_objects_v2(Bucket=scene.bucket, Prefix=_PREFIX).get("Contents", [])
    return [entry["Key"] for entry in listed]


def _code(call: Callable[[], object]) -> str:
    """Return the code of the error that a call is answered with; empty if it is none."""
    try:
        call()
    except ClientError as error:
        return str(error.response["Error"].get("Code"))
    return ""


CHECK = Check("conditional", "conditional requests and listings of S3", _conditional, ("A23", "A24", "A25", "A26"))
