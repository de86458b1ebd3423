"""The client of a real Trino, against a server that speaks its protocol, and what is refused before there is one."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from local_cloud.athena.errors import InvalidStatementError, QueryFailedError
from local_cloud.athena.statement_context import StatementContext
from local_cloud.athena.trino import assembly
from local_cloud.athena.trino.assembly import TrinoMissingError, assemble, find_java
from local_cloud.athena.trino.query import TrinoQuery
from local_cloud.backend_lock import backend_lock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

INTEGER = {"columns": [{"name": "a", "type": "integer"}]}


@dataclass
class Trino:
    """Answers each statement with pages, the first of which comes after a 503."""

    pages: list[dict[str, Any]] = field(default_factory=list)
    earlier: list[list[dict[str, Any]]] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)
    reads_glue: bool = False
    deleted: list[str] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def trino() -> Iterator[Trino]:
    trino = Trino()
    refused: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        current: list[dict[str, Any]]

        def do_POST(self) -> None:
            trino.statements.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            if trino.reads_glue:
                with backend_lock():
                    pass
            Handler.current = trino.earlier.pop(0) if trino.earlier else trino.pages
            self.answer({"nextUri": f"{trino.url}/0", "stats": {}})

        def do_GET(self) -> None:
            if not refused:
                refused.append(self.path)
                self.send_error(503)
                return
            place = int(self.path[1:])
            following = {"nextUri": f"{trino.url}/{place + 1}"} if place + 1 < len(self.current) else {}
            self.answer({"stats": {}, **self.current[place], **following})

        def do_DELETE(self) -> None:
            trino.deleted.append(self.path)
            self.send_response(204)
            self.end_headers()

        def answer(self, page: dict[str, Any]) -> None:
            content = json.dumps(page).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the overridden one
            """Keep requests out of the tests' output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    trino.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield trino
    server.shutdown()
    server.server_close()


def query(trino: Trino, folder: Path, sql: str, *parameters: str) -> TrinoQuery:
    return TrinoQuery(sql, StatementContext("d", "ap-northeast-1", folder, parameters), lambda: trino.url)


def failing(name: str, message: str) -> list[dict[str, Any]]:
    return [{"error": {"errorName": name, "message": message, "errorType": "USER_ERROR"}}]


def test_values_are_written_as_athena_writes_them(trino: Trino, tmp_path: Path) -> None:
    columns: dict[str, tuple[str, list[Any]]] = {
        "d": ("double", [1e10, "NaN"]),
        "n": ("decimal(5,2)", ["1.50", None]),
        "b": ("varbinary", ["YWI=", ""]),
        "t": ("timestamp(6) with time zone", ["2024-01-02 03:04:05.123456 UTC", None]),
        "s": ("timestamp(0)", ["2024-01-02 03:04:05", None]),
        "m": ("map(boolean, array(real))", [{"true": [1.5, None]}, {}]),
        "r": ('row(x integer, "y z" varchar)', [[1, 'q"'], None]),
    }
    listed = {"columns": [{"name": name.upper(), "type": kind} for name, (kind, _) in columns.items()]}
    rows = [list(row) for row in zip(*(values for _, values in columns.values()), strict=True)]
    trino.pages = [listed, {**listed, "data": rows[:1]}, {"data": rows[1:], "stats": {"physicalInputBytes": 7}}]
    result = query(trino, tmp_path, "SELECT 1").run()
    assert bytes(result.take_content()).decode().splitlines() == [
        '"d","n","b","t","s","m","r"',
        '"1.0E10","1.50","61 62","2024-01-02 03:04:05.123 UTC","2024-01-02 03:04:05.000","{true=[1.5, null]}","{x=1, y z=q""}"',
        '"NaN",,"",,,"{}",',
    ]
    assert [column["Type"] for column in result.columns][:3] == ["double", "decimal", "varbinary"]
    assert result.scanned_bytes == 7


def test_numbers_are_doubles_and_parameters_are_executed(trino: Trino, tmp_path: Path) -> None:
    trino.pages = [{**INTEGER, "data": [[1]]}]
    query(trino, tmp_path, "SELECT '1.5', 1.5, .5, 1.5E0, \"a.5\"").run().take_content()
    query(trino, tmp_path, "SELECT 'it''s' = ? AND 1.5 > ?", "'x'", "2.5").run().take_content()
    assert trino.statements == [
        "SELECT '1.5', 1.5E0, .5E0, 1.5E0, \"a.5\"",
        "EXECUTE IMMEDIATE 'SELECT ''it''''s'' = ? AND 1.5E0 > ?' USING 'x', 2.5E0",
    ]


