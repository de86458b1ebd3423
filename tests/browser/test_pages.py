"""The pages in Chromium: accessible, moved by keys, as wide as the window, with hostile text as text, and a report that loads nothing.

One browser makes all checks (``pages.mjs``), in a minute or two.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from partitioned_pipelines.cli.target.locations import node_folder
from tests.browser.simulated_site import report_of, served, with_costs
from tests.simulated_lake import simulate_lake

DRIVER = Path(__file__).with_name("pages.mjs")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
TABLE = "analytics.flights"
# What people, scripts and services write: markup, what ends a template, what a template would run, what reorders and hides text.
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'</template></textarea>{{7*7}}${7*7}\u202edesrever\x00\x1b[2J "

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.timeout(600),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what the browser found."""
    folder = tmp_path_factory.mktemp("pages")
    plain, hostile = simulate_lake(), simulate_lake(text=HOSTILE)
    reports = {}
    for name, lake in (("plain", plain), ("hostile", hostile)):
        reports[name] = folder / f"{name}.html"
        reports[name].write_text(report_of(with_costs(lake)).html(), encoding="utf-8")
    failed, running = (
        next(run for run in plain.runs.values() if run.status == status and run.pipeline == name)
        for status, name in (("FAILED", "flights"), ("RUNNING", "revenue"))
    )
    paths = [
        "/",
        f"/table/{TABLE}",
        "/table/web.clicks",
        "/table/analytics.airports",
        f"/run/{failed.id}",
        f"/run/{running.id}",
        "/runs",
        "/cost",
        "/nowhere",
    ]
    with ExitStack() as stack:
        urls = [stack.enter_context(served(lake)).url for lake in (plain, plain, hostile)]
        checks = {
            "signing_in": {"url": urls[0]},
            "screens": {"url": urls[0], "paths": paths},
            "keys": {"url": urls[0]},
            "run": {"url": urls[0], "run": failed.id},
            "live": {"url": urls[1]},
            "hostile": {"url": urls[0], "other": urls[2], "paths": [path for path in paths if path != "/nowhere"]},
            "report": {
                "file": str(reports["plain"]),
                "hostile": str(reports["hostile"]),
                "run": quote(failed.id),
                "table": TABLE,
            },
        }
        config = folder / "config.json"
        config.write_text(json.dumps({"chromium": CHROMIUM, "checks": checks}), encoding="utf-8")
        node = node_folder()
        command = [str(node / "node") if node else "node", str(DRIVER), str(config)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=540, check=False)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def of(found: dict[str, Any], name: str) -> Any:
    result = found[name]
    assert "failed" not in result, result["failed"]
    return result


def unexpected(said: list[str]) -> list[str]:
    """Return the messages of the console but those about the page that does not exist."""
    return [line for line in said if "the server responded with a status of 404" not in line]


def test_the_token_is_exchanged_and_leaves_the_address(found: dict[str, Any]) -> None:
    seen = of(found, "signing_in")
    assert "token" not in seen["address"]
    ((cookie),) = seen["cookies"]
    assert (cookie["httpOnly"], cookie["sameSite"], seen["script"]) == (True, "Strict", "")
    assert seen["said"] == []


def test_without_a_script_everything_is_there(found: dict[str, Any]) -> None:
    seen = of(found, "signing_in")
    for words in ("tables need you", "Needs you", "Who reads whom", TABLE, "pipelines backfill flights"):
        assert words in seen["bare"]
    assert seen["table"] in [table.id for table in simulate_lake().lake.tables]


def test_a_stranger_sees_nothing(found: dict[str, Any]) -> None:
    assert "analytics" not in of(found, "signing_in")["stranger"]


def test_axe_finds_nothing(found: dict[str, Any]) -> None:
    screens = of(found, "screens")["seen"]
    assert len(screens) == 11 * 4 + 9
    assert {screen: seen["axe"] for screen, seen in screens.items() if seen["axe"]} == {}
    assert {page["route"]: page["axe"] for page in of(found, "report")["all"] if page["axe"]} == {}


def test_nothing_is_wider_than_the_window(found: dict[str, Any]) -> None:
    screens = of(found, "screens")["seen"]
    assert {screen: seen["over"] for screen, seen in screens.items() if seen["over"] > 0} == {}
    assert {page["route"]: page["over"] for page in of(found, "report")["all"] if page["over"] > 0} == {}


def test_nothing_complains(found: dict[str, Any]) -> None:
    assert unexpected(of(found, "screens")["said"]) == []
    for name in ("keys", "run", "live", "report"):
        assert of(found, name)["said"] == []


def spoken_day(text: str) -> date:
    return date.fromisoformat(text.partition(" · ")[0])


