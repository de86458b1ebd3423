"""What pages say without a script: the same as ``status --json`` says of the lake."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.operations.lake_state.documents.detail import LONGEST
from partitioned_pipelines.operations.lake_state.documents.document import to_document
from partitioned_pipelines.operations.lake_state.documents.lake import Span
from partitioned_pipelines.operations.lake_state.interval_letters import NAME_OF
from partitioned_pipelines.operations.lake_state.run_length import decode
from partitioned_pipelines.page.pages import WINDOWS, Pages
from partitioned_pipelines.page.screens.waiting import RootCauses
from tests.page.lakes import lake_of, listed, pages_of, pipeline, report_of, simulated, table
from tests.page.parsed import Element, parse

if TYPE_CHECKING:
    from partitioned_pipelines.operations.lake_state.documents.run import Run
    from partitioned_pipelines.operations.lake_state.documents.run_list import ListedRun
    from tests.simulated_lake import SimulatedLake

LAKE = simulated()


@pytest.fixture(scope="module")
def found() -> SimulatedLake:
    return LAKE


@pytest.fixture(scope="module")
def file(found: SimulatedLake) -> dict[str, Element]:
    """Return the pages of the report's file."""
    return pages_of(report_of(found))


@pytest.fixture(scope="module")
def served(found: SimulatedLake) -> Element:
    """Return the first page of a server."""
    return parse(Pages(found.lake).lake_page()).one("main")


@pytest.fixture(params=["file", "served"])
def first_page(request: pytest.FixtureRequest) -> Element:
    page = request.getfixturevalue(request.param)
    return page["/"] if request.param == "file" else page  # type: ignore[no-any-return]


def test_the_first_page_begins_with_the_verdict(first_page: Element) -> None:
    assert first_page.one("h1").text == to_document(LAKE.lake)["verdict"] == "3 of 14 tables need you"
    assert first_page.all("p", class_="lead")[0].text == "6 wait for another table, 5 are all right."


def test_it_lists_what_needs_somebody_in_order_with_the_command_that_mends_it(first_page: Element) -> None:
    document = to_document(LAKE.lake)
    shown = first_page.one("ol", class_="needs").all("li")
    assert len(shown) == len(document["needs"]) == 3
    for item, need in zip(shown, document["needs"], strict=True):
        assert [each.text for each in item.all("a")[: len(need["tables"])]] == need["tables"]
        assert item.one("code", class_="cmd").text == " ".join(need["command"])
        numbers = re.findall(r"([0-9]+) (?:[a-z]+ )?(failed|missing)", item.one(class_="what").text)
        assert {word: int(number) for number, word in numbers} == {
            word: need[word] for word in ("failed", "missing") if need[word]
        }
        assert item.all("svg")[0].attributes["aria-label"] == NAME_OF[need["state"]]
    assert "2026-05-25, since 2026-11-27" in shown[0].text
    assert "Waiting for it: 5 tables." in shown[0].text
    assert "2026-08-21 to 2026-08-23" in shown[2].text, "the last day, not the exclusive end"


def test_each_table_has_a_row_with_its_counts_and_its_newest_interval(first_page: Element) -> None:
    document = to_document(LAKE.lake)
    rows = {row.one("th").text: row for row in first_page.one("table", class_="grid").one("tbody").all("tr")}
    assert set(rows) == {each["id"] for each in document["tables"]}
    for each in document["tables"]:
        row = rows[each["id"]]
        spoken = row.one(role="slider").attributes["aria-label"]
        counts = {
            word: int(number.replace(",", ""))
            for number, word in re.findall(r"([0-9,]+) ([a-z][a-z ,]*?)(?=, [0-9]|$)", spoken)
        }
        assert counts == {NAME_OF[letter]: number for letter, number in each["counts"].items()}
        cells = [cell.text for cell in row.all("td")]
        assert cells[1] == each["newest"][: len(cells[1])].replace("T", " ")
        assert cells[2] == (f"{each['late']} days late" if each["late"] else "on time")
        assert cells[4] == f"{each['rows']:,}"


def test_the_strips_are_one_stop_for_the_tab_key(first_page: Element) -> None:
    stops = [each.attributes["tabindex"] for each in first_page.all(role="slider")]
    assert stops == ["0"] + ["-1"] * 13


def test_the_graph_and_its_list_name_each_table(first_page: Element) -> None:
    drawn = {each.attributes["aria-label"] for each in first_page.one(class_="lake").all("a")}
    assert drawn == {f"{each.id}, {state}" for each in LAKE.lake.tables for state in [newest(each.states)]}
    items = [each.text for each in first_page.one("details", class_="list").all("li")]
    assert len(items) == 12
    assert (
        "flights writes analytics.flights (failed); reads s3://lake/raw/flights/; read by delays_by_day, flights_quality."
        in items
    )


