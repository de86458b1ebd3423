"""What the templates, the style and the script may not contain, and how large they may be."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import partitioned_pipelines.page
from partitioned_pipelines.page.assets import SCRIPT, STYLE, TEMPLATES

FOLDER = Path(partitioned_pipelines.page.__file__).parent
TEMPLATE_FILES = sorted(TEMPLATES.glob("*.html"))
LARGEST = 15_000


@pytest.mark.parametrize("template", TEMPLATE_FILES, ids=lambda path: path.name)
def test_templates_hold_no_script_style_or_foreign_address(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert not re.search(r"\bstyle=", text)
    assert not re.search(r"\son[a-z]+=", text)
    assert not re.search(r"https?:|[\"'(]//", text)
    assert not re.search(r"\|\s*safe\b|Markup|autoescape", text)


def test_the_script_writes_text_and_asks_no_other_host() -> None:
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", SCRIPT.text)
    assert not re.search(r"https?:|[\"'`]//", SCRIPT.text)


def test_the_style_loads_nothing() -> None:
    assert not re.search(r"url\(|@import|https?:", STYLE.text)


def test_only_one_module_calls_a_string_html() -> None:
    using = [
        path.name
        for path in FOLDER.rglob("*.py")
        if re.search(r"\bMarkup\(|import_module|mark_safe", path.read_text(encoding="utf-8"))
    ]
    assert using == ["rendering.py"]


@pytest.mark.parametrize("asset", [STYLE, SCRIPT], ids=lambda asset: str(asset.name))
def test_assets_are_small(asset: object) -> None:
    assert 1_000 < len(asset.text.encode()) <= LARGEST  # type: ignore[attr-defined]


def test_a_served_asset_is_named_by_its_content() -> None:
    assert re.fullmatch(r"page-[0-9a-f]{12}\.css", STYLE.served_name)
    assert STYLE.served_name.partition(".")[0] != SCRIPT.served_name.partition(".")[0]


def test_pages_are_rendered_without_an_aws_client_or_a_server() -> None:
    code = (
        "import sys, partitioned_pipelines.page.pages, partitioned_pipelines.page.report\n"
        "print([name for name in ('boto3', 'botocore', 'werkzeug', 'typer') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "[]\n"
