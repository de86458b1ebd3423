"""Tests of a result's columns and rows, read from its object or from Athena."""

from __future__ import annotations

from itertools import islice

import pytest

from partitioned_pipelines.cli.athena.result import read_columns
from tests.cli.athena.fake_athena import Athena, ask, of_select


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("partitioned_pipelines.cli.athena.execution.time.sleep", lambda _seconds: None)


class TestObject:
    """Tests of a SELECT's rows, read from its object."""

    def test_all_rows_are_read_and_the_header_is_none_of_them(self) -> None:
        result = ask(*of_select([("a", "integer"), ("b", "varchar")], [["1", "x"], ["2", None], ["3", ""]]))
        assert list(result.rows()) == [("1", "x"), ("2", None), ("3", "")]
        assert [column.is_numeric for column in result.columns] == [True, False]

    def test_a_row_that_equals_the_header_is_kept(self) -> None:
        assert list(ask(*of_select([("a", "varchar")], [["a"]])).rows()) == [("a",)]

    def test_rows_beyond_those_that_are_taken_are_counted(self) -> None:
        stream = ask(*of_select([("a", "integer")], [[str(n)] for n in range(5000)])).stream()
        assert list(stream.take(2)) == [("0",), ("1",)]
        assert stream.taken == 2
        others = stream.count_others()
        assert (others.count, others.is_all, str(others)) == (4998, True, "4,998")

    def test_a_huge_result_is_not_downloaded_to_be_counted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("partitioned_pipelines.cli.athena.result.COUNTED_BYTES", 1 << 20)
        athena, s3 = of_select([("a", "varchar")], [["x" * 1000] for _ in range(10_000)])
        stream = ask(athena, s3).stream()
        assert len(list(stream.take(10))) == 10
        others = stream.count_others()
        assert str(others).startswith("at least 1,0")
        assert bool(others)
        assert s3.read_bytes < s3.size / 2

    def test_rows_are_read_while_they_come(self) -> None:
        """At most one chunk of the object is held, however many rows it has."""
        athena, s3 = of_select([("a", "varchar")], [["x" * 1000] for _ in range(10_000)])
        assert len(list(islice(ask(athena, s3).rows(), 10))) == 10
        assert s3.read_bytes <= 1 << 20


class TestPages:
    """Tests of rows of other statements, and of results without an object."""

    def test_pages_are_one_result(self) -> None:
        athena = Athena([("a", "integer")], [[["a"], ["1"]], [["2"]], []], Statistics={"DataScannedInBytes": 17})
        result = ask(athena)
        assert list(result.rows()) == [("1",), ("2",)]
        assert result.bytes_scanned == 17
        stream = result.stream()
        assert list(stream.take(1)) == [("1",)]
        assert str(stream.count_others()) == "1"

    def test_a_row_that_equals_the_header_is_kept(self) -> None:
        assert list(ask(Athena([("a", "varchar")], [[["a"], ["a"]]])).rows()) == [("a",)]

    def test_another_statement_has_no_header(self) -> None:
        location = {"OutputLocation": "s3://bucket/results/q.txt"}
        athena = Athena(
            [("partition", "string")],
            [[["partition"], ["dt=1"]]],
            StatementType="UTILITY",
            ResultConfiguration=location,
        )
        assert list(ask(athena).rows()) == [("partition",), ("dt=1",)]

    def test_a_statement_without_a_result(self) -> None:
        result = ask(Athena([], [[]], StatementType="DDL"))
        assert (result.columns, list(result.rows())) == ((), [])


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (["_col0", "a", "a"], ["_col0", "a", "a_2"]),
        (["a", "a", "a_2"], ["a", "a_3", "a_2"]),
        (["a", "a_2", "a"], ["a", "a_2", "a_3"]),
        (["a", "A"], ["a", "A_2"]),
    ],
)
def test_columns_that_share_a_name_are_numbered(labels: list[str], names: list[str]) -> None:
    columns = read_columns([{"Name": label, "Type": "integer"} for label in labels])
    assert [column.name for column in columns] == names
    assert [column.label for column in columns] == labels
