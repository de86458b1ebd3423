"""The cost of auditing Parquet files by their footers: CPU seconds and peak memory, read up to the first row group and read completely.

    python benchmarks/footers.py [--files 40] [--columns 300] [--row-groups 200]

The audit reads a footer up to the schema, the number of rows and the first row group. Earlier versions read all of it:
that is measured on one file, and scaled. Each measurement is a separate process.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from partitioned_pipelines.runtime.audit import TableContent, audit_files
from partitioned_pipelines.runtime.audit.data_file import LocalFile
from partitioned_pipelines.runtime.audit.parquet.footer import parse_footer

STRUCT = 12  # of Thrift's compact protocol


def write(path: Path, columns: int, row_groups: int) -> int:
    """Write the file; return the size of its footer."""
    import pyarrow as pa  # not imported in the measured processes
    import pyarrow.parquet

    table = pa.table({f"column_{number}": [1.5] * row_groups for number in range(columns)})
    pyarrow.parquet.write_table(table, path, row_group_size=1)
    return int(pyarrow.parquet.read_metadata(path).serialized_size)


def measure(way: str, path: Path, files: int, columns: int) -> dict[str, float]:
    """Read the footer ``files`` times; return the CPU seconds, and the peak memory in MB."""
    file = LocalFile(path, path.stat().st_size)
    started = time.process_time()  # CPU time, because other programs on the machine affect the elapsed time
    if way == "whole":
        kept = [parse_footer(file, lambda reader: reader.value(STRUCT)) for _ in range(files)]
        if not kept[0][4]:
            sys.exit("no row group was read")
    else:
        content = TableContent.from_payload(
            {
                "format": "parquet",
                "columns": [{"name": f"column_{number}", "type": "double"} for number in range(columns)],
                "partition_keys": [],
            }
        )
        report = audit_files((file for _ in range(files)), content)
        if (report.files, report.count) != (files, 0):
            sys.exit(f"the files were refused: {report}")
    seconds = time.process_time() - started
    # Not getrusage's: on Linux, it includes the parent's memory before exec.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    return {"seconds": seconds, "memory": int(peak) / 1000}


def in_process(way: str, path: Path, files: int, columns: int) -> dict[str, float]:
    """Return a measurement from a separate process."""
    command = [
        sys.executable,
        __file__,
        "--measure",
        way,
        "--path",
        str(path),
        "--files",
        str(files),
        "--columns",
        str(columns),
    ]
    measured: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return measured


def main() -> None:
    """Measure and print both ways of reading."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--files", type=int, default=40)
    parser.add_argument("--columns", type=int, default=300)
    parser.add_argument("--row-groups", type=int, default=200)
    parser.add_argument("--measure", choices=["whole", "needed"], help=argparse.SUPPRESS)
    parser.add_argument("--path", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(measure(given.measure, given.path, given.files, given.columns)))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "p.parquet"
        size = write(path, given.columns, given.row_groups)
        print(
            f"{given.files} files of {given.columns} columns and {given.row_groups} row groups, footers of {size:,} bytes"
        )
        needed = in_process("needed", path, given.files, given.columns)
        whole = in_process("whole", path, 1, given.columns)
    print(f"read as far as needed   {needed['seconds']:8.2f} s {needed['memory']:8.0f} MB")
    print(
        f"read whole              {whole['seconds'] * given.files:8.2f} s {whole['memory']:8.0f} MB "
        "(one file was measured: the seconds are scaled, the memory is of one)"
    )


if __name__ == "__main__":
    main()
