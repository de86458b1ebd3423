"""Differences between Spark's own readers and Athena's: values that the audit passes because Athena reads them, and Spark's results."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.spark.files_for_spark import Cell, File

if TYPE_CHECKING:
    from collections.abc import Callable

CORRUPT = Cell(is_corrupt=True)
FIRST_GREGORIAN_DAY = dt.date(1582, 10, 15)
STRINGS = re.compile(r"string|binary|varchar\(\d+\)|char\(\d+\)")
NUMBERS = re.compile(r"tinyint|smallint|int|bigint|float|double|boolean")
# The strings that Spark's JSON reader accepts as a float or double.
# https://spark.apache.org/docs/latest/sql-data-sources-json.html (allowNonNumericNumbers)
NOT_FINITE = {"NaN", "Infinity", "+Infinity", "-Infinity", "+INF", "-INF"}


@dataclass(frozen=True)
class Difference:
    """Values that Spark reads differently: a loss or an error in Spark only, until Spark changes.

    Attributes
    ----------
    reason
        The cause, with its source.
    format
        The format of the files.
    applies
        Whether a value, as written in a file, is affected.
    cell
        Spark's result.
    """

    reason: str
    format: str
    applies: Callable[[File, Any], bool]
    cell: Callable[[Any], Cell]


DIFFERENCES = [
    Difference(
        "An empty field without quotes is null, whatever nullValue is; LazySimpleSerDe reads an empty string."
        " https://github.com/apache/spark/pull/55405 (emptyValue is that of a quoted field)",
        "csv",
        lambda file, written: written == "" and bool(STRINGS.fullmatch(file.hive_type)),
        lambda _: Cell(None),
    ),
    Difference(
        "Bytes are those of the field as it is written; LazySimpleSerDe decodes Base64."
        " https://github.com/apache/spark/blob/master/sql/catalyst/src/main/scala/org/apache/spark/sql/catalyst/csv/UnivocityParser.scala",
        "csv",
        lambda file, written: file.hive_type == "binary" and written not in ("", "\\N"),
        lambda written: Cell(written.encode().hex().upper()),
    ),
    Difference(
        "Names are compared as they are written, at every depth; the SerDe of JSON ignores their case."
        " https://github.com/apache/spark/pull/27888 (which mended it for Parquet, and not for JSON)",
        "json",
        lambda file, _: '"F"' in file.source,
        lambda _: Cell(None),
    ),
    Difference(
        "An empty string is an error for all but strings; the SerDe of JSON reads null."
        " https://spark.apache.org/docs/latest/sql-migration-guide.html (2.4 to 3.0: SPARK-25040)",
        "json",
        lambda file, written: written == '""' and not STRINGS.fullmatch(file.hive_type),
        lambda _: CORRUPT,
    ),
    Difference(
        "A number or boolean within quotes is an error, except for a decimal's; the SerDe of JSON parses the string."
        " https://github.com/apache/spark/blob/master/sql/catalyst/src/main/scala/org/apache/spark/sql/catalyst/json/JacksonParser.scala",
        "json",
        lambda file, written: (
            bool(NUMBERS.fullmatch(file.hive_type))
            and written[0] == '"'
            and json.loads(written) not in ("", *(NOT_FINITE if file.hive_type in ("float", "double") else ()))
        ),
        lambda _: CORRUPT,
    ),
    *(
        Difference(
            "varchar(n) and char(n) are strings to a reader, and nothing is cut; Athena cuts what is longer."
            " https://spark.apache.org/docs/latest/sql-ref-datatypes.html (they are types of a table's schema alone)",
            table_format,
            lambda file, written: (
                "char" in file.hive_type and written is not None and len(text_of(written)) > length_of(file.hive_type)
            ),
            lambda written: Cell(text_of(written)),
        )
        for table_format in ("parquet", "orc")
    ),
    Difference(
        "Timestamps in nanoseconds cannot be read as timestamps; Athena rounds them to milliseconds."
        " https://issues.apache.org/jira/browse/SPARK-44988",
        "parquet",
        lambda file, _: file.source == "ns",
        lambda _: Cell(error="FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH"),
    ),
    Difference(
        "PyArrow names no calendar for its dates, and ORC's Java reader takes those before 1582 for Julian ones; Athena counts days."
        " https://orc.apache.org/specification/ORCv1/ (CalendarKind)",
        "orc",
        lambda file, written: file.source == "date" and written is not None and written < FIRST_GREGORIAN_DAY,
        lambda written: Cell(in_julian_calendar(written)),
    ),
    Difference(
        "PyArrow writes a fraction of a second before 1970 as negative nanoseconds, which ORC's Java reader refuses; so does"
        " Athena, and the audit does not look at values."
        " https://github.com/apache/arrow/blob/main/cpp/src/arrow/adapters/orc/util.cc (truncating division)",
        "orc",
        lambda file, _: file.hive_type == "timestamp" and any(map(has_early_fraction, file.rows.values())),
        lambda _: Cell(error="FAILED_READ_FILE.NO_HINT"),
    ),
]


def find_difference(file: File, written: Any) -> Difference | None:
    """Return the difference that applies to a value, or None if Spark must read what Athena reads."""
    return next((one for one in DIFFERENCES if one.format == file.format and one.applies(file, written)), None)


def has_early_fraction(row: tuple[Any, Any]) -> bool:
    """Return whether a row's timestamp is before 1970 and has a fraction of a second."""
    written = row[0]
    return written is not None and written.year < 1970 and written.microsecond != 0


def in_julian_calendar(day: dt.date) -> str:
    """Return the Julian calendar's date for a day in the Gregorian calendar.

    https://en.wikipedia.org/wiki/Julian_day#Julian_or_Gregorian_calendar_from_Julian_day_number
    """
    f = day.toordinal() + 1_721_425 + 1401
    e = 4 * f + 3
    h = 5 * (e % 1461 // 4) + 2
    month = (h // 153 + 2) % 12 + 1
    year = e // 1461 - 4716 + (12 + 2 - month) // 12
    return f"{year:04}-{month:02}-{h % 153 // 5 + 1:02}"


def text_of(written: str | bytes) -> str:
    return written if isinstance(written, str) else written.decode()


def length_of(hive_type: str) -> int:
    return int(re.sub(r"\D", "", hive_type))