def newest(states: str) -> str:
    return NAME_OF[[letter for letter in decode(states) if letter != "."][-1]]


def test_the_calendar_of_a_table_has_the_states_of_the_model(file: dict[str, Element], found: SimulatedLake) -> None:
    for each in found.lake.tables:
        page = file[f"/table/{each.id}"]
        data = json.loads(page.one("script", class_="intervals").raw_text)
        assert data["states"] == "".join(decode(each.states))[-LONGEST:]


def test_a_table_says_why_each_exception_is_one(file: dict[str, Element]) -> None:
    rows = [
        [cell.text for cell in row.children if isinstance(cell, Element)]
        for row in exceptions(file, "quality.findings")
    ]
    assert rows == [
        ["2026-11-27 to 2026-11-28", "missing", "waits for analytics.flights"],
        ["2026-05-25", "missing", "waits for analytics.flights"],
    ]
    rows = [
        [cell.text for cell in row.children if isinstance(cell, Element)]
        for row in exceptions(file, "analytics.flights")
    ]
    assert rows == [
        ["2026-11-27 to 2026-11-28", "failed", "validate: 318 of 331 rows have no tailnum"],
        ["2026-08-30", "there, a newer run failed", "timed out after 60 min"],
        ["2026-05-25", "failed", "validate: 318 of 331 rows have no tailnum"],
    ]


@pytest.mark.parametrize(
    ("start", "span", "inside"),
    [
        ("2026-03-02", ("2026-03-02", "2026-03-04"), True),
        ("2026-03-03", ("2026-03-02", "2026-03-04"), True),
        ("2026-03-04", ("2026-03-02", "2026-03-04"), False),
        ("2026-03-01", ("2026-03-02", "2026-03-04"), False),
        ("2026-11-01T01:30:00-05:00", ("2026-11-01T01:00:00-04:00", "2026-11-01T01:45:00-05:00"), True),
        ("2026-11-01T01:50:00-05:00", ("2026-11-01T01:00:00-04:00", "2026-11-01T01:45:00-05:00"), False),
    ],
)
def test_an_interval_belongs_to_a_span_up_to_its_exclusive_end(start: str, span: tuple[str, str], inside: bool) -> None:
    lake = lake_of(pipeline("a", table("db.a", "f")))
    need = replace(lake.needs[0], intervals=(Span(*span),))
    found = RootCauses(replace(lake, needs=(need,))).of("db.a", start)
    assert found is (need if inside else None)


def exceptions(file: dict[str, Element], name: str) -> list[Element]:
    return file[f"/table/{name}"].one("section", id="exceptions").one("tbody").all("tr")


def test_a_table_shows_its_newest_due_interval_and_the_command_for_it(file: dict[str, Element]) -> None:
    panel = file["/table/analytics.flights"].one(id="panel")
    assert panel.one("h3").text == "2026-11-28"
    assert panel.one(class_="cmd").text == "pipelines run flights --date 2026-11-28 --target aws"


def test_a_failed_run_names_the_tables_that_wait_for_its_interval(found: SimulatedLake) -> None:
    newest, earlier = (
        next(run for run in found.runs.values() if run.pipeline == "flights" and run.start == day)
        for day in ("2026-11-28", "2026-05-25")
    )
    (need,) = (need for need in found.lake.needs if need.pipeline == "flights")
    tables = {each.table for each in need.waiting}
    assert "marts.revenue" not in tables, "it waits for web.sessions"
    for run in (newest, earlier):
        page = parse(Pages(found.lake).run_page(run)).one("main")
        shown = {
            link.text
            for paragraph in page.all("p")
            if "Waiting for it" in paragraph.text
            for link in paragraph.all("a")
        }
        assert shown == tables


def test_the_query_names_the_newest_partition(file: dict[str, Element]) -> None:
    commands = [each.raw_text for each in file["/table/shop.orders"].all("pre", class_="cmd")]
    assert "SELECT *\nFROM shop.orders\nWHERE dt = '2026-11-28'\nLIMIT 100" in commands


def test_an_interval_is_picked_by_its_start_or_the_beginning_of_it(found: SimulatedLake) -> None:
    pages = Pages(found.lake)

    def picked(name: str, at: str) -> str:
        page = parse(pages.table_page(name, found.details[name], at=at))
        return page.one(id="panel").one("h3").text

    assert picked("analytics.flights", "2026-05-25") == "2026-05-25"
    assert picked("web.clicks", "2026-11-20") == "2026-11-20 23:00", "the last hour of a day"
    assert picked("marts.monthly_report", "2026-05-25") == "2026-05", "the month that contains a day"
    assert picked("analytics.flights", "1999-01-01") == "2025-10-26", "the first one, of an older time"