def test_a_parameter_that_is_not_a_value_does_not_reach_trino(trino: Trino, tmp_path: Path) -> None:
    with pytest.raises(QueryFailedError, match="INVALID_PARAMETER_USAGE"):
        query(trino, tmp_path, "SELECT ?", "(SELECT 1)").run()
    assert not trino.statements


def test_errors_have_trino_s_names(trino: Trino, tmp_path: Path) -> None:
    trino.pages = failing("DIVISION_BY_ZERO", "Division by zero")
    with pytest.raises(QueryFailedError, match="DIVISION_BY_ZERO: Division by zero"):
        query(trino, tmp_path, "SELECT 1 / 0").run()


def test_a_trino_that_does_not_know_itself_yet_is_asked_again(trino: Trino, tmp_path: Path) -> None:
    trino.earlier = [failing("NO_NODES_AVAILABLE", "No nodes available to run query")]
    trino.pages = [{**INTEGER, "data": [[1]]}]
    assert bytes(query(trino, tmp_path, "SELECT a FROM t").run().take_content()) == b'"a"\n"1"\n'
    assert len(trino.statements) == 2


def test_trino_decides_what_our_grammar_does_not_know(trino: Trino, tmp_path: Path) -> None:
    trino.pages = failing("SYNTAX_ERROR", "line 1:8: mismatched input")
    with pytest.raises(InvalidStatementError, match="line 1:8: mismatched input"):
        query(trino, tmp_path, "SELECT FROM FROM")
    trino.pages = [{**INTEGER, "data": [[1]]}]
    assert bytes(query(trino, tmp_path, "SELECT FROM FROM").run().take_content()) == b'"a"\n"1"\n'


@pytest.mark.timeout(30)
def test_trino_can_read_glue_while_a_request_waits_for_it(trino: Trino, tmp_path: Path) -> None:
    trino.reads_glue = True
    trino.pages = [{**INTEGER, "data": [[1]]}]
    with backend_lock():
        query(trino, tmp_path, "SELECT FROM FROM")
    assert trino.statements == ["EXPLAIN (TYPE VALIDATE) SELECT FROM FROM"]


def test_a_stopped_query_is_cancelled(trino: Trino, tmp_path: Path) -> None:
    trino.pages = [{**INTEGER, "data": [[1]]}, {}]
    stopped = query(trino, tmp_path, "SELECT 1")
    stopped.stop()
    with pytest.raises(QueryFailedError, match="cancelled"):
        stopped.run()
    assert trino.deleted


class TestAssembly:
    @pytest.fixture
    def homes(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """Return a folder for JDKs, which are the only ones on the machine."""
        monkeypatch.setattr(assembly, "_java_homes", lambda: iter(sorted((tmp_path / "jvm").glob("*"))))
        return tmp_path / "jvm"

    def jdk(self, homes: Path, version: str) -> Path:
        home = homes / f"jdk-{version}"
        (home / "bin").mkdir(parents=True)
        (home / "bin" / "javac").touch()
        (home / "release").write_text(f'JAVA_VERSION="{version}"\n', encoding="utf-8")
        return home

    def test_the_first_jdk_that_is_new_enough_is_taken(self, homes: Path) -> None:
        self.jdk(homes, "17.0.9")
        new = self.jdk(homes, "25.0.1")
        assert find_java() == new

    def test_what_to_install_is_named(self, homes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(TrinoMissingError, match=r"needs a JDK 24 or newer .*: install one, or name its folder in"):
            assemble(tmp_path, print)
        self.jdk(homes, "24")
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(TrinoMissingError, match=r"mvn, .* is not on the PATH: install Maven"):
            assemble(tmp_path, print)

    def test_maven_s_failure_is_shown(self, homes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.jdk(homes, "24")
        (tmp_path / "mvn").write_text("#!/bin/sh\necho no network\nexit 1\n", encoding="utf-8")
        (tmp_path / "mvn").chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
        with pytest.raises(TrinoMissingError, match=r"mvn failed.*\nno network"):
            assemble(tmp_path, print)
        assert not (tmp_path / f"trino-{assembly.VERSION}" / "complete").exists()
