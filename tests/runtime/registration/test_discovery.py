"""Tests of which objects count as a run's data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.lake.partitions.catalog_rules import check_catalog_takes
from partitioned_pipelines.lake.partitions.hive_path import InvalidPartitionPathError, build_partition_path
from partitioned_pipelines.lake.partitions.ignored_objects import is_data
from partitioned_pipelines.lake.partitions.key_value import PartitionKey
from partitioned_pipelines.lake.s3_uri import InvalidS3UriError, S3Folder
from partitioned_pipelines.runtime.registration.discovery import MAX_RECORDED_PATHS, discover

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
    assert (found.objects, found.bytes, found.bad_path_count, str(found.ignored)) == (3, 6, 0, "")


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
    assert found.bad_path_count == 0
    assert found.ignored.counts == {"hidden": 5, "empty": 2, "marker": 4}


def test_what_was_there_before_the_run_is_not_counted_as_ignored(s3: S3Client) -> None:
    put(s3, "out/dt=1/_old")
    found = discover(s3, S3Folder("lake", "out/"), DT, datetime.now(UTC) + timedelta(hours=1))
    assert not str(found.ignored)


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
    assert found.partitions == [], "engines read a partition's folders recursively"
    assert [each.path.values for each in found.refused_partitions] == [("1",)]
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
    put(s3, *(f"out/{number}.csv" for number in range(MAX_RECORDED_PATHS + 5)))
    found = discover(s3, S3Folder("lake", "out/"), DT)
    assert (len(found.bad_paths), found.bad_path_count) == (MAX_RECORDED_PATHS, MAX_RECORDED_PATHS + 5)


@pytest.mark.parametrize(
    "below", ["sub/a.csv", "hour=1/a.csv", "/a.csv", "a/b/c.csv", "folder_with_bytes/"], ids=lambda text: text
)
def test_a_partition_with_a_bad_path_in_it_is_not_a_good_one(s3: S3Client, below: str) -> None:
    put(s3, "out/dt=1/a.csv", f"out/dt=1/{below}", "out/dt=11/a.csv", "out/dt=2/a.csv")
    found = discover(s3, S3Folder("lake", "out/"), DT)
    assert [each.path.values for each in found.partitions] == [("11",), ("2",)]
    assert [each.path.values for each in found.refused_partitions] == [("1",)]
    assert {item.key for item in found.sample.items} == {"out/dt=11/a.csv", "out/dt=2/a.csv"}, "not audited either"
    (report,) = found.bad_paths
    assert report.startswith(f"s3://lake/out/dt=1/{below}: ")


REFUSED = ["\x01", "\x08", "\x0b", "\x0c", "\x1f", "\ufffe", "\uffff"]


@pytest.mark.parametrize(
    ("character", "value"),
    [
        *((character, character) for character in REFUSED),
        *((character, f"%{ord(character):02X}") for character in REFUSED if character.isascii()),
    ],
    ids=ascii,
)
def test_a_character_that_glue_refuses_is_found_by_the_objects_key(s3: S3Client, character: str, value: str) -> None:
    put(s3, "out/dt=1/a.csv", f"out/dt=a{value}b/a.csv")
    found = discover(s3, S3Folder("lake", "out/"), DT)
    assert [each.path.values for each in found.partitions] == [("1",)]
    (report,) = found.bad_paths
    assert report.startswith(f"s3://lake/out/dt=a{value}b/a.csv: dt={f'a{character}b'!r} contains the ")
    assert f"U+{ord(character):04X}" in report


@pytest.mark.parametrize(
    "character", ["\t", "\n", "\r", "\x7f", "\x80", "\ud7ff", "\ue000", "\ufffd", "\U00010000", "\U0010ffff"], ids=ascii
)
def test_what_glues_pattern_takes_is_a_value(s3: S3Client, character: str) -> None:
    put(s3, f"out/dt=a{character}b/a.csv")
    (partition,) = discover(s3, S3Folder("lake", "out/"), DT).partitions
    assert partition.path.values == (f"a{character}b",)


def test_a_location_that_is_too_long_is_refused() -> None:
    keys = tuple(PartitionKey(name) for name in "abc")
    path = build_partition_path(["/" * 210] * 3, keys)
    check_catalog_takes(path, keys)
    with pytest.raises(InvalidPartitionPathError, match="the location has"):
        check_catalog_takes(path, keys, S3Folder("lake", "x" * 200 + "/"))


def test_a_value_is_measured_in_bytes() -> None:
    path = build_partition_path(["日" * 342], DT)
    with pytest.raises(InvalidPartitionPathError, match="1,026 bytes"):
        check_catalog_takes(path, DT)


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
    assert found.partitions == [], "which of them is meant?"
    assert {each.path.folder for each in found.refused_partitions} == set(folders)
    for report, (one, other) in zip(found.bad_paths, (folders, folders[::-1]), strict=True):
        assert report.startswith(f"s3://lake/out/{one}: ")
        assert f"s3://lake/out/{other}" in report


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
