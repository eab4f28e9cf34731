"""A walk through every screen of a platform that stands still."""

from __future__ import annotations

import tempfile
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path

from tests.tui.drill_walk import drills, standing
from tests.tui.driving import Operator, opened
from tests.tui.sheets import parsed_once, seen_alone
from tests.tui.stills.still import LIVE, standing_still
from tests.tui.stills.still_parts import StillSite

SMALL = (60, 20)
SIZES = (SMALL, (80, 24), (120, 40))

Draw = Callable[[str], Awaitable[None]]


async def scenes(operator: Operator, site: StillSite, draw: Draw) -> None:
    """Every screen but those of drills, once."""
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
    await sees("Leaving closes only this view")
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


async def of_drills(operator: Operator, site: StillSite, draw: Draw) -> None:
    """Every screen of drills, once."""
    await operator.sees("into a backup")
    await standing(operator, site, draw)
    await drills(operator, site, draw)


PARTS = {"all but drills": scenes, "drills": of_drills}


async def walk(
    size: tuple[int, int], draw: Callable[[Operator, str], Awaitable[None]], part: str
) -> None:
    """Walk through a part of them at a size: a real platform on the large one, else one to practise
    on.

    Args:
        draw: called on each screen, with its name.
        part: one of `PARTS`.
    """
    with (
        parsed_once(),
        tempfile.TemporaryDirectory() as folder,
        standing_still(Path(folder), practice=size != SIZES[-1]) as site,
        ExitStack() as within,
    ):
        async with opened(site.settings, size, site) as operator:
            within.enter_context(seen_alone(operator.app))

            async def here(name: str) -> None:
                await draw(operator, name)

            await PARTS[part](operator, site, here)
