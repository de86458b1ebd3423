"""Tests that the page of assumptions and the checks agree."""

import re

import pytest

from partitioned_pipelines.cli.verify.assumptions import ASSUMPTIONS, BY_HAND
from partitioned_pipelines.cli.verify.checks import CHECKS
from tests.end_to_end.deployment import ROOT

PAGE = ROOT / "docs" / "reference" / "aws_assumptions.md"
ROWS = {
    cells[0]: cells
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if re.match(r"\| A\d\d ", line)
    for cells in [[cell.strip() for cell in line.strip("|").split("|")]]
}
# `remove` is not in the list of checks: it always runs.
SEEN_BY = {one: check.name for check in CHECKS for one in check.assumptions} | {"A46": "remove"}


def test_each_assumption_is_on_the_page_and_the_reverse() -> None:
    assert set(ROWS) == set(ASSUMPTIONS)
    said = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if re.match(r"\| A\d\d ", line)]
    assert len(said) == len(ROWS), "an id is on the page twice"


def test_each_id_that_the_code_names_is_on_the_page() -> None:
    sources = (ROOT / "partitioned_pipelines" / "cli" / "verify").rglob("*.py")
    named = {one for path in sources for one in re.findall(r"\bA\d\d\b", path.read_text(encoding="utf-8"))}
    assert named == set(ROWS)


def test_each_is_seen_by_one_check_or_by_hand() -> None:
    listed = [one for check in CHECKS for one in check.assumptions]
    assert len(listed) == len(set(listed))
    assert set(SEEN_BY) | set(BY_HAND) == set(ASSUMPTIONS)
    assert not set(SEEN_BY) & set(BY_HAND)
    assert all(set(check.aws_only) <= set(check.assumptions) for check in CHECKS)


@pytest.mark.parametrize("assumption", sorted(ASSUMPTIONS))
def test_a_row_says_all_of_an_assumption(assumption: str) -> None:
    cells = ROWS[assumption]
    assert len(cells) == 6
    assert cells[1] == ASSUMPTIONS[assumption]
    assert all(cells)
    assert "https://" in cells[2] or "not documented" in cells[2]
    how = "by hand: " if assumption in BY_HAND else f"`{SEEN_BY[assumption]}`"
    assert cells[5].startswith(how), f"the page says {cells[5]!r}"


@pytest.mark.parametrize("assumption", sorted(ASSUMPTIONS))
def test_a_row_says_what_is_known(assumption: str) -> None:
    """Each row is confirmed by a named source, refuted by one, or open, so that users know what remains to be verified."""
    known = ROWS[assumption][3]
    assert re.match(r"(confirmed: |confirmed in part: |open$|open: |\*\*refuted\*\*)", known), known
    if not known.startswith("open"):
        assert "https://" in known or "public" in known or "seen" in known, known


def test_a_check_comes_after_those_that_it_needs() -> None:
    names = [check.name for check in CHECKS]
    assert len(names) == len(set(names))
    for index, check in enumerate(CHECKS):
        assert set(check.needs) <= set(names[:index])


def test_the_page_on_the_command_names_each_step() -> None:
    page = (ROOT / "docs" / "how-to" / "verify.md").read_text(encoding="utf-8")
    assert [check.name for check in CHECKS if f"`{check.name}`" not in page] == []
