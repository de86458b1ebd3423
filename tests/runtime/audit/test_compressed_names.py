"""Tests of compressed files: engines decompress by file name, and only names that Athena and the audit support are published."""

from __future__ import annotations

import bz2
import gzip
import zlib
from typing import TYPE_CHECKING

import pytest

from tests.runtime.audit.text_audit import audit, content, findings

if TYPE_CHECKING:
    from pathlib import Path

ROWS = b"1,ann\n2,bob\n"
TABLE = content("csv", [{"name": "id", "type": "int"}, {"name": "name", "type": "string"}])


@pytest.mark.parametrize(
    ("name", "body", "problem"),
    [
        ("p.csv", ROWS, None),
        ("p.csv.gz", gzip.compress(ROWS, mtime=0), None),
        ("p.csv.bz2", bz2.compress(ROWS), None),
        (
            "p.csv.zst",
            b"\x28\xb5\x2f\xfd" + ROWS,
            "its name ends in .zst: files compressed with zstd cannot be audited",
        ),
        ("p.csv.snappy", ROWS, "its name ends in .snappy"),
        ("p.csv.lz4", ROWS, "its name ends in .lz4"),
        ("p.csv.LZO", ROWS, "its name ends in .lzo"),
        ("p.csv.deflate", zlib.compress(ROWS), "its name ends in .deflate: Athena does not read deflate"),
        ("p.csv.br", ROWS, "Athena does not read brotli"),
        ("p.csv.xz", ROWS, "Athena does not read xz"),
        ("p.csv.zip", ROWS, "Athena does not read zip"),
        ("p.tar.gz", gzip.compress(ROWS, mtime=0), "Athena does not read tar"),
        (
            "p.csv.GZ",
            gzip.compress(ROWS, mtime=0),
            "engines recognize compression by a lower-case suffix: use .gz",
        ),
        ("p.csv", b"\x04\x22\x4d\x18" + ROWS, "the file contains lz4"),
        ("p.csv", b"\xff\x06\x00\x00sNaPpY" + ROWS, "the file contains snappy"),
        ("p.csv", b"\x28\xb5\x2f\xfd" + ROWS, "the file contains zstd"),
    ],
)
def test_what_a_name_promises(name: str, body: bytes, problem: str | None, tmp_path: Path) -> None:
    found = findings(audit(tmp_path, body, TABLE, name), tmp_path)
    assert len(found) == (problem is not None), found
    assert problem is None or problem in found[0]
