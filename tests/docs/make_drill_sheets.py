"""Draw every screen of a drill in every theme: `python -m tests.docs.make_drill_sheets FOLDER`.

For each screen and size a page, `NAME-80x24.html`, with its pictures in all themes beside each
other; where Chromium is installed, also that page as a picture. To be looked at by a person: what
is cut, unreadable or of too little contrast, no test sees.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from pryv_tui.drills.playing.drill import open_drill, opened
from pryv_tui.drills.scenarios.library import shelf
from pryv_tui.operations.settings.appearance import THEMES
from pryv_tui.operations.settings.resolve import Settings, resolve_settings
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.start import follow, start_run
from pryv_tui.tui.widgets.panes import ListPane
from tests.drills.signing.signed import key as made_key
from tests.tui import driving
from tests.tui.driving import Operator

SIZES = ((80, 24), (120, 40), (60, 20))
WIDE = {80: 1640, 120: 1900, 60: 1300}
"""Pixels of a page, by the columns of its pictures."""

Draw = Callable[[str], Awaitable[None]]


class Sheets:
    """Pictures of what an operator sees, in each theme."""

    def __init__(self, folder: Path, size: tuple[int, int]) -> None:
        self.folder = folder
        self.size = size
        self.made: list[Path] = []

    async def draw(self, operator: Operator, name: str) -> None:
        app = operator.app
        app.clear_notifications()
        own, pictures = app.theme, []
        for theme in THEMES:
            app.theme = theme
            await operator.pilot.pause()
            file = self.folder / f"{name}-{self.size[0]}x{self.size[1]}-{theme}.svg"
            file.write_text(app.export_screenshot(title=f"{name}, {theme}"), encoding="utf-8")
            pictures.append(f'<img src="{file.name}" width="49%">')
        app.theme = own
        await operator.pilot.pause()
        page = self.folder / f"{name}-{self.size[0]}x{self.size[1]}.html"
        page.write_text(f'<body style="margin:0">{"".join(pictures)}', encoding="utf-8")
        self.made.append(page)


def pictured(pages: list[Path], width: int) -> None:
    """Each page as a picture beside it, where a browser is there."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    for page in pages if browser else ():
        subprocess.run(
            [
                browser or "", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                f"--window-size={width},{round(width * 0.68)}",
                f"--screenshot={page.with_suffix('.png')}", page.as_uri(),
            ],
            check=True,
            capture_output=True,
        )  # fmt: skip


async def played(operator: Operator, draw: Draw, settings: Settings) -> None:
    """A scenario, from the list to its end; one that was chosen wrongly, looked on, noted."""
    keys, sees = operator.keys, operator.sees
    await keys("D")
    await sees("Held, the newest first")
    await sees("min")
    await draw("list")
    await keys("question_mark")
    await sees("Keys of this screen")
    await draw("list-help")
    await keys("escape")
    await _select(operator, "core-lost")
    await draw("list-core-lost")
    await keys("enter")
    await sees("Choose")
    await operator.until(lambda: "wall" in operator.text, "the first decision")
    await draw("decision")
    await keys("c")
    await draw("decision-command")
    await keys("c", "h")
    await sees("Hint:")
    await draw("decision-hint")
    await keys("question_mark")
    await sees("Keys of this screen")
    await draw("decision-help")
    await keys("escape", "n")
    await operator.on("ObservationDialog")
    await operator.type("co1 does not answer to ping, and the console shows no login")
    await draw("note")
    await keys("enter")
    await sees("Written into the drill.")
    await draw("noted")
    await keys("X")
    await operator.on("BreakOffDialog")
    await draw("break-off")
    await keys("escape")
    current = opened(settings)
    assert current is not None
    drill = open_drill(settings, current)
    await keys("enter")
    await operator.until(lambda: not drill.page().state.pending, "what was chosen")
    await _settled(operator)
    await draw("decision-2")
    await _other(operator)
    await draw("option-wrong")
    await keys("enter")
    await operator.until(lambda: type(operator.app.screen).__name__ == "Confirm", "the question")
    await draw("take-it")
    await keys("escape")
    # Left as it is: somebody else plays it, and this one looks on.
    await keys("escape")
    await operator.on("DrillsScreen")
    await draw("list-open")
    with drill.acting():
        await keys("enter")
        await sees("OBSERVER")
        await draw("observer")
        await keys("F")
        await sees("FACILITATOR")
        await sees("F ")
        await draw("facilitator")
        await keys("escape")
        await operator.on("DrillsScreen")
    await keys("enter")
    await sees("Choose")
    await _settled(operator)
    await _other(operator)
    await keys("enter")
    await operator.on("Confirm")
    await keys("tab", "enter")
    await operator.on("PlayScreen")
    await _settled(operator)
    await draw("wrong-turn")
    for _ in range(8):
        if drill.page().state.over:
            break
        await keys("enter")
        await _settled(operator)
    await draw("ended")
    await keys("enter")
    await operator.on("DebriefDialog")
    await draw("debrief")


