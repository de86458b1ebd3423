"""One way to write a CSV of six columns as a table partitioned by day: python rows.py WAY csv|parquet SOURCE OUTPUT.

Every way drops the header and the key, keeps the other columns in order, and writes neither quotes nor an index. For CSV output, values may
stay text if the library allows it; for Parquet, they are typed, with the same compression.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

KEY = "process_date"
COLUMNS = ["feature1", "feature2", "feature3", "feature4", "y"]
_CODEC: Literal["snappy"] = "snappy"  # pandas' default, PyArrow's and DuckDB's: the same for all


def with_pandas(source: Path, output: Path, *, to_csv: bool) -> None:
    """Split as in the article: read everything, select the columns, and write each partition's file to its folder."""
    import pandas as pd

    for day, of_day in pd.read_csv(source).groupby(KEY):
        rows = of_day.reindex(columns=COLUMNS)
        folder = output / f"{KEY}={day}"
        folder.mkdir()
        if to_csv:
            rows.to_csv(folder / "partition.csv", header=False, index=False)
        else:
            rows.to_parquet(folder / "partition.parquet", index=False)


def with_polars(source: Path, output: Path, *, to_csv: bool) -> None:
    """Stream from file to files, as the flights pipeline's transform.py does."""
    import polars as pl

    partitions = pl.PartitionBy(output, key=KEY, include_key=False)
    if to_csv:
        rows = pl.scan_csv(source, infer_schema=False).select(KEY, *COLUMNS)
        rows.sink_csv(partitions, include_header=False, quote_style="never", mkdir=True)
    else:
        pl.scan_csv(source).select(KEY, *COLUMNS).sink_parquet(partitions, compression=_CODEC, mkdir=True)


def with_pyarrow(source: Path, output: Path, *, to_csv: bool) -> None:
    """Read in batches, and write them as a dataset."""
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.dataset as ds

    key = pa.schema([(KEY, pa.string())])
    text = {name: pa.string() for name in (COLUMNS if to_csv else [])}
    conversion = pa.csv.ConvertOptions(column_types={KEY: pa.string(), **text}, include_columns=[KEY, *COLUMNS])
    reading = pa.csv.ReadOptions(block_size=8 << 20)
    file_format = ds.CsvFileFormat() if to_csv else ds.ParquetFileFormat()
    writing = file_format.make_write_options(include_header=False, quoting_style="none") if to_csv else None
    ds.write_dataset(
        pa.csv.open_csv(source, read_options=reading, convert_options=conversion),
        output,
        format=file_format,
        file_options=writing,
        partitioning=ds.partitioning(key, flavor="hive"),
    )


def with_duckdb(source: Path, output: Path, *, to_csv: bool) -> None:
    """Copy a query to a partitioned folder."""
    import duckdb

    read = f"read_csv('{source}', all_varchar={str(to_csv).lower()})"
    write = "FORMAT csv, HEADER false, QUOTE ''" if to_csv else "FORMAT parquet"
    duckdb.execute("SET preserve_insertion_order = false")
    duckdb.execute(
        f"COPY (SELECT {', '.join([KEY, *COLUMNS])} FROM {read}) "  # noqa: S608 - names of its own, and paths of the benchmark
        f"TO '{output}' ({write}, PARTITION_BY ({KEY}), OVERWRITE_OR_IGNORE)"
    )


WAYS = {"pandas": with_pandas, "polars": with_polars, "pyarrow": with_pyarrow, "duckdb": with_duckdb}

if __name__ == "__main__":
    way, kind, from_file, to_folder = sys.argv[1:]
    WAYS[way](Path(from_file), Path(to_folder), to_csv=kind == "csv")
