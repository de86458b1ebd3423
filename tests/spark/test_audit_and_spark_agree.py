"""Tests that Spark's own readers read what the audit passes without error or loss, except for the known differences."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cloud_under_test.extras import needs_java, needs_pyspark
from tests.runtime.audit import drawn_files as drawn
from tests.runtime.audit.expected_values import expected_text, expected_value
from tests.spark.files_for_spark import Cell, File, read_by_spark
from tests.spark.known_differences import DIFFERENCES, find_difference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.spark,
    needs_pyspark,
    needs_java,
    pytest.mark.timeout(900),
    # One worker runs them all, with one Spark session.
    pytest.mark.xdist_group("spark_reads_drawn_files"),
]
# A column's type around that of its values, the value in SQL, and the column in JSON.
WRAPPED = [
    ("{}", "v", "{}"),
    ("array<{}>", "get(v, 0)", "[{}]"),
    ("struct<f:{}>", "v.f", '{{"f": {}}}'),
    ("map<string,{}>", "get(map_values(v), 0)", '{{"k": {}}}'),
    ("array<struct<f:{}>>", "get(v, 0).f", '[{{"f": {}}}]'),
]
IN_ANOTHER_CASE = ("struct<f:{}>", "v.f", '{{"F": {}}}')


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[File, dict[int, Cell]]]:
    """Draw files of every format; return those that the audit passes, with Spark's rows, read in one session, whose start takes longest."""
    folder = tmp_path_factory.mktemp("drawn")
    files = [*csv_files(folder), *json_files(folder), *parquet_files(folder), *orc_files(folder)]
    return list(zip(files, read_by_spark(files, folder), strict=True))


@pytest.mark.parametrize("table_format", ["csv", "json", "parquet", "orc"])
def test_what_the_audit_passes(found: list[tuple[File, dict[int, Cell]]], table_format: str) -> None:
    wrong = []
    met = Counter[str]()
    for file, cells in found:
        if file.format != table_format:
            continue
        for number, (written, wanted) in file.rows.items():
            cell = cells.get(number, Cell(error="the row is missing"))
            difference = find_difference(file, written)
            expected = difference.cell(written) if difference else wanted
            if not (cell == expected if difference else cell.holds(file.hive_type, wanted)):
                wrong.append(f"{file.column} {file.source}: {written!r} is {cell}, not {expected!r}")
            met[difference.reason if difference else "agrees"] += 1
    assert not wrong, "\n".join(wrong)
    never_met = [one.reason for one in DIFFERENCES if one.format == table_format and not met[one.reason]]
    assert not never_met, never_met
    assert met["agrees"] > 800, met


def draw(values: st.SearchStrategy[Any], count: int) -> list[Any]:
    """Return drawn values; unlike those of a list, the first ones are not all the simplest."""
    drawn_values: list[Any] = []

    @settings(
        max_examples=count,
        phases=[Phase.generate],
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(values)
    def keep(value: Any) -> None:
        drawn_values.append(value)

    keep()
    return drawn_values


def good_rows(
    folder: Path, table_format: str, column: str, values: list[str], line: Callable[[str, int], bytes]
) -> dict[int, str]:
    """Return the values of rows that the audit passes, by row number."""
    return {
        number: value
        for number, value in enumerate(values)
        if drawn.is_good(folder, table_format, column, line(value, number))
    }


def csv_files(folder: Path) -> Iterator[File]:
    """Yield a drawn file for each type."""

    def line(text: str, number: int) -> bytes:
        return text.encode("utf-8", "surrogatepass") + f",{number}\n".encode()

    texts = list(dict.fromkeys([*drawn.ODD, *draw(drawn.TEXTS, 200)]))
    for hive_type in drawn.TYPES:
        good = good_rows(folder, "csv", hive_type, texts, line)
        rows = {
            number: (text, None if text == "\\N" else expected_text(hive_type, text)) for number, text in good.items()
        }
        yield File("csv", hive_type, hive_type, "v", b"".join(line(text, n) for n, text in good.items()), rows)


def json_files(folder: Path) -> Iterator[File]:
    """Yield a drawn file for each type, and for each type nested in another."""
    values = list(dict.fromkeys([*map(json.dumps, drawn.ODD), *draw(drawn.JSON_VALUES, 200)]))
    columns = [*itertools.product(drawn.TYPES, WRAPPED), ("string", IN_ANOTHER_CASE)]
    for hive_type, (wrapped, expression, form) in columns:

        def line(value: str, number: int, form: str = form) -> bytes:
            return f'{{"v": {form.format(value)}, "n": {number}}}\n'.encode()

        column = wrapped.format(hive_type)
        good = good_rows(folder, "json", column, values, line)
        rows = {number: (value, expected_json(hive_type, value)) for number, value in good.items()}
        body = b"".join(line(value, number) for number, value in good.items())
        yield File("json", hive_type, column, expression, body, rows, form)


def expected_json(hive_type: str, written: str) -> Any:
    """Return a JSON value read as a type."""
    value = json.loads(written, parse_float=str, parse_int=str)
    if isinstance(value, list | dict) or value is None:
        return None if value is None else written
    return expected_text(hive_type, value if isinstance(value, str) else json.dumps(value))


def parquet_files(folder: Path) -> Iterator[File]:
    """Yield drawn Parquet files."""
    return columnar_files(folder, "parquet", drawn.ARROW, itertools.repeat(drawn.parquet_of))


def orc_files(folder: Path) -> Iterator[File]:
    """Yield drawn ORC files, in each codec that Athena reads."""
    codecs = itertools.cycle(["uncompressed", "zlib", "snappy", "lz4", "zstd"])
    sources = {name: drawn_type for name, drawn_type in drawn.ARROW.items() if name not in drawn.NOT_IN_ORC}
    return columnar_files(folder, "orc", sources, (partial(drawn.orc_of, codec=codec) for codec in codecs))


def columnar_files(
    folder: Path, table_format: str, sources: dict[str, Any], writers: Iterator[Callable[[list[Any], Any, str], bytes]]
) -> Iterator[File]:
    """Yield a drawn file for each Arrow type, plain and nested, as a table of every type for which the audit passes it."""
    for (source, (kind, values)), (wrapped, expression, _) in itertools.product(sources.items(), WRAPPED[:3]):
        held = draw(st.none() | values, 20)
        body = next(writers)(held, kind, wrapped)
        for hive_type in drawn.TYPES:
            column = wrapped.format(hive_type)
            if drawn.is_good(folder, table_format, column, body):
                rows = {n: (value, expected_value(hive_type, value)) for n, value in enumerate(held)}
                yield File(table_format, hive_type, column, expression, body, rows, source)
