"""Draw every screen at 80x24 and 120x40: `python -m tests.docs.make_screenshots FOLDER`.

A practice platform with a fixed seed is made in a folder for the time being; times, ages and ids
are those of the moment.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.settings.resolve import Settings, resolve_settings
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.start import cancel_run, start_run
from pryv_tui.tui.widgets.panes import Pane
from tests.docs import make_film
from tests.helpers.runs import run_to_its_end
from tests.tui.driving import Operator, opened
from tests.tui.walk import SIZES, SMALL

LARGE = tuple(size for size in SIZES if size != SMALL)
DOMAIN = "practice.pryv.example"

Draw = Callable[[Operator, str], None]
Scene = Callable[[Operator, Draw], Awaitable[None]]


async def measured(operator: Operator) -> None:
    """Wait until the overview has the sizes of the folders."""
    folders = operator.page.query_one("#folders", Pane)
    await operator.until(lambda: "into a backup" in folders.plain, "the sizes of the folders")


async def backup(operator: Operator, draw: Draw) -> None:
    """The backup wizard, to its last page."""
    await operator.keys("b")
    await operator.until(lambda: operator.focused == "label", "the label")
    await operator.type("before-upgrade")
    draw(operator, "backup-1-what")
    await operator.keys("enter")
    await operator.sees("✓ all")
    draw(operator, "backup-2-checks")
    await operator.keys("n")
    await operator.sees("The timing gap")
    await operator.until(lambda: not operator.page.query_one("#go").disabled, "the plan")
    await operator.keys("c")
    draw(operator, "backup-3-steps")


async def restore(operator: Operator, draw: Draw) -> None:
    """The restore wizard, to its last page."""
    await operator.keys("r")
    await operator.sees("✓ complete")
    draw(operator, "restore-1-set")
    await operator.keys("enter")
    await operator.until(lambda: operator.focused == "next", "the roles")
    draw(operator, "restore-2-roles")
    await operator.keys("enter")
    await operator.sees("✓ all")
    draw(operator, "restore-3-checks")
    await operator.keys("n")
    await operator.sees("The timing gap")
    await operator.until(lambda: not operator.page.query_one("#next").disabled, "the plan")
    draw(operator, "restore-4-steps")
    await operator.keys("n")
    await operator.until(lambda: operator.focused == "word", "the field of the word")
    await operator.type(DOMAIN)
    draw(operator, "restore-5-confirm")


async def look_around(operator: Operator, draw: Draw) -> None:
    """Everything that only shows."""
    await measured(operator)
    await operator.pilot.pause(0.5)
    draw(operator, "overview")
    await operator.keys("down", "enter")
    await operator.sees("If it stops")
    draw(operator, "container")
    await operator.keys("X")
    await operator.on("TypeToConfirm")
    draw(operator, "container-stop")
    await operator.keys("escape", "escape")
    await operator.on("OverviewScreen")
    await operator.keys("home")
    for key, text, name in (
        ("s", "Details", "sets"),
        ("u", "✓ complete", "runs"),
        ("l", "[config_follower]", "logs"),
        ("d", "✓ OK", "doctor"),
        ("question_mark", "Keys of this screen", "help"),
    ):
        await operator.keys(key)
        await operator.sees(text)
        draw(operator, name)
        await operator.keys("escape")
        await operator.on("OverviewScreen")
    await operator.keys("s")
    await operator.sees("✓ complete")
    await operator.keys("D")
    await operator.sees("of the last sets")
    draw(operator, "prune")
    await operator.keys("escape", "escape")
    await operator.on("OverviewScreen")
    await operator.keys("u")
    await operator.sees("✓ complete")
    await operator.keys("U")
    await operator.on("TypeToConfirm")
    draw(operator, "undo-confirm")
    await operator.keys("escape", "enter")
    await operator.sees("COMPLETE")
    draw(operator, "run-result")


async def going_on(operator: Operator, draw: Draw) -> None:
    """A run in the middle, and the question before its end."""
    await operator.on("RunScreen")
    await operator.sees("▶ running   Dump InfluxDB")
    operator.app.clear_notifications()
    await operator.keys("j")
    draw(operator, "run")
    await operator.keys("x")
    await operator.on("Confirm")
    draw(operator, "cancel-confirm")
    await operator.keys("escape", "q")
    await operator.on("Confirm")
    draw(operator, "leave")
    await operator.keys("escape", "escape")
    await operator.on("OverviewScreen")
    await operator.sees("is running.")
    await measured(operator)
    draw(operator, "overview-during-run")


async def left_half_done(operator: Operator, draw: Draw) -> None:
    """What a dead restore left, offered unasked."""
    await operator.on("RecoverDialog")
    await operator.sees("Not now")
    draw(operator, "recover")
    await operator.keys("escape", "R")
    await operator.on("RecoverDialog")
    await operator.keys("tab", "enter")
    await operator.on("TypeToConfirm")
    await operator.type("practice.pryv")
    draw(operator, "recover-confirm")


async def rehearse(operator: Operator, draw: Draw) -> None:
    """A scenario, from the list to its report; then the list, with what was held."""
    await operator.keys("D")
    await operator.sees("What the gap cost has to be settled")
    await operator.keys("down", "enter")
    begun, asked = "The set is verified.", "Before it begins"
    await operator.until(lambda: begun in operator.text or asked in operator.text, begun)
    if asked in operator.text:  # of what the drill of the size before has found
        await operator.keys("right", "enter")
    await operator.sees(begun)
    await operator.keys("enter")
    await operator.sees("Do you open the platform now?")
    draw(operator, "drill")
    await operator.keys("enter")
    await operator.sees("How do you settle it?")
    await operator.keys("enter")
    await operator.sees("It ended well.")
    draw(operator, "drill-ended")
    await operator.keys("enter")
    await operator.on("DebriefDialog")
    await operator.type("The audit named the account")
    await operator.keys("enter", "shift+tab", "enter")
    await operator.sees("Went well: The audit")
    await operator.type("Who may free a name is written nowhere")
    draw(operator, "drill-debrief")
    await operator.keys("enter", "enter")
    await operator.sees("To be fixed: Who may")
    # Past who fixes it, until when and what shows it, and two buttons.
    await operator.keys(*["tab"] * 6, "enter")
    await operator.on("HeldScreen")
    await operator.sees("In short:")
    draw(operator, "drill-report")
    await operator.keys("escape")
    await operator.on("DrillsScreen")
    await operator.sees("unsigned and unreviewed")
    draw(operator, "drills")


async def disaster(operator: Operator, draw: Draw) -> None:
    """The overview after core was lost."""
    await operator.sees("▲ incomplete")
    await measured(operator)
    await operator.pilot.pause(0.5)
    draw(operator, "overview-core-lost")
    await operator.keys("I")
    await operator.on("IncidentsScreen")
    await operator.sees("In short:")
    draw(operator, "incidents")


async def one(settings: Settings, target: Path, size: tuple[int, int], scene: Scene) -> None:
    """Play a scene at a size."""

    def draw(operator: Operator, name: str) -> None:
        operator.app.clear_notifications()
        title = f"pryv-tui: {name.replace('-', ' ')}"
        file = target / f"{name}-{size[0]}x{size[1]}.svg"
        file.write_text(operator.app.export_screenshot(title=title), encoding="utf-8")

    async with opened(settings, size) as operator:
        await scene(operator, draw)


def main(target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    # Paths are on the screens: a fixed one, so that pictures differ only where the interface does.
    scratch = Path(tempfile.gettempdir()) / "pryv-tui-screens"
    scratch.mkdir()
    try:
        folder = scratch / "practice"
        platform = PracticePlatform.create(folder, seed=1)
        settings = resolve_settings(practice=str(folder), environment={})
        name = run_to_its_end(settings, "backup", label="nightly").set
        run_to_its_end(settings, "restore", set_id=name)
        for size in LARGE:
            for scene in (look_around, backup, restore, rehearse):
                asyncio.run(one(settings, target, size, scene))
        platform.wipe("core")
        for size in LARGE:
            asyncio.run(one(settings, target, size, disaster))
        slow = scratch / "slow"
        PracticePlatform.create(slow, seed=1, pace=4.0)
        settings = resolve_settings(practice=str(slow), environment={})
        for size in LARGE:
            record = start_run(settings, "backup", label="nightly")
            asyncio.run(one(settings, target, size, going_on))
            # On a slow machine it is at its end by now.
            with contextlib.suppress(PryvTuiError):
                cancel_run(Path(settings.state), record.id)
        dead = scratch / "dead"
        PracticePlatform.create(dead, seed=1)
        settings = resolve_settings(practice=str(dead), environment={})
        name = run_to_its_end(settings, "backup", label="nightly").set
        killed = (sys.executable, "-m", "tests.kill.worker", "100", "after")
        run_to_its_end(settings, "restore", set_id=name, worker=killed)
        for size in LARGE:
            asyncio.run(one(settings, target, size, left_half_done))
        make_film.make(target)
    finally:
        shutil.rmtree(scratch)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "screenshots"))
