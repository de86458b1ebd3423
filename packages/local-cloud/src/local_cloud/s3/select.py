"""S3 Select, which moto has for text only."""

from __future__ import annotations

from typing import Any

from moto.s3.exceptions import MalformedXML
from moto.s3.models import S3Backend

from local_cloud.patching import original_of, replace

_TEXT = {"CSV", "JSON"}


def install() -> None:
    """Replace moto's S3 Select."""
    # moto: S3's SelectObjectContent fails internally for Parquet, and without a format; not reported yet: both should be refused.
    replace(S3Backend, "select_object_content", _select_object_content)


def _select_object_content(
    self: S3Backend,
    bucket_name: str,
    key_name: str,
    select_query: str,
    input_details: dict[str, Any] | None,
    output_details: dict[str, Any] | None,
) -> tuple[list[bytes], int]:
    if not input_details or not output_details:  # an element without content
        raise MalformedXML
    if _TEXT.isdisjoint(input_details):
        raise NotImplementedError
    answer: tuple[list[bytes], int] = original_of(S3Backend, "select_object_content")(
        self, bucket_name, key_name, select_query, input_details, output_details
    )
    return answer
