"""The object in S3 that Athena writes a query's rows to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from partitioned_pipelines.lake.s3_uri import split_s3_uri

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_s3 import S3Client

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class ResultObject:
    """A result's object; who may read the result by Athena may read it: GetQueryResults asks for the same right.

    https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryResults.html
    """

    s3: S3Client
    uri: str

    def chunks(self) -> Iterator[bytes]:
        """Yield the content, piece by piece."""
        bucket, key = split_s3_uri(self.uri)
        body = self.s3.get_object(Bucket=bucket, Key=key)["Body"]
        try:
            yield from body.iter_chunks(_CHUNK_BYTES)
        finally:
            body.close()

    def download(self, file: IO[bytes], report: Callable[[int], None]) -> None:
        """Write the content to a file, in parallel if it is large; ``report`` is called with the bytes of each piece."""
        bucket, key = split_s3_uri(self.uri)
        self.s3.download_fileobj(bucket, key, file, Callback=report)
