"""Every screen in every theme, as text: `python -m tests.tui.snapshots` writes them again.

One file a screen and size: what it says, then the same cells as letters, one for each style.
`styles.txt` says what each letter looks like in each theme. So a change of a screen, of a style and
of a colour are each seen where they belong.
"""

from __future__ import annotations

import asyncio
import string
import sys
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from pryv_tui.operations.settings.appearance import THEMES
from pryv_tui.tui.terminal.filters import Ascii
from tests.tui.driving import Operator, opened
from tests.tui.sheets import parsed_once, seen_alone
from tests.tui.stills.still import LIVE, standing_still
from tests.tui.stills.still_parts import StillSite
from tests.tui.unseen import drawn

FOLDER = Path(__file__).parent / "snapshots"
STYLES = FOLDER / "styles.txt"
SMALL = (60, 20)
SIZES = (SMALL, (80, 24), (120, 40))
MAIN = ("overview", "sets", "drill", "runs", "run-result", "backup-1-what", "backup-2-checks",
        "backup-3-steps", "restore-1-set", "restore-3-checks", "restore-5-confirm",
        "overview-during-run", "run-live", "cancel-confirm", "leave", "overview-core-lost",
        "recover", "recover-confirm")  # fmt: skip
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

    def done() -> bool:
        return all(worker.is_finished or worker.group == "journal"
                   for worker in operator.app.workers)  # fmt: skip

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


Draw = Callable[[str], Awaitable[None]]


async def scenes(operator: Operator, site: StillSite, draw: Draw) -> None:
    """Every screen, once."""
    keys, sees = operator.keys, operator.sees

    async def home() -> None:
        for _ in range(9):
            if type(operator.app.screen).__name__ != "OverviewScreen":
                await keys("escape")
        await operator.on("OverviewScreen")

    async def found(scene: str, text: str) -> None:
        site.scene = scene
        operator.page.look()  # type: ignore[attr-defined]
        await sees(text)

    await sees("into a backup")
    await draw("overview")
    await keys("colon")
    await operator.on("Palette")
    await draw("palette")
    await keys("escape", "question_mark")
    await sees("Keys of this screen")
    await draw("help")
    await keys("escape", "enter")
    await sees("If it stops")
    await draw("container")
    await keys("X")
    await operator.on("TypeToConfirm")
    await operator.type("pryv")
    await draw("container-stop")
    await keys("escape", "escape", "d")
    await sees("FAILED")
    await draw("doctor")
    await keys("escape", "l")
    await sees("30 lines")
    await keys("end")
    await sees("request 29")
    await draw("logs")
    await keys("s")
    await operator.on("Since")
    await operator.type("1h30m")
    await draw("logs-since")
    await keys("escape", "escape", "s")
    await sees("✓ complete")
    await draw("sets")
    await keys("f")
    await operator.on("AskPattern")
    await operator.type("pryv")
    await draw("files-pattern")
    await keys("enter")
    await operator.on("Confirm")
    await draw("files-confirm")
    await keys("escape", "D")
    await sees("of the last sets")
    await draw("prune-1-keep")
    await keys("enter")
    await sees("3 sets removed for good")
    await draw("prune-2-what-goes")
    await keys("n")
    await operator.until(lambda: operator.focused == "word", "the field of the word")
    await operator.type("pryv")
    await draw("prune-3-confirm")
    await keys("escape", "escape", "escape", "g")
    await sees("by hand")
    await draw("guide")
    await home()
    await keys("u")
    await sees("✗ died")
    await draw("runs")
    await keys("down", "U")
    await operator.on("TypeToConfirm")
    await draw("undo-confirm")
    await keys("escape", "D")
    await sees("Release what")
    await draw("release-confirm")
    await keys("escape", "down", "enter")
    await sees("WARNINGS")
    await draw("run-result")
    await keys("o")
    await sees("docker start")
    await draw("run-output")
    await home()
    await live_audit(operator, site, draw)
    await home()
    if site.practice:
        await keys("P")
        await sees("mongodump-short")
        await keys(*["down"] * 11)
        await draw("practice")
        await home()
    await keys("D")
    await sees("The newest backup was taken")
    await keys(*["down"] * 4)
    await sees("The disk of the core")
    await draw("drills")
    await keys("enter")
    await sees("What do you restore?")
    await draw("drill")
    await home()
    await backup_wizard(operator, draw)
    await home()
    await restore_wizard(operator, draw)
    await home()
    await found("running", "1 note below")
    await draw("overview-during-run")
    await keys("u")
    await sees("▶ running")
    await keys("enter")
    await sees(LIVE)
    await sees("Copy")
    await keys("end")
    await sees("nginx/log/a.log")
    await draw("run-live")
    await keys("x")
    await operator.on("Confirm")
    await draw("cancel-confirm")
    await keys("escape", "q")
    await sees("Leaving ends only this view")
    await draw("leave")
    await home()
    await found("lost", "▲ incomplete")
    await draw("overview-core-lost")
    site.scene = "left"
    operator.page.look()  # type: ignore[attr-defined]
    await operator.on("RecoverDialog")
    await draw("recover")
    await keys("tab", "enter")
    await operator.on("TypeToConfirm")
    await operator.type("pryv.exam")
    await draw("recover-confirm")


