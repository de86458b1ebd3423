"""Tests of the traceback in a job's log: the script's frames first, with short paths, and its other output."""

from __future__ import annotations

from partitioned_pipelines.cli.runs.logs.script_output import find_traceback

LOG = """\
reading
Traceback (most recent call last):
  File "/opt/ml/processing/input/code/transform.py", line 12, in <module>
    main()
    ~~~~^^
  File "/opt/ml/processing/input/code/parts/read.py", line 5, in read
    return pd.read_csv(path)
  File "/venv/lib/python3.12/site-packages/pandas/io/parsers/readers.py", line 1026, in read_csv
    return _read(filepath_or_buffer, kwds)
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  [Previous line repeated 2 more times]
  File "/usr/lib/python3.12/pathlib.py", line 1013, in open
    return io.open(self, mode)
FileNotFoundError: [Errno 2] No such file or directory: 'x.csv'
flushed late
""".splitlines()


def test_frames_are_the_scripts_or_a_librarys() -> None:
    found, printed = find_traceback(LOG)
    assert found is not None
    assert found.lines() == [
        "FileNotFoundError: [Errno 2] No such file or directory: 'x.csv'",
        "  transform.py:12, in <module>",
        "    main()",
        "  parts/read.py:5, in read",
        "    return pd.read_csv(path)",
        "  in libraries:",
        "    pandas/io/parsers/readers.py:1026, in read_csv",
        "    pathlib.py:1013, in open",
    ]
    assert printed == ["reading", "flushed late"]
    document = found.document()
    assert document["exception"].startswith("FileNotFoundError")
    assert document["script_frames"][1] == {
        "path": "parts/read.py",
        "line": 5,
        "function": "read",
        "code": "return pd.read_csv(path)",
    }
    assert [frame["path"] for frame in document["library_frames"]] == ["pandas/io/parsers/readers.py", "pathlib.py"]


def test_a_chain_ends_with_what_ended_the_script() -> None:
    chain = [
        "Traceback (most recent call last):",
        '  File "/opt/ml/processing/input/code/a.py", line 1, in f',
        "KeyError: 'x'",
        "",
        "The above exception was the direct cause of the following exception:",
        "Traceback (most recent call last):",
        '  File "/opt/ml/processing/input/code/a.py", line 3, in <module>',
        "ValueError: no x",
    ]
    found, printed = find_traceback(["first", *chain])
    assert found is not None
    assert found.exception == "ValueError: no x"
    assert found.cause is not None
    assert found.cause.exception == "KeyError: 'x'"
    assert found.lines()[-3:] == ["caused by", "KeyError: 'x'", "  a.py:1, in f"]
    assert printed == ["first"]


def test_an_earlier_traceback_that_the_script_survived_is_not_the_reason() -> None:
    one = ["Traceback (most recent call last):", '  File "/opt/ml/processing/input/code/a.py", line 1', "A: a"]
    two = [*one[:2], "B: b"]
    found, printed = find_traceback([*one, "went on", *two])
    assert found is not None
    assert (found.exception, found.cause) == ("B: b", None)
    assert printed == [*one, "went on"]


def test_what_is_no_traceback_is_what_the_script_printed() -> None:
    for lines in (
        [],
        ["Traceback (most recent call last):"],
        ["Traceback (most recent call last):", "gone"],
        ["exit 3"],
    ):
        assert find_traceback(lines) == (None, lines)
