"""Statements with Trino's answers: Athena's engine 3 is a Trino."""

from __future__ import annotations

import base64
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cloud_under_test.lake import Lake
from local_cloud.athena.errors import InvalidStatementError, QueryFailedError
from local_cloud.athena.statement_context import StatementContext
from local_cloud.athena.statements.reading import read_statement
from local_cloud.athena.trino.assembly import DEFAULT_FOLDER, TrinoMissingError, assemble
from local_cloud.athena.trino.server import TrinoServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local_cloud.server import LocalCloud

_HERE = Path(__file__).parent
_BUCKET, _DATABASE = "trino-corpus", "corpus"
_CELL = re.compile(rb'(?:"((?:[^"]|"")*+)")?([,\n])')
_NUMBER = re.compile(r"-?\d+\.\d+(E-?\d+)?")
_STATEMENTS = _HERE / "statements.jsonl"
_ALL = [json.loads(line) for line in _STATEMENTS.read_text(encoding="utf-8").splitlines()]
STATEMENTS = [one for one in _ALL if "rows" in one or "error" in one]
KNOWN = {
    identifier.strip(): (kind.strip(), reason.strip())
    for identifier, kind, reason in (
        line.split("|", 2)
        for line in (_HERE / "known_differences.txt").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    )
}
Rows = list[list[str | None]]


def _load(lake: Lake) -> None:
    document = json.loads((_HERE / "tables.json").read_text(encoding="utf-8"))
    for key, content in document["files"].items():
        lake.put(key, content["text"] if "text" in content else base64.b64decode(content["base64"]))
    for name, table in document["tables"].items():
        folder = table["table_parameters"].pop("folder", name)

        def storage(location: str, table: dict[str, Any] = table) -> dict[str, Any]:
            return {
                "Columns": table["columns"],
                "Location": lake.uri(location),
                "InputFormat": table["input_format"],
                "OutputFormat": table["output_format"],
                "SerdeInfo": {"SerializationLibrary": table["serde"], "Parameters": table["serde_parameters"]},
            }

        definition = {
            "Name": name,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": table["table_parameters"],
            "StorageDescriptor": storage(f"{folder}/"),
            "PartitionKeys": table["keys"],
        }
        lake.glue.create_table(DatabaseName=_DATABASE, TableInput=definition)
        keys = [key["Name"] for key in table["keys"]]
        for values in table["partitions"]:
            path = "/".join(f"{key}={value}" for key, value in zip(keys, values, strict=True))
            partition = {"Values": values, "StorageDescriptor": storage(f"{folder}/{path}/")}
            lake.glue.create_partition(DatabaseName=_DATABASE, TableName=name, PartitionInput=partition)


def _rows(content: bytes) -> Rows:
    rows: Rows = []
    row: list[str | None] = []
    for match in _CELL.finditer(content):
        row.append(None if match[1] is None else match[1].replace(b'""', b'"').decode())
        if match[2] == b"\n":
            rows.append(row)
            row = []
    return rows[1:]


def _base(name: str) -> str:
    """Return a type without its sizes, which Athena does not show, but for a decimal's."""
    lowered = name.lower().replace(", ", ",")
    if lowered.startswith("decimal"):
        return lowered
    found = re.match(r"[a-z_ ]+", re.sub(r"\(\d+\)", "", lowered))
    text = found[0].strip() if found else lowered
    return {"real": "float", "int": "integer"}.get(text, text)


def _is_close(one: str | None, other: str | None) -> bool:
    """Return whether cells are equal; the last digit of a double depends on the order of additions."""
    if one == other:
        return True
    if not one or not other or not (_NUMBER.fullmatch(one) and _NUMBER.fullmatch(other)):
        return False
    return abs(float(one) - float(other)) <= 1e-14 * abs(float(one))


def _sorted(rows: Rows) -> Rows:
    return sorted(rows, key=lambda row: [(cell is None, cell or "") for cell in row])


def _answer(statement: dict[str, Any], context: StatementContext) -> dict[str, Any]:
    """Return the types, names and rows of a statement, or its error."""
    try:
        result = read_statement(statement["sql"], context).run()
    except InvalidStatementError:
        return {"error": "SYNTAX_ERROR"}
    except QueryFailedError as error:
        return {"error": str(error).partition(":")[0]}
    types = [
        f"decimal({column['Precision']},{column['Scale']})" if column["Type"] == "decimal" else column["Type"]
        for column in result.columns
    ]
    names = [column["Name"] for column in result.columns]
    return {"types": types, "names": names, "rows": _rows(bytes(result.take_content()))}


