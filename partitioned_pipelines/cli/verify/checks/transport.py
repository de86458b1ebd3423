"""A request to the bucket without TLS, which its policy must deny."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from partitioned_pipelines.cli.verify.outcome import Check, Seen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from partitioned_pipelines.cli.verify.scene import Scene


def _transport(scene: Scene) -> Iterator[Seen]:
    plain = scene.cloud.session.client("s3", use_ssl=False)
    try:
        plain.list_objects_v2(Bucket=scene.bucket, MaxKeys=1)
    except ClientError as error:
        code = error.response["Error"].get("Code")
        yield Seen("A29", code == "AccessDenied", f"plain HTTP is answered {code}")
        return
    yield Seen("A29", held=False, what="plain HTTP was answered")


CHECK = Check("transport", "the bucket is asked over plain HTTP", _transport, ("A29",), aws_only=("A29",))
