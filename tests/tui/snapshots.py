"""Every screen in every theme, as text: `python -m tests.tui.snapshots` writes them again.

One file a screen and size: what it says, then the same cells as letters, one for each style.
`styles.txt` says what each letter looks like in each theme. So a change of a screen, of a style and
of a colour are each seen where they belong.
"""

from __future__ import annotations

import asyncio
import string
import sys
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from pryv_tui.operations.settings.appearance import THEMES
from pryv_tui.tui.terminal.filters import Ascii
from tests.tui.driving import Operator
from tests.tui.unseen import drawn
from tests.tui.walk import PARTS, SIZES, SMALL, walk

FOLDER = Path(__file__).parent / "snapshots"
STYLES = FOLDER / "styles.txt"
MAIN = ("overview", "sets", "drill", "runs", "run-result", "backup-1-what", "backup-2-checks",
        "backup-3-steps", "restore-1-set", "restore-3-checks", "restore-5-confirm",
        "overview-during-run", "run-live", "cancel-confirm", "leave", "overview-core-lost",
        "recover", "recover-confirm", "drills", "drill-first", "drill-wrong", "drill-ended",
        "drill-take-it", "drill-debrief-said", "drill-finding", "drill-review", "drill-report",
        "sandbox-asked", "sandbox-no-set", "sandbox-result")  # fmt: skip
"""The screens that are drawn on a small terminal too."""
LETTERS = string.ascii_letters + string.digits + "!#$%&*+-/:;<=>?@^~"

Looks = tuple[str, ...]
"""A cell's style in each theme."""


class Drawn(NamedTuple):
    """A screen as it was drawn."""

    name: str
    lines: list[str]
    looks: list[list[Looks]]
    ascii: list[str]


async def settled(operator: Operator) -> None:
    """Wait until nothing is being asked any more and everything is drawn."""

    # Of a drill that is held in mid-act what is shown is that it is.
    drill = getattr(operator.app.screen_stack[-1], "drill", None)
    go_on = ("journal", "drill") if getattr(drill, "doing", "") else ("journal",)

    def done() -> bool:
        return all(one.is_finished or one.group in go_on for one in operator.app.workers)

    await operator.until(done, "the end of all work")
    # A text and the room that it gets can be two frames: what stays for three is drawn.
    before, same = "", 0
    for _ in range(300):
        await operator.pilot.pause(0.01)
        same = same + 1 if operator.text == before else 0
        before = operator.text
        if same == 2:
            return
    raise AssertionError(f"the screen does not come to rest:\n{before}")


def strips_of(operator: Operator) -> list[list[Segment]]:
    """What is drawn, line by line."""
    return drawn(operator.app)


@lru_cache(1024)
def look(style: Style | None) -> str:
    """A style in words."""
    if style is None:
        return ""
    words = [name for name in ("bold", "dim", "italic", "underline", "strike", "reverse")
             if getattr(style, name)]  # fmt: skip
    for before, colour in (("", style.color), ("on ", style.bgcolor)):
        if colour is not None:
            words.append(f"{before}{colour.get_truecolor().hex}")
    return " ".join(words)


async def draw(operator: Operator, name: str) -> Drawn:
    """Draw the screen in each theme, and in ASCII."""
    app = operator.app
    await settled(operator)
    # It begins with the theme that it has, and ends with it: so have the screens below, which take
    # no part in the changes.
    own = app.theme
    themed: dict[str, list[list[str]]] = {}
    lines: list[str] = []
    for theme in (own, *(other for other in THEMES if other != own)):
        if theme != app.theme:
            app.theme = theme
            await operator.pilot.pause()
        strips = strips_of(operator)
        text = ["".join(segment.text for segment in strip) for strip in strips]
        assert text == (lines or text), f"{name} has other words in the theme {theme}"
        lines = text
        themed[theme] = [
            [one for segment in strip for one in [look(segment.style)] * len(segment.text)]
            for strip in strips
        ]
    app.theme = own
    await operator.pilot.pause()
    # The filter that works where ASCII is wanted, on the very segments that it would be given.
    ground = Color.parse("black")
    plain = ["".join(s.text for s in Ascii().apply(strip, ground)) for strip in strips]
    rows = zip(*(themed[theme] for theme in THEMES), strict=True)
    return Drawn(name, lines, [list(zip(*row, strict=True)) for row in rows], plain)


def part_of(name: str) -> str:
    """The part of the walk that a screen is in."""
    return "drills" if name.startswith(("drill", "sandbox", "overview-drill")) else "all but drills"


async def drawn_at(size: tuple[int, int], part: str) -> list[Drawn]:
    """Every screen of a part at a size, the main ones on a small terminal."""
    made: list[Drawn] = []

    async def keep(operator: Operator, name: str) -> None:
        if size != SMALL or name in MAIN:
            made.append(await draw(operator, name))
            assert part_of(name) == part

    await walk(size, keep, part)
    return made


class Legend:
    """Which letter stands for which style; letters keep their meaning while they are used."""

    def __init__(self, text: str = "") -> None:
        self.letters: dict[Looks, str] = {}
        for block in text.split("\n\n"):
            head, *lines = block.strip().split("\n")
            if len(head) == 1:
                self.letters[tuple(line.partition(": ")[2] for line in lines)] = head

    def letter(self, looks: Looks) -> str:
        if looks not in self.letters:
            free = [letter for letter in LETTERS if letter not in self.letters.values()]
            self.letters[looks] = free[0]
        return self.letters[looks]

    def text(self) -> str:
        blocks = ["Styles of the screens: the letter, then how it looks in each theme."]
        for looks, letter in sorted(self.letters.items(), key=lambda item: item[1]):
            lines = [f"  {theme}: {each}" for theme, each in zip(THEMES, looks, strict=True)]
            blocks.append("\n".join([letter, *lines]))
        return "\n\n".join(blocks) + "\n"


def written(drawn: Drawn, legend: Legend) -> str:
    """A screen as its file says it."""
    grid = ["".join(map(legend.letter, row)) for row in drawn.looks]
    return "\n".join([*(line.rstrip() for line in drawn.lines), "-" * 8, *grid]) + "\n"


def file_of(name: str, size: tuple[int, int]) -> Path:
    return FOLDER / f"{size[0]}x{size[1]}" / f"{name}.txt"


def main() -> None:
    """Write every snapshot again; what is no screen any more goes."""
    legend = Legend(STYLES.read_text(encoding="utf-8") if STYLES.exists() else "")
    used = Legend()
    files: dict[Path, str] = {}
    for size, part in product(SIZES, PARTS):
        for one in asyncio.run(drawn_at(size, part)):
            files[file_of(one.name, size)] = written(one, legend)
            for looks in {each for row in one.looks for each in row}:
                used.letters[looks] = legend.letter(looks)
    for old in FOLDER.glob("*/*.txt"):
        old.unlink()
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    STYLES.write_text(used.text(), encoding="utf-8")
    print(f"{len(files)} snapshots in {FOLDER}", file=sys.stderr)


if __name__ == "__main__":
    main()
