"""S3 Select of Parquet is refused by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable


def test_parquet_is_refused_by_name(aws: Callable[[str], Any], name: str) -> None:
    s3 = aws("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})
    s3.put_object(Bucket=name, Key="x.parquet", Body=b"PAR1\x15\x04\xffPAR1")
    with pytest.raises(ClientError, match="s3:SelectObjectContent is not supported by the local cloud") as refused:
        s3.select_object_content(
            Bucket=name,
            Key="x.parquet",
            Expression="SELECT * FROM s3object",
            ExpressionType="SQL",
            InputSerialization={"Parquet": {}},
            OutputSerialization={"JSON": {}},
        )
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