def _difference(statement: dict[str, Any], context: StatementContext) -> str:
    """Return what differs from Trino's answer: ``refused``, ``accepted``, ``rows``, ``types`` or ``names``, or nothing."""
    answer = _answer(statement, context)
    if "error" in answer:
        return "" if "error" in statement else "refused"
    if "error" in statement:
        return "accepted"
    rows: Rows = answer["rows"]
    expected: Rows = statement["rows"]
    if not statement.get("ordered"):
        rows, expected = _sorted(rows), _sorted(expected)
    same = len(rows) == len(expected) and all(
        len(one) == len(other) and all(map(_is_close, other, one)) for one, other in zip(rows, expected, strict=True)
    )
    if not same:
        return "rows"
    if list(map(_base, answer["types"])) != list(map(_base, statement["types"])):
        return "types"
    return "" if answer["names"] == [name.lower() for name in statement["names"]] else "names"


@pytest.fixture(scope="module")
def corpus(aws: Callable[[str], Any]) -> None:
    """Create the tables."""
    lake = Lake(aws, _BUCKET)
    lake.glue.create_database(DatabaseInput={"Name": _DATABASE})
    _load(lake)


@pytest.fixture(scope="module")
def real_trino(local_cloud_server: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrinoServer]:
    """Yield a Trino beside the local cloud; the first time, it is downloaded."""
    try:
        trino = TrinoServer(assemble(DEFAULT_FOLDER, print))
    except TrinoMissingError as error:
        pytest.skip(str(error))
    folder, settings = tmp_path_factory.mktemp("trino"), local_cloud_server.settings
    trino.start(folder, local_cloud_server.endpoint_url, settings.region, local_cloud_server.access_key)
    yield trino
    trino.stop()


@pytest.mark.timeout(1200)
@pytest.mark.usefixtures("corpus")
def test_the_answers_are_trinos_but_for_the_listed(local_cloud_server: LocalCloud, tmp_path: Path) -> None:
    context = StatementContext(_DATABASE, local_cloud_server.settings.region, tmp_path)
    found = {one["id"]: difference for one in STATEMENTS if (difference := _difference(one, context))}
    expected = {identifier: kind for identifier, (kind, _) in KNOWN.items()}
    assert found == expected


@pytest.mark.trino
@pytest.mark.heavy
@pytest.mark.timeout(1800)
@pytest.mark.usefixtures("corpus")
def test_a_real_trino_gives_these_answers(
    local_cloud_server: LocalCloud, real_trino: TrinoServer, tmp_path: Path
) -> None:
    region = local_cloud_server.settings.region
    context = StatementContext(_DATABASE, region, tmp_path, engine=real_trino.query)
    found = {one["id"]: difference for one in STATEMENTS if (difference := _difference(one, context))}
    assert found == {}


@pytest.mark.trino
@pytest.mark.heavy
@pytest.mark.usefixtures("corpus")
def test_statements_without_an_answer_get_trinos(
    local_cloud_server: LocalCloud, real_trino: TrinoServer, tmp_path: Path
) -> None:
    region = local_cloud_server.settings.region
    context = StatementContext(_DATABASE, region, tmp_path, engine=real_trino.query)
    answered = [one if one in STATEMENTS else one | _answer(one, context) for one in _ALL]
    if answered != _ALL and os.environ.get("TRINO_ANSWERS") == "write":
        lines = (json.dumps(one, ensure_ascii=False, separators=(",", ":")) + "\n" for one in answered)
        _STATEMENTS.write_text("".join(lines), encoding="utf-8")
    else:
        assert answered == _ALL


def test_each_listed_difference_has_its_reason() -> None:
    assert all(reason for _, reason in KNOWN.values())
    assert set(KNOWN) <= {one["id"] for one in _ALL}


def test_few_statements_differ() -> None:
    kinds = [kind for kind, _ in KNOWN.values()]
    assert kinds.count("accepted") <= len(STATEMENTS) // 100
    assert kinds.count("refused") <= len(STATEMENTS) // 50
