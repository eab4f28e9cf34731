"""Every screen in every theme is what its snapshot says, and can be read.

At 80x24 and 120x40; the main ones at 60x20 too.

A screen that was changed on purpose: `make snapshots`, then look at the difference.
"""

from __future__ import annotations

import difflib
import unicodedata

import pytest
from rich.color import Color

from pryv_tui.operations.settings.appearance import THEMES
from tests.tui.snapshots import STYLES, Drawn, Legend, drawn_at, file_of, part_of, written
from tests.tui.walk import SIZES

LEAST = {"dark": 4.5, "light": 4.5, "high-contrast": 7.0}
"""The contrast of text (WCAG 2.1: AA, and AAA)."""


def luminance(colour: str) -> float:
    parts = [value / 255 for value in Color.parse(colour).get_truecolor()]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(look: str) -> float:
    """Of a style in words, such as `bold #d7dde3 on #12171c`."""
    ink, ground = (part.split()[-1] for part in look.split(" on "))
    lighter, darker = sorted((luminance(ink), luminance(ground)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def is_text(cell: str) -> bool:
    """Letters, figures, signs and state glyphs; not borders and bars."""
    return not cell.isspace() and not 0x2500 <= ord(cell) < 0x25A0


def test_contrast_is_what_it_is_known_to_be() -> None:
    assert contrast("#000000 on #ffffff") == pytest.approx(21)
    assert contrast("bold #777777 on #ffffff") == pytest.approx(4.48, abs=0.01)


def unreadable(drawn: Drawn) -> set[str]:
    """Styles of text whose contrast is too low, by theme."""
    used = {
        looks
        for line, row in zip(drawn.lines, drawn.looks, strict=True)
        for cell, looks in zip(line, row, strict=True)
        if is_text(cell)
    }
    return {
        f"{theme}: {look} is {contrast(look):.1f}"
        for looks in used
        for theme, look in zip(THEMES, looks, strict=True)
        if theme in LEAST and contrast(look) < LEAST[theme]
    }


@pytest.mark.parametrize("size", SIZES)
async def test_every_screen_in_every_theme(size: tuple[int, int]) -> None:
    await as_kept(size, "all but drills")


@pytest.mark.parametrize("size", SIZES)
async def test_every_screen_of_drills_in_every_theme(size: tuple[int, int]) -> None:
    await as_kept(size, "drills")


async def as_kept(size: tuple[int, int], part: str) -> None:
    """See that each screen of a part is what its snapshot says, and can be read."""
    legend = Legend(STYLES.read_text(encoding="utf-8"))
    wrong: list[str] = []
    names = set()
    for drawn in await drawn_at(size, part):
        names.add(drawn.name)
        assert len(drawn.lines) == size[1]
        wrong += [f"{drawn.name}: {each}" for each in sorted(unreadable(drawn))]
        monochrome = {looks[THEMES.index("monochrome")] for row in drawn.looks for looks in row}
        assert not [look for look in monochrome if "#" in look], f"{drawn.name}: a colour"
        marked = "reverse" in " ".join(monochrome) or "┏" in "".join(drawn.lines)
        assert marked, f"{drawn.name}: nothing shows where the focus is"
        for line, plain in zip(drawn.lines, drawn.ascii, strict=True):
            assert plain.isascii()
            assert len(plain) == len(line)
            assert not any(unicodedata.east_asian_width(cell) == "W" for cell in line)
        file = file_of(drawn.name, size)
        before = file.read_text(encoding="utf-8") if file.exists() else ""
        made = written(drawn, legend)
        if made != before:
            wrong += difflib.unified_diff(
                before.splitlines(), made.splitlines(), str(file.name), "now", lineterm="", n=1
            )
    kept = {path.stem for path in file_of("", size).parent.glob("*.txt")}
    assert names == {name for name in kept if part_of(name) == part}
    assert not wrong, "\n".join(wrong) + "\n(on purpose? make snapshots)"