def test_a_strip_is_walked_by_keys(found: dict[str, Any]) -> None:
    """That of flights: the two newest days failed, the 90th before them has a newer run that failed, the 187th failed."""
    keys = of(found, "keys")
    assert keys["stops"] <= 25
    assert keys["strips"] == keys["one_stop"] == 1, "the strips are one tab stop together"
    walk = keys["walk"]
    end = spoken_day(walk["end"])
    assert walk["right"] == walk["end"]
    assert spoken_day(walk["left"]) == end - timedelta(days=1)
    newest = date(2026, 11, 28)
    told = [
        (newest - timedelta(days=at), state) for at, state in ((0, "failed"), (1, "failed"), (90, "there, a newer"))
    ]
    for name, (day, state) in zip(("p", "pp", "ppp"), told, strict=True):
        assert walk[name].startswith(f"{day} · "), walk
        assert state in walk[name]
    assert walk["pppp"] == f"{newest - timedelta(days=187)} · failed"
    assert walk["n"] == walk["ppp"]
    assert spoken_day(walk["up"]) == spoken_day(walk["n"]) - timedelta(days=30)
    assert walk["down"] == walk["n"]
    assert spoken_day(walk["home"]) == end - timedelta(days=399)


def test_arrows_lead_to_the_same_day_of_the_next_table_and_enter_opens_it(found: dict[str, Any]) -> None:
    keys = of(found, "keys")
    first, day, second, same_day, back = keys["rows"]
    assert (first, spoken_day(day)) == (back, spoken_day(same_day))
    assert first != second
    address, focused = keys["table"]
    assert "/table/" in address
    assert address.endswith(f"?at={spoken_day(day)}")
    assert focused == "h1", "the focus after a change of page"
    assert len(keys["calendar"]) == len(set(keys["calendar"])) or len(set(keys["calendar"])) >= 3
    assert all(", " in each for each in keys["calendar"])


def test_letters_lead_to_the_pages_and_can_be_turned_off(found: dict[str, Any]) -> None:
    keys = of(found, "keys")
    assert [address.rpartition("/")[2] for address, _ in (keys["runs"], keys["cost"])] == ["runs", "cost"]
    assert {focused for _, focused in (keys["runs"], keys["cost"])} == {"h1"}
    assert keys["home"].endswith("/")
    assert (keys["filter"], keys["filtered"]) == ("input", "1 of 14 tables")
    assert keys["theme_while_typing"] is None, "a letter in a field is a letter"
    assert keys["theme"] in ("light", "dark")
    assert keys["dialog"] is True
    assert keys["letters_off"] == [keys["theme"], False]


def test_older_lines_of_a_log(found: dict[str, Any]) -> None:
    seen = of(found, "run")
    shown = seen["counts"][0]
    assert seen["counts"] == [shown, shown + 1000, shown + 1200]
    assert (seen["hidden"], seen["first"]) == (True, "older line 0")


def test_what_changed_is_shown_without_a_new_page(found: dict[str, Any]) -> None:
    seen = of(found, "live")
    assert seen["same"] is True
    assert "version 2" in seen["title"]
    assert (seen["focused"], seen["typed"]) == ("input", "flights")
    assert "version 2" in seen["spoken"], "the verdict has changed"


def test_hostile_text_is_text(found: dict[str, Any]) -> None:
    pages = of(found, "hostile")
    plain, hostile = pages[: len(pages) // 2], pages[len(pages) // 2 :]
    assert len(plain) == len(hostile) == 8
    for one, other in zip(plain, hostile, strict=True):
        assert one["path"] == other["path"]
        assert one["tags"] == other["tags"], one["path"]
        assert other["said"] == []
        assert other["over"] <= 0, one["path"]
        assert not {"\u202e", "\x00", "\x1b"} & set(other["text"])
    for page in hostile:
        if page["path"].startswith(("/table", "/run/")):
            assert "<script>alert(1)</script><img src=x onerror=alert(2)>\"'</template>" in page["text"], page["path"]
            assert "{{7*7}}" in page["text"]


def test_a_report_asks_nobody_for_anything(found: dict[str, Any]) -> None:
    seen = of(found, "report")
    assert len(seen["requests"]) == 1
    assert seen["requests"][0].startswith("file://")
    assert [len(seen["hostile"]["requests"]), seen["hostile"]["said"]] == [1, []]
    headings = [page["h1"] for page in seen["all"]]
    assert len(set(headings)) == len(headings) == 6, headings
    assert (seen["address"].rpartition("#")[2], seen["focused"], " · " in seen["value"]) == ("/runs", "h1", True)
