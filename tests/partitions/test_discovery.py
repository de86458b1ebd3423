"""What counts as the run's data, and what does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from partitions.discovery import MAX_REPORTED_PATHS, discover, is_data
from partitions.key_value import PartitionKey
from partitions.s3_uri import InvalidS3UriError, S3Folder

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

DT = (PartitionKey("dt"),)


def put(s3: S3Client, *keys: str, body: bytes = b"x\n") -> None:
    for key in keys:
        s3.put_object(Bucket="lake", Key=key, Body=body)


def test_counts_objects_and_bytes_per_partition(s3: S3Client) -> None:
    put(s3, "out/dt=1/a.csv", "out/dt=1/b.csv", "out/dt=2/a.csv")
    found = discover(s3, S3Folder("lake", "out/"), DT)
    assert [(each.path.values, each.location, each.objects, each.bytes) for each in found.partitions] == [
        (("1",), "s3://lake/out/dt=1/", 2, 4),
        (("2",), "s3://lake/out/dt=2/", 1, 2),
    ]
    assert (found.objects, found.bytes, found.bad_path_count, found.ignored) == (3, 6, 0, 0)


def test_a_sibling_prefix_never_mixes(s3: S3Client) -> None:
    put(s3, "out/dt=1/a.csv", "out2/dt=2/a.csv", "out-old/dt=3/a.csv", "ou/dt=4/a.csv")
    found = discover(s3, S3Folder.parse("s3://lake/out"), DT)
    assert [each.path.values for each in found.partitions] == [("1",)]


def test_what_is_never_data_is_ignored(s3: S3Client) -> None:
    put(
        s3,
        "out/_SUCCESS",
        "out/_temporary/0/dt=1/a.csv",
        "out/.hidden/dt=1/a.csv",
        "out/dt=1/_committed_1",
        "out/dt=1/.part.crc",
        "out/dt=1/_delta/b.csv",
        "out/dt=2_$folder$",
    )
    put(s3, "out/", "out/dt=3/", "out/dt=4/empty.csv", "out/nothing.csv", body=b"")
    found = discover(s3, S3Folder("lake", "out/"), DT)
    assert found.partitions == []
    assert (found.bad_path_count, found.ignored) == (0, 11)


def test_values_may_begin_with_what_hides_a_file(s3: S3Client) -> None:
    put(s3, "out/dt=_a/x.csv", "out/dt=.a/x.csv")
    assert [each.path.values for each in discover(s3, S3Folder("lake", "out/"), DT).partitions] == [(".a",), ("_a",)]


def test_the_root_may_itself_hold_a_key(s3: S3Client) -> None:
    put(s3, "run=7/dt=9/out/dt=1/a.csv")
    found = discover(s3, S3Folder("lake", "run=7/dt=9/out/"), DT)
    assert [(each.path.values, each.location) for each in found.partitions] == [
        (("1",), "s3://lake/run=7/dt=9/out/dt=1/")
    ]


@pytest.mark.parametrize("folder", ["dt=a%2Fb/", "dt=a b/", "dt=日本/", "dt=a+b/", "dt=%252F/", "dt=a&b;c/"])
def test_the_raw_location_is_kept(s3: S3Client, folder: str) -> None:
    put(s3, f"out/{folder}a.csv")
    (partition,) = discover(s3, S3Folder("lake", "out/"), DT).partitions
    assert partition.location == f"s3://lake/out/{folder}"


def test_bad_paths_name_the_object(s3: S3Client) -> None:
    put(s3, "out/a.csv", "out/dt=1/a.csv", "out/dt=1/sub/a.csv", "out/dt=/b.csv", "out//dt=1/a.csv")
    put(s3, "out/dt=1/folder_with_bytes/")
    found = discover(s3, S3Folder("lake", "out/"), DT)
    assert [each.path.values for each in found.partitions] == [("1",)]
    assert found.bad_path_count == len(found.bad_paths) == 5
    named = {report.partition(": ")[0] for report in found.bad_paths}
    assert named == {
        "s3://lake/out/a.csv",
        "s3://lake/out/dt=1/sub/a.csv",
        "s3://lake/out/dt=/b.csv",
        "s3://lake/out//dt=1/a.csv",
        "s3://lake/out/dt=1/folder_with_bytes/",
    }


def test_reports_of_bad_paths_are_bounded(s3: S3Client) -> None:
    put(s3, *(f"out/{number}.csv" for number in range(MAX_REPORTED_PATHS + 5)))
    found = discover(s3, S3Folder("lake", "out/"), DT)
    assert (len(found.bad_paths), found.bad_path_count) == (MAX_REPORTED_PATHS, MAX_REPORTED_PATHS + 5)


@pytest.mark.parametrize(
    ("key", "folders"),
    [
        (PartitionKey("k"), ("k=a%3Ab/", "k=a:b/")),
        (PartitionKey("k"), ("k=a%2Fb/", "k=a%2fb/")),
        (PartitionKey("k", "int"), ("k=01/", "k=1/")),
    ],
)
def test_two_spellings_of_one_partition_are_refused(s3: S3Client, key: PartitionKey, folders: tuple[str, str]) -> None:
    put(s3, *(f"out/{folder}a.csv" for folder in folders))
    found = discover(s3, S3Folder("lake", "out/"), (key,))
    assert [each.path.folder for each in found.partitions] == [folders[0]]
    (report,) = found.bad_paths
    assert f"s3://lake/out/{folders[1]}" in report
    assert f"s3://lake/out/{folders[0]}" in report


def test_a_listing_of_several_pages(s3: S3Client) -> None:
    put(s3, *(f"out/dt={number // 3:04d}/{number}.csv" for number in range(1100)))
    found = discover(s3, S3Folder("lake", "out/"), DT)
    assert (len(found.partitions), found.objects) == (367, 1100)


@pytest.mark.parametrize(
    "uri", ["", "lake/out/", "s3://lake", "s3://lake/", "s3:///out/", "s3://Lake_/out/", "s3://lake//"]
)
def test_a_uri_that_is_no_folder_is_refused(uri: str) -> None:
    with pytest.raises(InvalidS3UriError) as caught:
        S3Folder.parse(uri)
    assert repr(uri) in str(caught.value)


def test_a_value_that_ends_like_a_folder_marker_is_a_value() -> None:
    assert is_data("k=a_$folder$/a.csv", 1)
    assert not is_data("k=a_$folder$", 1)
