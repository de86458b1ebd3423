"""JSON lines, read by the rules of a SerDe.

https://docs.aws.amazon.com/athena/latest/ug/openx-json-serde.html. Each file is translated once into JSON with
the table's names and values, which DuckDB reads. An invalid value fails only the queries that read its column. A query that reads no
column, such as ``count(*)``, only checks that each line is an object, which DuckDB can mostly do itself.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import json
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local_cloud.athena.catalog.hive_types import duckdb_type, literal, quoted
from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.formats import hive_json_values, openx_values
from local_cloud.athena.formats.json_keys import JsonKeys
from local_cloud.athena.formats.json_shapes import shapes_of
from local_cloud.athena.formats.lenient_json import LenientReader
from local_cloud.athena.formats.openx_values import Number, UnreadableValueError
from local_cloud.athena.formats.text_lines import LONGEST_LINE, lines_sql

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import duckdb

    from local_cloud.athena.formats.openx_values import Decoder

_FAILED = "$error"  # suffix of a column's name; no column can be named so
_LARGEST_OBJECT = 4 * LONGEST_LINE  # binary values become escapes, which are longer than Base64
_SAMPLED_LINES = 1000
_OBJECT = "object"


@dataclass(frozen=True)
class JsonRules:
    """How a SerDe reads lines and values.

    Attributes
    ----------
    decoder_of
        Returns the function that converts the values of a Hive type.
    is_lenient
        Whether a line is read as org.json reads it, and an array as the columns by their position.
    keys
        How names are matched with keys.
    ignores_malformed
        Whether a line that is not JSON is a row of nulls, instead of failing the query.
    nulls_invalid
        Whether a value of the wrong shape is null, instead of failing the query.
    """

    decoder_of: Callable[[str], Decoder]
    is_lenient: bool
    keys: JsonKeys = field(default_factory=JsonKeys)
    ignores_malformed: bool = False
    nulls_invalid: bool = False

    @functools.cached_property
    def decoder(self) -> json.JSONDecoder:
        """The reader of JSON."""
        return json.JSONDecoder(
            object_pairs_hook=self.object, parse_int=Number, parse_float=Number, parse_constant=_refuse
        )

    def document(self, line: str) -> dict[str, Any] | list[Any]:
        """Return the document of a line; what follows it is ignored.

        Raises
        ------
        QueryFailedError
            If it is malformed.
        """
        try:
            return _document(line, self)
        except QueryFailedError:
            if self.ignores_malformed:
                return {}
            raise

    def object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """Return an object. Duplicate keys fail the query: https://repost.aws/knowledge-center/json-duplicate-key-error-athena-config."""
        if len({self.keys.folded(name) for name, _ in pairs}) < len(pairs):
            raise _malformed(f"Duplicate key in {json.dumps([name for name, _ in pairs])}")
        return dict(pairs)


HIVE_RULES = JsonRules(hive_json_values.decoder_of, is_lenient=False)


def openx_rules(parameters: Mapping[str, str]) -> JsonRules:
    """Return the rules of the OpenX SerDe with its parameters."""
    keys = JsonKeys.of(parameters)
    return JsonRules(
        lambda hive_type: openx_values.decoder_of(hive_type, keys),
        is_lenient=True,
        keys=keys,
        ignores_malformed=parameters.get("ignore.malformed.json", "").lower() == "true",
        nulls_invalid=parameters.get("use.null.for.invalid.data", "").lower() == "true",
    )


def json_rows_sql(columns: Sequence[tuple[str, str]], files: Sequence[str], skipped: int, rules: JsonRules) -> str:
    """Return the SELECT over some files. A line that is not an object fails the query, as in Athena.

    Parameters
    ----------
    skipped
        Number of header lines in each file.
    """
    settings = (rules.is_lenient, rules.keys, rules.ignores_malformed, rules.nulls_invalid)
    digest = hashlib.sha256(repr((list(columns), skipped, settings)).encode()).hexdigest()[:16]
    decoders = [(name, rules.decoder_of(kind)) for name, kind in columns]
    translated = [_translated(Path(file), f".{digest}", decoders, skipped, rules) for file in files]
    listed = ", ".join(literal(str(file)) for file in translated)
    # DuckDB allocates twice this size for each of its threads.
    largest = min(max(file.stat().st_size for file in translated) + 1, _LARGEST_OBJECT)
    # Binary values are strings of escapes, which a cast reads.
    kinds = {name: duckdb_type(kind).replace("BLOB", "VARCHAR") for name, kind in columns}
    kinds |= {f"{name}{_FAILED}": "VARCHAR" for name, _ in columns}
    described = ", ".join(f"{literal(name)}: {literal(kind)}" for name, kind in kinds.items())
    source = (
        f"read_json([{listed}], columns={{{described}}}, format='newline_delimited', filename=true, "
        f"hive_partitioning=false, maximum_object_size={largest})"
    )
    selected = [
        f"CASE WHEN {quoted(name + _FAILED)} IS NULL THEN CAST({quoted(name)} AS {duckdb_type(kind)}) "
        f"ELSE error({quoted(name + _FAILED)}) END AS {quoted(name)}"
        for name, kind in columns
    ]
    return f"SELECT {', '.join([*selected, f'left(filename, -{len(digest) + 1}) AS filename'])} FROM {source}"


