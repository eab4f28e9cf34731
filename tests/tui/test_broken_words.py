"""No word of prose is broken in the middle on any screen: at the edge of a pane it goes to the next
line. Paths and ids, which are no words, may be broken where they have a joint."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

import pryv_tui
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.tui.screens.text import TextScreen
from tests.tui.driving import opened
from tests.tui.snapshots import FOLDER
from tests.tui.walk import SIZES

WORD = re.compile(r"[A-Za-z]{2,}")
EDGES = re.compile(r"[│┃║]")


@cache
def vocabulary() -> frozenset[str]:
    """Every word that the program has in a sentence."""
    sources = Path(pryv_tui.__file__).parent.rglob("*.py")
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    return frozenset(word.lower() for word in WORD.findall(text))


class Cell(NamedTuple):
    """A part of a line between two edges of panes."""

    start: int
    end: int
    text: str


def cells(line: str, width: int) -> list[Cell]:
    places = [-1, *(found.start() for found in EDGES.finditer(line)), width]
    return [
        Cell(start + 1, end, line.ljust(width)[start + 1 : end]) for start, end in pairwise(places)
    ]


def broken(lines: list[str], width: int) -> list[str]:
    """The words that end at an edge and go on in the line below."""
    found = []
    for above, below in pairwise(lines):
        under = {(cell.start, cell.end): cell.text for cell in cells(below, width)}
        for cell in cells(above, width):
            # A scroll bar and the padding may stand between the text and the edge.
            filled = len(cell.text.rstrip(" ▁▂▃▄▅▆▇█")) >= cell.end - cell.start - 3
            head = re.search(r"[A-Za-z]{2,}$", cell.text.rstrip(" ▁▂▃▄▅▆▇█"))
            tail = re.match(r" *([A-Za-z]{2,})", under.get((cell.start, cell.end), ""))
            if not filled or head is None or tail is None:
                continue
            known = [w.lower() in vocabulary() for w in (head[0], tail[1])]
            if (head[0] + tail[1]).lower() in vocabulary() and not all(known):
                found.append(head[0] + "|" + tail[1])
    return found


def test_a_broken_word_is_found_and_a_whole_one_is_none() -> None:
    assert broken(["│ the live platf │", "│ orm was asked  │"], 18) == ["platf|orm"]
    assert broken(["│ the live       │", "│ platform       │"], 18) == []
    assert broken(["│ of the platform│", "│ that was asked │"], 18) == []
    assert broken(["│ one│ the platf │", "│ two│ orm       │"], 18) == ["platf|orm"]


@pytest.mark.parametrize("size", SIZES)
def test_on_no_screen(size: tuple[int, int]) -> None:
    width, height = size
    wrong = {}
    for file in sorted((FOLDER / f"{width}x{height}").glob("*.txt")):
        if file.stem in ("run-output", "logs", "run-live"):
            continue  # what programs print is cut at the edge, as it is
        lines = file.read_text(encoding="utf-8").split("\n")[:height]
        if found := broken(lines, width):
            wrong[file.stem] = found
    assert not wrong


PROSE = (
    "Accounts that register knows and no core has: 3\n"
    "  What it means: the name can't be taken again, and whoever has it can't log in on the"
    " platform until that is settled by somebody who knows which of the machines held their"
    " documents.\n"
    "  - chiara: pryv-tui containers logs pryvio_register --host register-and-static-web-machine\n"
    "  - /var/pryv/core/data/attachments/cjld2cjxh0000qzrmn831i7rn/cjld2cyuq0000t3rmniod1foy\n"
)


@pytest.mark.parametrize("size", [(80, 24), (60, 20), (120, 40)])
async def test_in_a_text_that_is_opened(settings: Settings, size: tuple[int, int]) -> None:
    async with opened(settings, size) as operator:
        operator.page.go_to("text", "Live audit", PROSE, True)
        await operator.until(lambda: isinstance(operator.page, TextScreen), "the text")
        await operator.sees("Accounts that register")
        assert broken(operator.text.split("\n"), size[0]) == []
        # All of it is there.
        shown = "".join(re.sub(r"[│┃]", "", operator.text).split())
        assert all(word in shown for word in PROSE.split()[:40])
