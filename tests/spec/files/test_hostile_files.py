"""Tests that a file with any content is either a pipeline or has printable problems."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from partitioned_pipelines.spec.model import pipeline as model
from tests.spec.project_folder import FILE, VALID, ProjectFolder

_MODELS = (
    model.PipelineEntry,
    model.Schedule,
    model.DockerfileImage,
    model.UriImage,
    model.StepEntry,
    model.StepInput,
    model.Instance,
    model.Table,
    model.TableSource,
    model.Column,
    model.PartitionKey,
)
_KEYS = st.sampled_from([*sorted({name for each in _MODELS for name in each.model_fields}), "table", "<uri>", "[key]"])
_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | _KEYS
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS | st.text(max_size=8), inner, max_size=6),
    max_leaves=30,
)
_STEPS = st.lists(
    st.fixed_dictionaries({"name": _VALUES, "script": _VALUES}, optional={"inputs": _VALUES, "image": _VALUES})
)
_TABLE = st.fixed_dictionaries(
    {"source": _VALUES, "database": _VALUES, "name": _VALUES, "columns": _VALUES, "partition_keys": _VALUES}
)
_LIKE_PIPELINES = st.fixed_dictionaries(
    {"name": _VALUES, "steps": _STEPS, "table": _TABLE}, optional={"image": _VALUES}
)
_OFTEN = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _check(content: str | bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = ProjectFolder.make(Path(folder))
        lines = (content.encode(errors="replace") if isinstance(content, str) else content).count(b"\n") + 1
        project.write(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
        for problem in project.problems():
            assert problem.file == FILE
            assert 1 <= problem.line <= lines + 1
            shown = str(problem)
            assert "\n" not in shown
            assert len(shown) < 3000
            assert shown.encode()


@given(st.binary(max_size=200))
@_OFTEN
def test_any_bytes(content: bytes) -> None:
    _check(content)


@given(st.text(alphabet="abn:-[]{}'\"\\#&*!|>%@`?, \n\t012~.<", max_size=120))
@_OFTEN
def test_any_text_of_yamls_own_characters(content: str) -> None:
    _check(content)


@given(_VALUES | _LIKE_PIPELINES)
@_OFTEN
def test_any_data(data: Any) -> None:
    _check(json.dumps(data))  # JSON is valid YAML


@example(VALID.index("{process_date}") + 1, 0, "\n\n")  # a placeholder that spans two lines
@given(st.integers(0, len(VALID)), st.integers(0, 40), st.text(alphabet="ab:-[]{}'\"\\#&*!|>% \n0~", max_size=10))
@_OFTEN
def test_a_pipeline_file_with_a_piece_replaced(at: int, length: int, piece: str) -> None:
    _check(VALID[:at] + piece + VALID[at + length :])
