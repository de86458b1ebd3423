"""Tests of the prefix of job names: valid with a UUID appended, stable, and different for any two steps."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partitioned_pipelines.spec import job_stem

_UUID = "01234567-89ab-cdef-0123-456789abcdef"
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProcessingJob.html
_JOB_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,63}", fullmatch=True)
# Few letters, so that colliding names are found.
SHORT = st.from_regex(r"[ab][ab_]{0,4}", fullmatch=True)


@pytest.mark.parametrize(
    ("pipeline", "step", "stem"),
    [
        ("feature_table", "transform", "feature-table--transform"),
        ("flights", "extract", "flights--extract"),
        ("a", "b", "a--b"),
        ("customer_lifetime_value", "train_and_evaluate", "customer-lifetime-v-3e09bc"),
        ("a_", "b", "a-b-4ba703"),
    ],
)
def test_stems(pipeline: str, step: str, stem: str) -> None:
    assert job_stem(pipeline, step) == stem


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(
            ("customer_lifetime_value", "step_a"), ("customer_lifetime_value", "step_b"), id="end-of-the-step"
        ),
        pytest.param(("p" * 39 + "1", "x"), ("p" * 39 + "2", "x"), id="end-of-the-pipeline"),
        pytest.param(("a", "b_c"), ("a_b", "c"), id="where-one-ends-and-the-other-begins"),
        pytest.param(("a__b", "c"), ("a_b", "c"), id="two-underscores"),
        pytest.param(("a_", "b"), ("a", "b"), id="underscore-at-the-end"),
        pytest.param(("a", "b_"), ("a", "b"), id="underscore-at-the-very-end"),
    ],
)
def test_two_steps_never_meet(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert job_stem(*one) != job_stem(*other)


@given(NAMES, NAMES)
def test_job_names_are_legal(pipeline: str, step: str) -> None:
    stem = job_stem(pipeline, step)
    assert len(stem) <= 26
    assert _JOB_NAME.fullmatch(f"{stem}-{_UUID}")
    assert job_stem(pipeline, step) == stem


@given(st.tuples(SHORT, SHORT), st.tuples(SHORT, SHORT))
def test_other_names_have_other_stems(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert (job_stem(*one) == job_stem(*other)) == (one == other)


@given(st.tuples(SHORT, SHORT), st.tuples(SHORT, SHORT))
def test_a_pattern_for_one_pipelines_jobs_fits_no_others(one: tuple[str, str], other: tuple[str, str]) -> None:
    """The workflow's role may access ``<stem>-*``."""
    if one[0] != other[0]:
        assert not f"{job_stem(*other)}-{_UUID}".startswith(f"{job_stem(*one)}-")