def test_a_run_says_why_it_failed_and_what_repeats_it(file: dict[str, Element], found: SimulatedLake) -> None:
    run = next(each for each in found.runs.values() if each.pipeline == "flights" and each.start == "2026-11-28")
    page = file[f"/run/{run.id}"]
    assert page.one("h1").text == "flights, for 2026-11-28"
    box = page.one(class_="why-box")
    assert "validate: 318 of 331 rows have no tailnum" in box.text
    assert "Readers of analytics.flights see nothing for this interval." in box.text
    assert box.one(class_="cmd").text == " ".join(run.commands["run it again"])
    assert "Failed in transform after 20 min. Nothing was published." in page.text
    states = [
        [cell.text for cell in row.all("th") + row.all("td")[:2]]
        for row in page.one("table", class_="gantt").one("tbody").all("tr")
    ]
    assert [row[0] for row in states] == [
        "PlanRun",
        "extract, failedAlgorithmError",
        "extract, attempt 2",
        "transform, failed",
        "RegisterPartitions",
    ]
    assert "ValueError" in page.one("pre", class_="log").text
    assert "None: it failed before it published anything." in page.text


def test_all_runs_are_listed_by_pipeline_and_state(found: SimulatedLake) -> None:
    runs = listed(list(found.runs.values()))

    def shown(**chosen: object) -> list[str]:
        page = parse(Pages(found.lake).runs_page(runs, **chosen))  # type: ignore[arg-type]
        return [
            each.attributes["href"] for each in page.one("main").all("a") if each.attributes["href"].startswith("/run/")
        ]

    assert shown() == [f"/run/{each.id}" for each in runs]
    assert shown(pipeline="flights", state="failed") == [
        f"/run/{each.id}" for each in runs if (each.pipeline, each.status) == ("flights", "FAILED")
    ]
    many = [runs[0]] * 250
    assert len(shown_of(many, found, 1)) == 100
    assert len(shown_of(many, found, 3)) == len(shown_of(many, found, 99)) == 50


def shown_of(runs: list[ListedRun], found: SimulatedLake, number: int) -> list[Element]:
    page = parse(Pages(found.lake).runs_page(runs, number=number))
    return page.one("tbody").all("tr")


def test_tables_are_filtered_by_name_and_by_state(found: SimulatedLake) -> None:
    def shown(query: str) -> list[str]:
        page = parse(Pages(found.lake).lake_page(query=query))
        return [row.one("th").text for row in page.one("table", class_="grid").one("tbody").all("tr")]

    assert shown("MARTS.") == ["marts.delays_by_day", "marts.revenue", "marts.monthly_report"]
    assert shown("rolled back") == ["marts.revenue"]
    assert set(shown("needs you")) == {"analytics.flights", "web.clicks", "web.sessions"}
    assert shown("nothing of the kind") == []


def test_the_window_is_the_shortest_that_shows_all_unless_one_is_given(found: SimulatedLake) -> None:
    def window(letters: str, given: int | None = None) -> str:
        page = parse(Pages(lake_of(pipeline("a", table("db.a", letters)))).lake_page(window=given))
        return page.one("table", class_="grid").attributes["data-window"]

    assert [window("t" * 29), window("t" * 31), window("t" * 120)] == ["30", "90", "400"]
    assert [window("t", given) for given in (*WINDOWS, 7)] == ["30", "90", "400", "30"]


def test_many_tables_have_pages_the_worst_first() -> None:
    lake = lake_of(*(pipeline(f"p{at:03}", table(f"db.t{at:03}", "ttf" if at == 149 else "ttt")) for at in range(150)))
    pages = Pages(lake)
    first, second = (
        parse(pages.lake_page(number=number)).one("table", class_="grid").one("tbody") for number in (1, 2)
    )
    assert (len(first.all("tr")), len(second.all("tr"))) == (100, 50)
    assert first.all("th")[0].text == "db.t149"


def test_partitions_have_pages(found: SimulatedLake) -> None:
    detail = found.details["shop.orders"]

    def first(number: int) -> str:
        page = parse(Pages(found.lake).table_page("shop.orders", detail, number=number))
        return page.one("section", id="partitions").one("tbody").all("th")[0].text

    assert [first(1), first(2), first(16), first(99)] == ["2026-11-28", "2026-11-03", "2025-11-18", "2025-11-18"]


def test_a_traceback_is_marked_in_the_log_of_a_failed_run(found: SimulatedLake) -> None:
    lines = (
        "reading",
        "Traceback (most recent call last):",
        '  File "x.py", line 1, in <module>',
        "    main()",
        "app.errors.InvalidRowsError: no tailnum",
        "done",
    )
    failed = next(each for each in found.runs.values() if each.error)

    def marked(run: Run) -> list[str]:
        page = Pages(found.lake).run_page(replace(run, log=replace(run.log, lines=lines)))
        return [each.raw_text for each in parse(page).one("pre", class_="log").all("mark")]

    assert marked(failed) == list(lines[1:5])
    assert marked(next(each for each in found.runs.values() if each.status == "SUCCEEDED")) == []
