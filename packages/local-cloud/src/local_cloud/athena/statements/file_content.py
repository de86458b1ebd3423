"""The content of a written file, in each format that statements write."""

from __future__ import annotations

import gzip
import importlib.util
import io
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local_cloud.athena.catalog.hive_types import literal, quoted
from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.formats.delimited_text import DelimitedText

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import duckdb

    from local_cloud.athena.types.trino_types import Type

# Athena's names of the compressions of each format, as its writer calls them.
_TEXT_CODECS = {"GZIP": "gzip", "NONE": "uncompressed", "UNCOMPRESSED": "uncompressed"}
_CODECS = {
    "JSON": _TEXT_CODECS,
    "ORC": {
        "LZ4": "lz4",
        "NONE": "uncompressed",
        "SNAPPY": "snappy",
        "UNCOMPRESSED": "uncompressed",
        "ZLIB": "zlib",
        "ZSTD": "zstd",
    },
    "PARQUET": {
        "GZIP": "gzip",
        "NONE": "uncompressed",
        "SNAPPY": "snappy",
        "UNCOMPRESSED": "uncompressed",
        "ZSTD": "zstd",
    },
    "TEXTFILE": _TEXT_CODECS,
}
FORMATS = sorted(_CODECS)


@dataclass(frozen=True, slots=True)
class FileWriter:
    """Writes the rows of queries on one connection as files of one format.

    Parameters
    ----------
    folder
        Folder for temporary files.
    file_format
        One of :data:`FORMATS`.
    compression
        Athena's name of the compression.
    delimiter
        The string between the fields of a text file.

    Raises
    ------
    QueryFailedError
        If the local cloud does not write the format with this compression.
    """

    connection: duckdb.DuckDBPyConnection
    folder: Path
    file_format: str
    compression: str
    delimiter: str

    def __post_init__(self) -> None:
        if self.compression.upper() not in _CODECS[self.file_format]:
            raise QueryFailedError(
                "NOT_SUPPORTED", f"The local cloud does not write {self.file_format} with {self.compression}"
            )

    @property
    def suffix(self) -> str:
        """The end of a file's name, by which readers of text recognize its compression."""
        return ".gz" if self._codec == "gzip" and self.file_format in {"JSON", "TEXTFILE"} else ""

    def content(self, sql: str, kinds: Sequence[Type]) -> bytes:
        """Return the content of the file with a query's rows, which have these types."""
        match self.file_format:
            case "PARQUET":
                return self._parquet(sql, kinds)
            case "ORC":
                return self._orc(self.connection.sql(sql), kinds)
            case "JSON":
                content = self._copied(sql, "FORMAT json")
            case _:
                text = DelimitedText.of({"field.delim": self.delimiter})
                content = "".join(text.line(row, kinds) for row in self.connection.sql(sql).fetchall()).encode()
        return gzip.compress(content, mtime=0) if self._codec == "gzip" else content

    @property
    def _codec(self) -> str:
        return _CODECS[self.file_format][self.compression.upper()]

    def _parquet(self, sql: str, kinds: Sequence[Type]) -> bytes:
        """Return a Parquet file. Its timestamps are INT96, as Trino's Hive connector writes them.

        DuckDB does not write INT96: without PyArrow, timestamps are INT64, which Athena reads as well.
        https://github.com/trinodb/trino/blob/master/plugin/trino-hive/src/main/java/io/trino/plugin/hive/parquet/ParquetFileWriterFactory.java
        """
        if not any(map(_holds_timestamp, kinds)) or importlib.util.find_spec("pyarrow") is None:
            return self._copied(sql, f"FORMAT parquet, COMPRESSION {self._codec}")
        from pyarrow import parquet

        stream = io.BytesIO()
        parquet.write_table(
            self.connection.sql(sql).to_arrow_table(),
            stream,
            compression=self._codec.replace("uncompressed", "none"),
            use_deprecated_int96_timestamps=True,
        )
        return stream.getvalue()

    def _orc(self, rows: duckdb.DuckDBPyRelation, kinds: Sequence[Type]) -> bytes:
        """Return an ORC file, or raise QueryFailedError if PyArrow is missing or would write timestamps that Trino rejects.

        These are fractions of a second before 1970: see :mod:`local_cloud.athena.formats.orc_rows`.
        """
        try:
            from pyarrow import orc
        except ImportError as error:
            raise QueryFailedError(
                "NOT_SUPPORTED", "the local cloud writes ORC by PyArrow, which is not installed: pip install pyarrow"
            ) from error
        for name, kind in zip(rows.columns, kinds, strict=True):
            microseconds = f"epoch_us({quoted(name)})"
            if kind.base != "timestamp":
                refused = _holds_timestamp(kind)
            else:
                wrong = rows.filter(f"{microseconds} < 0 AND {microseconds} % 1000000 <> 0")
                refused = bool(wrong.limit(1).fetchall())
            if refused:
                raise QueryFailedError(
                    "NOT_SUPPORTED",
                    f"{name}: the local cloud does not write nested timestamps, or fractions of a second before 1970, to ORC",
                )
        stream = io.BytesIO()
        orc.write_table(rows.to_arrow_table(), stream, compression=self._codec)
        return stream.getvalue()

    def _copied(self, sql: str, options: str) -> bytes:
        path = self.folder / f"written-{uuid.uuid4()}"
        try:
            self.connection.execute(f"COPY ({sql}) TO {literal(str(path))} ({options})")
            return path.read_bytes()
        finally:
            path.unlink(missing_ok=True)


def _holds_timestamp(kind: Type) -> bool:
    return kind.base == "timestamp" or any(map(_holds_timestamp, kind.parts))