async def _settled(operator: Operator) -> None:
    """Wait until what was chosen is done."""
    screen = operator.app.screen
    await operator.pilot.pause(0.05)
    await operator.until(lambda: not getattr(screen, "_busy", ""), "the end of it")
    await operator.pilot.pause(0.05)


async def _other(operator: Operator) -> None:
    """Select an option that is not the safe one."""
    options = operator.app.screen.query_one("#options", ListPane)
    last = options.option_count - 1
    await operator.keys("up" if options.highlighted == last else "down")


async def _select(operator: Operator, name: str) -> None:
    at = [one.name for one in shelf(None)].index(name)
    await operator.keys("home", *["down"] * at)


async def held(operator: Operator, draw: Draw, folder: Path) -> None:
    """The report of the newest: signed, reviewed, with what was found since."""
    keys, sees = operator.keys, operator.sees
    await keys("D")
    await sees("Held, the newest first")
    await sees("min")
    await keys("tab")
    await draw("list-held")
    await keys("enter")
    await operator.on("HeldScreen")
    await sees("In short:")
    await draw("report")
    await keys("end")
    await draw("report-end")
    await keys("question_mark")
    await sees("Keys of this screen")
    await draw("report-help")
    await keys("escape", "a")
    await operator.on("FindingDialog")
    await operator.type("Who may free a name is written nowhere")
    await draw("finding")
    await keys("escape")
    await operator.on("HeldScreen")
    await keys("S")
    await operator.on("KeyDialog")
    await draw("sign")
    await operator.type(str(made_key(folder, "operator")))
    await keys("enter")
    await sees("Signed.")
    await keys("home")
    await draw("signed")
    await keys("V")
    await operator.on("ReviewDialog")
    await draw("review")
    await operator.type("I looked at every check and at what was found")
    await keys("tab")
    await operator.type(str(made_key(folder, "reviewer")))
    await keys("tab", "tab", "tab", "enter")
    await sees("It is accepted.")
    await draw("reviewed")
    await keys("escape", "escape")
    await operator.on("OverviewScreen")
    await draw("overview-after")


async def in_a_sandbox(operator: Operator, draw: Draw) -> None:
    """A sandbox drill: asked for, at work, at its end."""
    keys, sees = operator.keys, operator.sees
    await keys("D")
    await sees("Held, the newest first")
    await sees("min")
    await keys("t")
    await operator.on("Confirm")
    await draw("sandbox-asked")
    await keys("right", "enter")
    await operator.on("RunScreen")
    await sees("Make the sandbox")
    await draw("sandbox-run")
    await sees("COMPLETE")
    await draw("sandbox-result")


async def walked(operator: Operator, draw: Draw) -> None:
    """The same pages, nothing executed."""
    await operator.keys("D")
    await operator.sees("Held, the newest first")
    await operator.sees("min")
    await _select(operator, "password-gone")
    await operator.keys("w")
    await operator.sees("Walk-through: nothing is executed")
    await operator.sees("The envelope is empty")
    await draw("walk-through")
    await operator.keys("X")
    await operator.on("BreakOffDialog")
    await operator.keys("tab", "tab", "enter")
    await operator.on("HeldScreen")
    await operator.sees("In short:")
    await draw("walk-report")


async def every(settings: Settings, sheets: Sheets, keys: Path) -> None:
    async def scene(act: Callable[[Operator, Draw], Awaitable[None]]) -> None:
        async with driving.opened(settings, sheets.size) as operator:

            async def draw(name: str) -> None:
                await sheets.draw(operator, name)

            await act(operator, draw)

    await scene(lambda operator, draw: played(operator, draw, settings))
    current = opened(settings)
    assert current is not None
    open_drill(settings, current).close()
    await scene(lambda operator, draw: held(operator, draw, keys))
    await scene(in_a_sandbox)
    await scene(walked)


def main(target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "practice"
            PracticePlatform.create(place, seed=1, pace=0.3)
            settings = resolve_settings(practice=str(place), environment={})
            for _ in follow(start_run(settings, "backup", label="nightly")):
                pass
            sheets = Sheets(target, size)
            try:
                asyncio.run(every(settings, sheets, Path(folder)))
            finally:
                pictured(sheets.made, WIDE[size[0]])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
