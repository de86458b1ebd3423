"""What is shown where nothing is: a lake for each case, and never a blank place."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from partitioned_pipelines.operations.lake_state.building.build_detail import build_detail
from partitioned_pipelines.operations.lake_state.documents.detail import Column
from partitioned_pipelines.operations.lake_state.documents.lake import Cost, Lake, Prices, Problem
from partitioned_pipelines.operations.lake_state.documents.run import RunLog
from partitioned_pipelines.page.live import Live
from partitioned_pipelines.page.pages import Pages, sign_in_page
from tests.page.lakes import lake_of, pipeline, report_of, simulated, table
from tests.page.parsed import Element, parse

DENIED = Problem("db.a", "Glue", "GetPartitions", "AccessDeniedException: no", "glue:GetPartitions")
COLUMNS = [Column("n", "int", "A number")]
KEYS = [Column("dt", "date", "")]


def first_page(lake: Lake, live: Live | None = None) -> Element:
    return parse(Pages(lake, live=live).lake_page()).one("main")


def table_page(lake: Lake, name: str = "db.a") -> Element:
    facts = table(name, "")
    empty = replace(build_detail(table(name, "t"), COLUMNS, KEYS), states="", starts=(), newest_keys=None)
    assert not facts.intervals
    return parse(Pages(lake).table_page(name, empty)).one("main")


def commands(page: Element) -> list[str]:
    return [each.text for each in page.all(class_="cmd")]


def test_no_pipeline() -> None:
    page = first_page(lake_of())
    assert page.one("h1").text == "No pipelines in this project"
    assert commands(page) == ["pipelines new NAME --target aws"]
    assert page.all("table") == []


def test_deployed_and_never_run() -> None:
    lake = lake_of(pipeline("a", table("db.a", "")))
    page = first_page(lake)
    assert page.one("h1").text == "Nothing has run yet"
    assert commands(page) == ["pipelines run a --date 2026-03-31 --target aws"]
    assert page.one("table", class_="grid").all("td")[2].text == "nothing is due yet"
    of_table = table_page(lake)
    assert "Nothing has run yet: there are no intervals." in of_table.text
    assert of_table.all(class_="cal") == []
    assert "SELECT * FROM db.a LIMIT 100" in commands(of_table)
    assert "A number" in of_table.text


def test_not_deployed() -> None:
    lake = lake_of(replace(pipeline("a", table("db.a", "")), deployed=False), pipeline("b", table("db.b", "t")))
    page = first_page(lake)
    assert "Not deployed: a. Deploy it:" in page.text
    assert "pipelines deploy --target aws" in commands(page)
    row = page.one("table", class_="grid").one("tbody").all("tr")[0]
    assert row.all("td")[2].text == "not deployed"
    of_table = table_page(lake)
    assert "Its pipeline is not deployed." in of_table.text
    assert "pipelines deploy a --target aws" in commands(of_table)


def test_no_schedule() -> None:
    lake = lake_of(replace(pipeline("a", table("db.a", "t..t")), schedule=None))
    page = parse(Pages(lake).table_page("db.a", build_detail(table("db.a", "t..t"), COLUMNS, KEYS)))
    assert "no schedule: nothing can be missing or late" in page.text
    assert "None: each interval that is due is there." in page.text


def test_paused() -> None:
    lake = lake_of(replace(pipeline("a", table("db.a", "t")), off="paused since 2026-03-02"))
    page = first_page(lake)
    assert "a is off: paused since 2026-03-02. Resume it:" in page.text
    assert commands(page) == ["pipelines resume a --target aws"]


def test_local_target_says_that_nothing_is_paid() -> None:
    lake = replace(
        lake_of(pipeline("a", table("db.a", "t")), target="local"),
        cost={"2026-03": {"a": Cost(30, 7230.0, None, 0)}},
        no_cost=None,
    )
    page = parse(Pages(lake).cost_page()).one("main")
    assert "Nothing is paid here." in page.text
    assert "2 h 00 min" in page.text


def test_a_registration_that_leaves_no_states_has_its_note() -> None:
    facts = replace(table("db.a", "t"), registration="projection", note="Athena works the partitions out")
    lake = lake_of(pipeline("a", facts))
    assert "db.a: Athena works the partitions out" in first_page(lake).text
    page = parse(Pages(lake).table_page("db.a", None))
    assert "Athena works the partitions out" in page.text


def test_still_reading() -> None:
    lake = lake_of(pipeline("a", table("db.a", "")), pipeline("b", table("db.b", "tt")))
    begun = Live("1", 10, frozenset({"db.a", "db.b"}), "reading…")
    page = first_page(lake, begun)
    assert page.one("h1").text == "Reading the lake…"
    assert commands(page) == [], "that nothing has run is not known yet"
    half = first_page(lake, replace(begun, reading=frozenset({"db.a"})))
    assert [row.all("td")[2].text for row in half.one("tbody").all("tr")] == ["reading…", "on time"]
    document = parse(Pages(lake, live=replace(begun, note="read 5 minutes ago")).lake_page())
    assert document.one("html").attributes["data-version"] == "1"
    assert document.one("html").attributes["data-every"] == "10"
    assert document.one(id="as-of").text == "as of 2026-03-31 00:00 UTC, read 5 minutes ago"


def test_a_denied_call_is_shown_in_its_place_and_the_rest_of_the_page_works() -> None:
    facts = replace(table("db.a", ""), problem=DENIED)
    lake = lake_of(pipeline("a", facts), pipeline("b", table("db.b", "ttf")), errors=[replace(DENIED, subject="")])
    page = first_page(lake)
    for said in (
        "Glue GetPartitions: AccessDeniedException: no",
        "The credentials lack glue:GetPartitions.",
        "The lake",
    ):
        assert said in page.text
    rows = page.one("table", class_="grid").one("tbody").all("tr")
    assert [row.all("td")[2].text for row in rows] == ["could not be read", "1 day late"]
    assert rows[0].all("svg")[0].attributes["aria-label"] == "could not be read"
    of_table = parse(Pages(lake).table_page("db.a", None, problem=DENIED)).one("main")
    assert "Its states could not be read." in of_table.text
    assert "glue:GetPartitions" in of_table.text


def test_a_contradiction_has_the_glyph_of_missing_and_doctors_command() -> None:
    doctor = Problem("db.a", "", "", "a receipt is not a receipt", None, ("pipelines", "doctor", "a"))
    lake = lake_of(pipeline("a", replace(table("db.a", "t"), problem=doctor)))
    page = first_page(lake)
    assert commands(page) == ["pipelines doctor a --target aws"]
    glyph = page.one("table", class_="grid").one("tbody").all("svg")[0]
    assert glyph.attributes["aria-label"] == "a receipt is not a receipt"
    assert glyph.all("use")[0].attributes["href"] == "#g-m"
    assert "Its states cannot be trusted." in table_page(lake).text


@pytest.mark.parametrize("absent", ["CloudWatch keeps no log of this job, or the job has printed nothing", None])
def test_a_log_that_is_gone_is_said(absent: str | None) -> None:
    found = simulated(intervals=5)
    run = replace(next(iter(found.runs.values())), log=RunLog("job-1", (), absent))
    page = parse(Pages(found.lake).run_page(run)).one(id="log")
    assert page.all("pre") == []
    assert page.one("p").text == f"job-1: {absent or 'the log is empty'}"


def test_a_run_that_the_service_has_forgotten_shows_its_receipt() -> None:
    found = simulated(intervals=5)
    run = next(each for each in found.runs.values() if each.receipts)
    why = "Step Functions keeps executions for 90 days"
    page = parse(
        Pages(found.lake).run_page(replace(run, status="PUBLISHED", forgotten=why, states=(), jobs=(), cost=run.cost))
    )
    assert why in page.one(id="states").text
    assert page.one(id="receipt").one("tbody").all("tr")
    assert "The run has started no job." in page.text


def test_a_page_that_the_file_does_not_have_says_what_it_has() -> None:
    report = replace(
        report_of(simulated(intervals=5)), left_out=("Of each table it has the last 5 intervals at most.",)
    )
    page = parse(report.html()).one("template", id="page:missing")
    assert "The file has no such page. Of each table it has the last 5 intervals at most." in page.text


def test_costs_that_were_not_computed_say_why() -> None:
    page = parse(Pages(replace(lake_of(), no_cost="it takes long")).cost_page())
    assert page.one("p", class_="lead").text == "It takes long."


def test_costs_are_summed_and_unusual_months_are_said() -> None:
    months = {f"2026-{month:02}": {"a": Cost(30, 60.0, 1.0, 0), "b": Cost(30, 60.0, 2.0, 0)} for month in range(1, 8)}
    months["2026-08"] = {"a": Cost(30, 600.0, 10.0, 0), "b": Cost(30, 60.0, 2.9, 0)}
    lake = replace(lake_of(), cost=months, no_cost=None)
    page = parse(Pages(lake).cost_page(Prices("eu-west-1", "USD", "2026-08-01", "AWS Price List"))).one("main")
    assert page.one("p", class_="lead").text == (
        "2026-08 so far: 12.90 USD, estimated. More than 1.5 times the median of the six months before: a in 2026-08."
    )
    rows = page.one("tbody").all("tr")
    assert [cell.text for cell in rows[0].all("td")] == ["1.00"] * 5 + ["10.00, unusual"]
    assert [cell.text for cell in rows[2].all("td")] == ["3.00"] * 5 + ["12.90"]
    assert "at the prices of eu-west-1 of 2026-08-01 (AWS Price List)" in page.text


def test_no_runs() -> None:
    pages = Pages(lake_of())
    assert "Nothing has run yet." in parse(pages.runs_page([])).text
    assert "No run could be read." in parse(pages.runs_page([], problems=[DENIED])).text


def test_a_run_that_is_open_has_no_end() -> None:
    found = simulated(intervals=5)
    run = next(each for each in found.runs.values() if each.status == "RUNNING")
    page = parse(Pages(found.lake).run_page(run)).one("main")
    assert "Running: transform." in page.text
    assert "None: it has not ended." in page.text


def test_signing_in_works_without_a_script() -> None:
    form = parse(sign_in_page()).one("form")
    assert (form.attributes["method"], form.attributes["action"]) == ("post", "/session")
    assert form.one("input").attributes["name"] == "token"
    assert parse(sign_in_page(refused=True)).one("h1").text == "This token is not valid"


def test_a_table_of_hours_counts_hours() -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    lake = lake_of(pipeline("a", table("db.a", "t" * 30 + "mm", step="hour", start=start), step="hour"))
    page = first_page(lake)
    assert page.one(class_="what").text == "2 hours missing"
    assert "Since 2026-03-02 06:00" in page.text
    assert page.one("tbody").all("td")[2].text == "2 hours late"
    assert start + timedelta(hours=30) == datetime(2026, 3, 2, 6, tzinfo=UTC)