async def live_audit(operator: Operator, site: StillSite, draw: Draw) -> None:
    """What the running platform is without: names, what is not known, and nothing at all."""
    for site.audit, seen, name in (
        ("names", "accounts that register knows", "live-audit"),
        ("not known", "not checked", "live-audit-not-known"),
        ("nothing", "Nothing remains.", "live-audit-empty"),
    ):
        await operator.keys("L")
        await operator.on("TextScreen")
        await operator.until(lambda seen=seen: seen.lower() in operator.text.lower(), seen)  # type: ignore[misc]
        await draw(name)
        await operator.keys("escape")
        await operator.on("OverviewScreen")


async def backup_wizard(operator: Operator, draw: Draw) -> None:
    """The backup wizard, page by page."""
    await operator.keys("b")
    await operator.until(lambda: operator.focused == "label", "the label")
    await operator.type("before-upgrade")
    await draw("backup-1-what")
    await operator.keys("tab", "down", "space", "n")
    await operator.sees("▲ 1 WARNING")
    await draw("backup-2-checks")
    await operator.keys("n")
    await operator.sees("The timing gap")
    await operator.until(lambda: not operator.page.query_one("#go").disabled, "the plan")
    await operator.keys("tab", "tab")
    await draw("backup-3-steps")
    await operator.keys("c")
    await draw("backup-4-commands")


async def restore_wizard(operator: Operator, draw: Draw) -> None:
    """The restore wizard, page by page."""
    await operator.keys("r")
    await operator.sees("✗ damaged")
    await draw("restore-1-set")
    await operator.keys("enter")
    await operator.until(lambda: operator.focused == "next", "the roles")
    await operator.sees("as chosen:")
    await draw("restore-2-roles")
    await operator.keys("enter")
    await operator.sees("▲ 1 WARNING")
    await draw("restore-3-checks")
    await operator.keys("n")
    await operator.sees("What happens")
    await operator.until(lambda: not operator.page.query_one("#next").disabled, "the plan")
    await draw("restore-4-steps")
    await operator.keys("n")
    await operator.until(lambda: operator.focused == "word", "the field of the word")
    await operator.type("pryv.wrong")
    await draw("restore-5-confirm")


async def drawn_at(size: tuple[int, int]) -> list[Drawn]:
    """Every screen at a size, the main ones on a small terminal; a real platform on the large one,
    else one to practise on."""
    made: list[Drawn] = []
    with (
        parsed_once(),
        tempfile.TemporaryDirectory() as folder,
        standing_still(Path(folder), practice=size != SIZES[-1]) as site,
        ExitStack() as within,
    ):
        async with opened(site.settings, size, site) as operator:
            within.enter_context(seen_alone(operator.app))

            async def keep(name: str) -> None:
                if size != SMALL or name in MAIN:
                    made.append(await draw(operator, name))

            await scenes(operator, site, keep)
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
    for size in SIZES:
        for one in asyncio.run(drawn_at(size)):
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
