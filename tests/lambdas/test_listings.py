"""Tests that keys of a listing are returned unchanged with any characters: S3 encodes them, because XML cannot represent every character."""

from __future__ import annotations

import pytest

from lambdas.register_partitions.clients import build_clients

AWKWARD = [
    "t/dt=2021-12-15/a.csv",
    "t/k=a b/+&<>\"'.csv",
    "t/k=a+b/%2B.csv",
    "t/k=%20%2F/=:;?#[]@!$()*,.csv",
    "t/k=特徴量/が.csv",  # NFD
    "t/k=\u0001\t\n\r/x",
    "t/k=\ufffe\uffff/😀",
    "t/empty/",
    "t/]]>&amp;",
    f"t/k={'x' * 1018}/",  # 1,024 bytes, which is what S3 takes
]


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("page_size", [2, 1000])
def test_a_key_comes_back_as_it_is(page_size: int) -> None:
    s3, _ = build_clients()
    s3.create_bucket(Bucket="lake")
    for number, key in enumerate(AWKWARD):
        s3.put_object(Bucket="lake", Key=key, Body=b"x" * number)
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket="lake", Prefix="t/", PaginationConfig={"PageSize": page_size}
    )
    listed = {item["Key"]: item["Size"] for page in pages for item in page["Contents"]}
    assert listed == {key: number for number, key in enumerate(AWKWARD)}
