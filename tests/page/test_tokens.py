"""The colours, read from the style itself: contrast, and that any two states differ for every kind of sight."""

from __future__ import annotations

import math
import re
from itertools import combinations

import pytest

from partitioned_pipelines.page.assets import STYLE

STATES = ("there", "failed", "missing", "running", "rolled", "skipped")
# Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency" (2009), severity 1.0:
# https://www.inf.ufrgs.br/~oliveira/pubs_files/CVD_Simulation/CVD_Simulation.html
SIGHTS = {
    "normal": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}


def themes() -> dict[str, dict[str, str]]:
    """Return the colours by theme and name; the dark ones stand twice in the style, and are equal."""
    blocks = re.findall(r"(:root[^{}]*)\{([^{}]*--bg:[^{}]*)\}", STYLE.text)
    tokens = [(selector, dict(re.findall(r"--([a-z]+):(#[0-9a-f]{3,6})\b", block))) for selector, block in blocks]
    light, preferred, chosen = (found for _, found in tokens)
    assert [selector for selector, _ in tokens] == [":root", ":root:not([data-theme=light])", ":root[data-theme=dark]"]
    assert preferred == chosen
    return {"light": light, "dark": chosen}


THEMES = themes()


def linear(colour: str) -> tuple[float, float, float]:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    channels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels)
    return red, green, blue


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio."""
    lighter, darker = sorted(
        (0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue in map(linear, (one, other))), reverse=True
    )
    return (lighter + 0.05) / (darker + 0.05)


def lab(colour: str, sight: str) -> tuple[float, float, float]:
    red, green, blue = linear(colour)
    seen = [min(max(r * red + g * green + b * blue, 0.0), 1.0) for r, g, b in SIGHTS[sight]]
    rows = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    white = (0.95047, 1.0, 1.08883)
    x, y, z = (
        sum(part * value for part, value in zip(row, seen, strict=True)) / of
        for row, of in zip(rows, white, strict=True)
    )
    f = [value ** (1 / 3) if value > 216 / 24389 else (24389 / 27 * value + 16) / 116 for value in (x, y, z)]
    return 116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])


def difference(one: str, other: str, sight: str) -> float:
    """Return the difference of two colours, CIE 1976."""
    return math.dist(lab(one, sight), lab(other, sight))


@pytest.mark.parametrize("theme", THEMES)
def test_contrast_suffices_on_both_grounds(theme: str) -> None:
    colours = THEMES[theme]
    for ground in ("bg", "raised"):
        for name in (*STATES, "edge"):
            assert contrast(colours[name], colours[ground]) >= 3, (name, ground)
        for name in ("text", "muted", "link"):
            assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)
    assert contrast(colours["mark"], colours["failed"]) >= 4.5
    assert contrast(colours["text"], colours["wash"]) >= 4.5
    assert contrast(colours["link"], colours["wash"]) >= 4.5


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("theme", THEMES)
def test_any_two_states_differ_for_every_kind_of_sight(theme: str, sight: str) -> None:
    colours = THEMES[theme]
    for one, other in combinations(STATES, 2):
        assert difference(colours[one], colours[other], sight) >= 25, (one, other)


def test_states_are_told_by_fills_and_strokes_and_never_by_the_colour_of_text() -> None:
    rules = re.findall(r"([^{}]+)\{([^{}]*)\}", STYLE.text)
    assert rules
    for selector, declarations in rules:
        assert not re.search(rf"(^|;)color:var\(--({'|'.join(STATES)})\)", declarations), selector
