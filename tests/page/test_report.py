"""The file of ``pipelines report``: whole, self-contained, and without what was to be left out."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.cli.commands.report import fitting
from tests.page.lakes import pages_of, report_of, simulated
from tests.page.parsed import parse

if TYPE_CHECKING:
    from partitioned_pipelines.page.report import Report


@pytest.fixture(scope="module")
def report() -> Report:
    return report_of(simulated())


def test_every_link_leads_to_a_page_of_the_file(report: Report) -> None:
    document = parse(report.html())
    pages = set(pages_of(report))
    links = {each.attributes["href"] for each in document.all("a")}
    assert "#/table/analytics.flights" in links
    for link in links - {"#main"}:
        assert link.startswith("#/"), link
        assert link[1:].partition("?")[0] in pages, link


def test_every_glyph_is_defined(report: Report) -> None:
    document = parse(report.html())
    symbols = {f"#{each.attributes['id']}" for each in document.all("symbol")}
    assert {each.attributes["href"] for each in document.all("use")} <= symbols


def test_ids_are_unique_in_each_page(report: Report) -> None:
    document = parse(report.html())
    outside = [each.attributes["id"] for each in document.one("body").all() if "id" in each.attributes]
    for name, page in pages_of(report).items():
        inside = [each.attributes["id"] for each in page.all() if "id" in each.attributes]
        assert len(inside) == len(set(inside)), name
        assert len(page.all("h1")) == 1, name
    assert not {each for each in outside if each in {"main", "say", "tip", "keys"} and outside.count(each) > 1}


def test_the_policy_allows_its_one_style_and_its_one_script_and_no_request(report: Report) -> None:
    html = report.html()
    document = parse(html)
    (policy,) = [
        each.attributes["content"]
        for each in document.all("meta")
        if each.attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    directives = {name: sources for name, _, sources in (each.strip().partition(" ") for each in policy.split(";"))}
    assert directives["default-src"] == "'none'"
    assert set(directives) == {"default-src", "style-src", "script-src", "img-src", "base-uri", "form-action"}
    assert (directives["img-src"], directives["base-uri"], directives["form-action"]) == ("data:", "'none'", "'none'")
    for name, element in (("style-src", document.one("style")), ("script-src", document.one("head").one("script"))):
        digest = b64encode(sha256(element.raw_text.encode()).digest()).decode()
        assert directives[name] == f"'sha256-{digest}'"
    running = [each for each in document.all("script") if each.attributes.get("type") != "application/json"]
    assert len(running) == 1
    assert not re.search(r"\ssrc=|url\(|https?:", html)
    assert not [
        each for each in document.all() if any(name.startswith("on") or name == "style" for name in each.attributes)
    ]


def test_twelve_pipelines_of_400_intervals_are_within_a_megabyte(report: Report) -> None:
    assert len(report.runs) > 20
    assert 100_000 < len(report.html().encode()) < 1_000_000


def test_it_says_what_it_holds_and_what_is_left_out(report: Report) -> None:
    left = replace(report, left_out=("3 runs without a page.",))
    footer = parse(left.html()).one("footer").text
    assert "It holds the ends of logs, names, ARNs and account ids: pass it on with care." in footer
    assert "It has 14 tables and 22 runs." in footer
    assert "3 runs without a page." in footer


def test_without_logs_there_are_no_lines_of_logs_and_no_tracebacks(report: Report) -> None:
    runs = [
        replace(each, error=replace(each.error, traceback=("File secret.py",))) if each.error else each
        for each in report.runs
    ]
    assert "line 29" in replace(report, runs=runs).html()
    assert "File secret.py" in replace(report, runs=runs).html()
    html = replace(report, runs=runs, logs=False).html()
    assert "line 29" not in html
    assert "File secret.py" not in html
    assert "the file was written with --no-logs" in html
    assert "318 of 331 rows" in html, "the error is no log"
    assert "It holds names, ARNs and account ids" in parse(html).one("footer").text


def test_redacted_it_has_no_account_id(report: Report) -> None:
    runs = [replace(each, image="999999999999.dkr.ecr.eu-west-1.amazonaws.com/x@sha256:1") for each in report.runs]
    runs[0] = replace(runs[0], log=replace(runs[0].log, lines=("arn:aws:iam::888888888888:role/x of 123456789012",)))
    whole = replace(report, runs=runs)
    assert "123456789012" in whole.html()
    assert "888888888888" in whole.html()
    html = whole.html(redact=True)
    assert not re.findall(r"123456789012|888888888888|999999999999", html)
    assert "XXXXXXXXXXXX/ap-northeast-1" in html
    assert parse(html).shape == parse(whole.html()).shape
    assert "account ids" not in parse(html).one("footer").text


def test_a_file_that_is_too_large_gets_fewer_runs_and_says_so(report: Report) -> None:
    size = len(report.html().encode())
    kept, html = fitting(report, size - 1, redact=False)
    assert kept.runs == report.runs[:11]
    assert len(html) < size
    assert "11 runs left out: the file would be larger than" in parse(html.decode()).one("footer").text
    assert fitting(report, size, redact=False)[0] == report


def test_runs_are_not_left_out_in_vain(report: Report) -> None:
    kept, html = fitting(report, 100_000, redact=False)
    assert kept.runs == report.runs
    assert "The file is larger than 100.0 kB: fewer pipelines" in parse(html.decode()).one("footer").text


def test_the_same_lake_gives_the_same_bytes(report: Report) -> None:
    assert report.html() == report_of(simulated()).html()
