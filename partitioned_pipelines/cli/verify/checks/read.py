"""A table's live files as the input of two hosts: each file arrives at one of them, under its path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.cli.verify.checks.failures import RETRIED_LINES
from partitioned_pipelines.cli.verify.checks.runs import LINES
from partitioned_pipelines.cli.verify.scene import demand
from partitioned_pipelines.cli.verify.verification import Check, Seen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from partitioned_pipelines.cli.verify.scene import Scene

_DAY = "2026-01-05"


def _read(scene: Scene) -> Iterator[Seen]:
    scene.put_raw(scene.names.reading_pipeline, _DAY, "go on")
    history = scene.start(scene.names.reading_pipeline, {"date": _DAY})
    status = scene.finish(history)
    demand(status == "SUCCEEDED", f"the run ended as {status}: {history.why}")
    rows = scene.query(f"SELECT host, file, rows FROM files WHERE dt = '{_DAY}'")  # noqa: S608  # a constant
    found = [(host or "", file or "", int(read or 0)) for host, file, read in rows]
    paths = sorted(file for _, file, _ in found)
    live = _live_files(scene)
    depth = _depth(set(paths), live, _location(scene))
    yield Seen("A15", depth is not None, f"the files lie {depth or 'elsewhere'}: {paths}")
    shares = {host: sum(1 for one, _, _ in found if one == host) for host, _, _ in found}
    yield Seen("A16", len(paths) == len(set(paths)) == len(live) and len(shares) == 2, f"files by host: {shares}")
    yield Seen("A17", all(host.startswith("algo-") for host in shares), f"{sorted(shares)}")
    counted = sum(count for _, _, count in found)
    expected = len(LINES) + len(RETRIED_LINES)
    demand(counted == expected, f"the hosts read {counted} rows, and not {expected}")


def _depth(paths: set[str], live: list[str], location: str) -> str | None:
    """Return how deep below the input's folder the files are; None if one is missing or outside its ``key=value`` folders."""
    key = location.removeprefix("s3://").partition("/")[2].rstrip("/")
    if paths == set(live):
        return "by what follows the manifest's prefix"
    if paths == {f"{key}/{path}" for path in live}:
        return "by their whole keys"
    partitioned = {path[path.index("/dt=") :] for path in live}
    found = {path[path.index("/dt=") :] for path in paths if "/dt=" in path}
    return "at another depth" if found == partitioned and len(paths) == len(live) else None


def _location(scene: Scene) -> str:
    described = scene.cloud.glue.get_table(DatabaseName=scene.names.database, Name="lines")["Table"]
    return described["StorageDescriptor"]["Location"]


def _live_files(scene: Scene) -> list[str]:
    """Return the files that partitions point to, relative to the table's location."""
    location = _location(scene)
    partitions = scene.cloud.glue.get_partitions(DatabaseName=scene.names.database, TableName="lines")["Partitions"]
    bucket = f"s3://{scene.bucket}/"
    return sorted(
        f"{bucket}{entry['Key']}".removeprefix(location).lstrip("/")
        for partition in partitions
        for entry in scene.cloud.s3.list_objects_v2(
            Bucket=scene.bucket, Prefix=partition["StorageDescriptor"]["Location"].removeprefix(bucket)
        ).get("Contents", [])
    )


READ = Check(
    "read", "two hosts share the table's live files", _read, ("A15", "A16", "A17"), needs=("rollback", "retry", "fail")
)
