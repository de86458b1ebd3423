"""Text of people, scripts and data is text: it changes no element, and none of it is obeyed."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from partitioned_pipelines.lake.unsafe_text import UNSAFE
from partitioned_pipelines.operations.lake_state.documents.lake import Problem
from partitioned_pipelines.operations.lake_state.documents.run import RunLog
from partitioned_pipelines.page.pages import Pages
from partitioned_pipelines.page.rendering import readable
from tests.page.lakes import report_of, simulated
from tests.page.parsed import parse

HOSTILE = {
    "script": " <script>alert(1)</script>",
    "quotes": " \"'`><svg onload=alert(1)>",
    "template": " </template></script></style><!--",
    "braces": " {{ 7 * 7 }}{% raw %}",
    "entities": " &lt;b&gt; &amp;",
    "bidi": " \u202egnp.exe\u2066",
    "controls": " \x00\x07\x1b[2J\x85",
    "separators": " \u2028\u2029",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_report_has_the_elements_that_it_has_with_plain_text(text: str) -> None:
    plain, hostile = (
        report_of(simulated(text=" plain", intervals=40)).html(),
        report_of(simulated(text=text, intervals=40)).html(),
    )
    assert parse(hostile).shape == parse(plain).shape
    assert not [found for found in UNSAFE.findall(hostile) if found not in "\n\t"]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_it_is_shown_as_it_is(text: str) -> None:
    found = simulated(text=text, intervals=40)
    document = parse(report_of(found).html())
    shown = readable(text)
    table = document.one("template", id="page:/table/analytics.flights")
    assert f"as the source delivers it{shown}" in table.raw_text, "the description"
    columns = table.all("table")[1]
    assert shown in columns.raw_text, "a comment of a column"
    run = next(each for each in found.runs.values() if each.error)
    page = document.one("template", id=f"page:/run/{run.id}")
    assert shown.strip(" ") in page.one(class_="why-box").raw_text, "the error"
    assert f"{shown}\n" in page.one("pre", class_="log").raw_text, "the log"
    assert f"tailnum{shown}" in document.one("main").raw_text, "the reason of what needs somebody"
    data = json.loads(table.one("script", class_="intervals").raw_text)
    assert any(shown.strip(" ") in why for why, _ in data["texts"]), "what the script shows"


def test_json_cannot_end_its_element() -> None:
    html = report_of(simulated(text=" </script><!--<script>")).html()
    for content in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', html, re.DOTALL):
        assert "<" not in content


def test_names_from_outside_are_text_in_every_page() -> None:
    lake = simulated().lake
    name = '"><script>alert(1)</script>\u202e'
    pages = Pages(lake)
    problem = Problem(name, "Glue", "GetPartitions", name, name, ("pipelines", name))
    for page in (
        pages.not_found_page(name),
        pages.problem_page(problem),
        pages.lake_page(query=name),
        pages.runs_page([], pipeline=name, state=name, problems=[problem]),
        pages.table_page("analytics.flights", None, at=name, problem=problem),
    ):
        html = page.html()
        assert "<script>alert" not in html
        assert "\u202e" not in html
        parse(html)


def test_a_line_of_ten_megabytes_is_cut() -> None:
    found = simulated()
    run = next(each for each in found.runs.values() if each.error)
    assert run.error
    long = "x" * 10_000_000
    run = replace(run, log=RunLog(run.log.job, (long, "short"), None), error=replace(run.error, message=long))
    html = Pages(found.lake).run_page(run).html()
    assert len(html) < 100_000
    assert "(9,996,000 more characters)" in html


def test_a_link_stays_within_its_own_pages() -> None:
    html = report_of(simulated(text=' javascript:alert(1) https://example.com "')).html()
    assert {each.attributes["href"][:2] for each in parse(html).all("a") if "href" in each.attributes} == {"#/"} | {
        "#m"
    }