def json_objects_sql(
    connection: duckdb.DuckDBPyConnection,
    columns: Sequence[tuple[str, str]],
    files: Sequence[str],
    skipped: int,
    rules: JsonRules,
) -> str:
    """Return the SELECT for a query that reads no column: all values are null, and a line that is not an object fails the query."""
    function = f"json_line_{uuid.uuid4().hex}"

    def kind_of_line(line: str) -> str:
        return _kind_of_line(line, rules)

    connection.create_function(function, kind_of_line, ["VARCHAR"], "VARCHAR")
    lines = []
    for file in files:
        kind = f"{function}(line)"
        documents = (document for _, document in first_lines(Path(file), rules, skipped))
        if shapes := shapes_of(document for document in documents if isinstance(document, dict)):
            kind = f"CASE WHEN regexp_full_match(line, {literal(shapes)}) THEN {literal(_OBJECT)} ELSE {kind} END"
        lines.append(f"SELECT filename, {kind} AS kind FROM {lines_sql([file], skipped)}")
    nulls = [f"NULL::{duckdb_type(kind)} AS {quoted(name)}" for name, kind in columns]
    return (
        f"SELECT {', '.join([*nulls, 'filename'])} FROM ({' UNION ALL '.join(lines)}) "
        f"WHERE CASE kind WHEN {literal(_OBJECT)} THEN true ELSE error(kind) END"
    )


def first_lines(file: Path, rules: JsonRules, skipped: int = 0) -> Iterator[tuple[str, dict[str, Any] | list[Any]]]:
    """Yield the first lines of a file, and their documents, without those that fail the query."""
    with file.open(encoding="utf-8", errors="replace", newline="\n") as lines:
        for line in itertools.islice(lines, skipped, skipped + _SAMPLED_LINES):
            try:
                yield line, rules.document(line)
            except QueryFailedError:  # the query itself reports it
                continue


def _kind_of_line(line: str, rules: JsonRules) -> str:
    """Return that a line is an object, or the error that it fails the query with."""
    try:
        rules.document(line)
    except QueryFailedError as error:
        return str(error)
    return _OBJECT


def _translated(file: Path, suffix: str, decoders: list[tuple[str, Decoder]], skipped: int, rules: JsonRules) -> Path:
    translated = Path(f"{file}{suffix}")
    if not translated.exists():
        partial = Path(f"{file}.{uuid.uuid4()}.partial")
        try:
            _translate(file, partial, decoders, skipped, rules)
            partial.rename(translated)
        finally:
            partial.unlink(missing_ok=True)
    return translated


def _translate(file: Path, to: Path, decoders: list[tuple[str, Decoder]], skipped: int, rules: JsonRules) -> None:
    values_of = rules.keys.reader([name for name, _ in decoders])

    def row(line: str) -> Iterator[tuple[str, Any]]:
        document = rules.document(line)
        values = document if isinstance(document, list) else values_of(document)
        for (name, decode), value in zip(decoders, values, strict=False):
            if value is None:
                continue
            try:
                yield name, decode(value)
            except UnreadableValueError as error:
                if not rules.nulls_invalid:
                    yield f"{name}{_FAILED}", f"HIVE_CURSOR_ERROR: {error}"

    # Half a surrogate pair, which cannot be encoded, becomes a question mark, as in Java.
    with file.open(encoding="utf-8", newline="\n") as lines, to.open("w", encoding="utf-8", errors="replace") as rows:
        for number, line in enumerate(lines):
            if number >= skipped:
                rows.write(json.dumps(dict(row(line)), ensure_ascii=False) + "\n")


def _document(line: str, rules: JsonRules) -> dict[str, Any] | list[Any]:
    text = line.strip().lstrip("\ufeff") if rules.is_lenient else line.strip()
    if rules.is_lenient and not text.startswith(("{", "[")):
        return {}  # a row of nulls
    try:
        document = rules.decoder.raw_decode(text)[0]
    except (ValueError, RecursionError) as error:
        if not rules.is_lenient or isinstance(error, RecursionError):
            raise _malformed(line) from error
        try:
            document = LenientReader(text, Number, rules.object).document()
        except (ValueError, RecursionError):
            raise _malformed(line) from error
    if rules.is_lenient and (document is None or isinstance(document, list)):
        return document or {}
    if not isinstance(document, dict):
        raise _malformed(line)
    return document


def _refuse(name: str) -> None:
    raise ValueError(name)


def _malformed(what: str) -> QueryFailedError:
    return QueryFailedError(
        "HIVE_CURSOR_ERROR", f"Row is not a valid JSON Object - JSONException: {what.rstrip()[:200]}"
    )
