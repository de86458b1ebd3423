"""The seconds that the local Athena takes to count the rows of a text file, compared with DuckDB's own reading of the same file.

    python benchmarks/text_reading.py [--megabytes 100 200 1000]

Each measurement is a separate process, and its first query. The local Athena's is a query from start to end, on an object that no query has
read before. The memory is the peak of the process while the query runs. The limit of 3 times DuckDB's own seconds is for 1 GB of JSON.
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import boto3
import duckdb

from local_cloud.server import LocalCloud
from local_cloud.settings import Settings

_LAZY_SIMPLE = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
_OPEN_CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
_OPENX_JSON = "org.openx.data.jsonserde.JsonSerDe"
_HCATALOG_JSON = "org.apache.hive.hcatalog.data.JsonSerDe"
KINDS = {
    "LazySimpleSerDe": (_LAZY_SIMPLE, "csv", "read_csv"),
    "LazySimpleSerDe, gzip": (_LAZY_SIMPLE, "csv.gz", "read_csv"),
    "LazySimpleSerDe, rows of 4 bytes": (_LAZY_SIMPLE, "short.csv", "read_csv"),
    "OpenCSVSerde": (_OPEN_CSV, "csv", "read_csv"),
    "JSON, OpenX": (_OPENX_JSON, "json", "read_json"),
    "JSON, Hive": (_HCATALOG_JSON, "json", "read_json"),
}
_COLUMNS = {"id": "bigint", "name": "string", "ratio": "double", "at": "string", "flag": "boolean"}
_ROW = "i AS id, 'name-' || i AS name, i * 0.5 AS ratio, '2024-01-02 03:04:05' AS at, i % 7 = 0 AS flag"
_LIMIT = 3.0  # times DuckDB's own reading
_BYTES = {"csv": 56, "json": 86}  # per row, approximately


def write(folder: Path, megabytes: int) -> None:
    """Write the files."""
    for kind, options in (("csv", "(FORMAT csv, HEADER false)"), ("json", "(FORMAT json)")):
        rows = megabytes * 1_000_000 // _BYTES[kind]
        duckdb.sql(f"COPY (SELECT {_ROW} FROM range({rows}) r(i)) TO '{folder / f'd.{kind}'}' {options}")  # noqa: S608
    with (folder / "d.csv").open("rb") as plain, gzip.open(folder / "d.csv.gz", "wb", compresslevel=1) as packed:
        shutil.copyfileobj(plain, packed, 1024 * 1024)
    with (folder / "d.short.csv").open("wb") as short:
        for _ in range(megabytes):
            short.write(b"abc\n" * 250_000)


def measure(kind: str, way: str, path: Path) -> dict[str, float]:
    """Count the rows once; return the seconds, the CPU seconds, the rows, and the peak memory in MB."""
    library, _, function = KINDS[kind]
    if way == "own":
        duckdb.execute("SET enable_progress_bar = false")
        started, used = time.perf_counter(), _cpu_seconds()
        counted = duckdb.execute(f"SELECT count(*) FROM {function}('{path}')").fetchone()  # noqa: S608 - our own path
        rows = counted[0] if counted else 0
        seconds = time.perf_counter() - started
        return {"seconds": seconds, "cpu": _cpu_seconds() - used, "rows": rows, "memory": _peak()}
    with tempfile.TemporaryDirectory() as folder, LocalCloud(Settings(Path(folder), Path(folder))) as cloud:
        key = cloud.access_key
        session = boto3.Session(key.access_key_id, key.secret_access_key, region_name=cloud.settings.region)
        # The clients' types require literals; the region and the table are plain strings here.
        s3: Any = session.client("s3", endpoint_url=cloud.endpoint_url)
        glue: Any = session.client("glue", endpoint_url=cloud.endpoint_url)
        athena = session.client("athena", endpoint_url=cloud.endpoint_url)
        s3.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": cloud.settings.region})
        s3.upload_file(str(path), "lake", f"t/{path.name}")
        glue.create_database(DatabaseInput={"Name": "d"})
        storage: dict[str, Any] = {
            "Columns": [{"Name": name, "Type": of} for name, of in _COLUMNS.items()],
            "Location": "s3://lake/t/",
            "SerdeInfo": {"SerializationLibrary": library, "Parameters": {"field.delim": ","}},
        }
        if library == _OPEN_CSV:
            storage["SerdeInfo"] = {"SerializationLibrary": library}
        glue.create_table(DatabaseName="d", TableInput={"Name": "t", "StorageDescriptor": storage})
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # reset the peak of memory
        started, used = time.perf_counter(), _cpu_seconds()
        query = athena.start_query_execution(
            QueryString="SELECT count(*) FROM d.t", ResultConfiguration={"OutputLocation": "s3://lake/results/"}
        )["QueryExecutionId"]
        while (status := athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"])["State"] in (
            "QUEUED",
            "RUNNING",
        ):
            time.sleep(0.02)
        seconds, cpu = time.perf_counter() - started, _cpu_seconds() - used
        if status["State"] != "SUCCEEDED":
            sys.exit(status["StateChangeReason"])
        rows = int(athena.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"][1]["Data"][0]["VarCharValue"])
        return {"seconds": seconds, "cpu": cpu, "rows": rows, "memory": _peak()}


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _peak() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) / 1000


def in_process(kind: str, way: str, path: Path) -> dict[str, float]:
    """Return a measurement from a separate process."""
    command = [sys.executable, __file__, "--measure", way, "--kind", kind, "--path", str(path)]
    measured: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return measured


def main() -> None:
    """Measure and print both ways, for each kind of file and each size."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--megabytes", type=int, nargs="+", default=[100, 200, 1000], help="sizes of the files")
    parser.add_argument("--measure", choices=["local", "own"], help=argparse.SUPPRESS)
    parser.add_argument("--kind", choices=KINDS, help=argparse.SUPPRESS)
    parser.add_argument("--path", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(measure(given.kind, given.measure, given.path)))
        return
    print(f"{'':32} {'MB':>6} {'seconds':>8} {'MB/s':>6} {'memory':>7} {'DuckDB':>8} {'ratio':>6} {'CPU ratio':>10}")
    for megabytes in given.megabytes:
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder), megabytes)
            for kind, (library, suffix, _) in KINDS.items():
                path = Path(folder) / f"d.{suffix}"
                size = (path.with_suffix("") if suffix.endswith("gz") else path).stat().st_size / 1e6
                ours, own = in_process(kind, "local", path), in_process(kind, "own", path)
                limit = ""
                if library in (_OPENX_JSON, _HCATALOG_JSON):
                    limit = f" (at most {_LIMIT:.0f})"
                    if ours["rows"] != own["rows"]:
                        sys.exit(f"{kind}: {ours['rows']} rows, DuckDB reads {own['rows']}")
                print(
                    f"{kind:32} {size:6.0f} {ours['seconds']:8.2f} {size / ours['seconds']:6.0f} {ours['memory']:7.0f} "
                    f"{own['seconds']:8.2f} {ours['seconds'] / own['seconds']:6.2f} {ours['cpu'] / own['cpu']:10.2f}{limit}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
