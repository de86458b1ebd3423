"""Tests of placeholders: resolved, literal and rejected ones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partitioned_pipelines.lake.placeholders import InvalidPlaceholderError, Template
from partitioned_pipelines.lake.time_format import InvalidFormatError

VALUES: dict[str, str | date] = {
    "lake": "bucket",
    "run_id": "20261123T162508Z-1a2b3c4d",
    "process_date": date(2021, 12, 5),
    "process_start": date(2021, 12, 5),
    "process_end": date(2021, 12, 6),
}


@pytest.mark.parametrize(
    ("text", "resolved"),
    [
        ("", ""),
        ("--day", "--day"),
        ("s3://{lake}/raw/x/{process_date:%Y/%m/%d}/", "s3://bucket/raw/x/2021/12/05/"),
        ("{process_start}..{process_end}", "2021-12-05..2021-12-06"),
        ("{run_id}", "20261123T162508Z-1a2b3c4d"),
        ("{process_date:%y %j %G-W%V-%u 100%%}", "21 339 2021-W48-7 100%"),
        ("{process_date:at %d: fine}", "at 05: fine"),
        ("{{lake}}", "{lake}"),
        ("{{{lake}}}", "{bucket}"),
        ('{{"a": {{}}}}', '{"a": {}}'),
        # Other languages' placeholders are plain text.
        ("$.plan $$.Execution States.Format( <aws.scheduler.scheduled-time>", None),
    ],
)
def test_resolves(text: str, resolved: str | None) -> None:
    assert Template.parse(text).resolve(VALUES) == (text if resolved is None else resolved)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{lakes}", "{lakes}"),
        ("{}", "{}"),
        ("{ lake }", "{ lake }"),
        ("{lake:%Y}", "has no format"),
        ("{process_date:}", "is empty"),
        ("{process_date:%H}", "'%H'"),
        ("{process_start:%S}", "'%S'"),
        ("{process_start_utc:%B}", "'%B'"),
        ("{process_date:%B}", "'%B'"),
        ("{process_date:%}", "'%'"),
        ("{process_date!r}", "{process_date!r}"),
        ("{process_date.year}", "{process_date.year}"),
        ("${lake", "unpaired brace at character 2"),
        ("a}b", "'}}'"),
        ("{% raw %}", "not a placeholder"),
    ],
)
def test_refuses_by_name(text: str, says: str) -> None:
    with pytest.raises(InvalidPlaceholderError) as caught:
        Template.parse(text)
    assert says in str(caught.value)


def test_names_are_known_before_values_are() -> None:
    assert Template.parse("{{x}} {lake} {process_end:%Y}").names == {"lake", "process_end"}


def test_years_before_1000_keep_four_digits() -> None:
    assert Template.parse("{process_date:%Y %G}").resolve({"process_date": date(44, 3, 15)}) == "0044 0044"


@given(st.text())
def test_doubled_braces_make_any_text_literal(text: str) -> None:
    doubled = text.replace("{", "{{").replace("}", "}}")
    assert Template.parse(doubled).resolve({}) == text


@given(st.dates())
def test_dates_are_written_as_strftime_does(day: date) -> None:
    assert Template.parse("{process_date}").resolve({"process_date": day}) == day.isoformat()
    for directive in ("%m", "%d", "%j", "%V", "%u", "%y"):
        assert Template.parse(f"{{process_date:{directive}}}").resolve({"process_date": day}) == day.strftime(directive)


def test_times_of_day() -> None:
    start = datetime(2026, 11, 1, 1, tzinfo=timezone(timedelta(hours=-4)))
    values: dict[str, str | date] = {"process_start": start, "process_start_utc": start.astimezone(UTC)}
    template = Template.parse(
        "{process_start:%Y-%m-%dT%H%M%z} {process_start_utc:%H} {process_start} {process_start_utc}"
    )
    assert template.resolve(values) == "2026-11-01T0100-0400 05 2026-11-01T01:00:00-04:00 2026-11-01T05:00:00+00:00"
    assert template.local_times == ["{process_start:%Y-%m-%dT%H%M%z}"]


def test_a_date_has_no_time_of_day() -> None:
    with pytest.raises(InvalidFormatError, match="2021-12-05 is a date"):
        Template.parse("{process_start:%H}").resolve(VALUES)
