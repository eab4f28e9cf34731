"""A walk through every screen and question of drills that stand still."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from pryv_tui.tui.screens.drills.choose import DrillsScreen
from pryv_tui.tui.screens.overview import OverviewScreen
from pryv_tui.tui.widgets.panes import ListPane
from tests.tui.driving import Operator
from tests.tui.stills import still_held
from tests.tui.stills.still_drill import (
    BADLY,
    BUSY,
    FOUND,
    THIRD,
    TO_DO,
    UNPLAYABLE,
    WELL,
    Stage,
    StillDrill,
)
from tests.tui.stills.still_parts import StillSite

Draw = Callable[[str], Awaitable[None]]


async def drills(operator: Operator, site: StillSite, draw: Draw) -> None:
    """From the list to a report that is signed."""
    stage: Stage = site.drills
    await operator.keys("D")
    await reads(operator, "The newest backup was taken")
    await listed(operator, stage, draw)
    await played(operator, stage, draw)
    await watched(operator, stage, draw)
    await ended(operator, stage, draw)
    await in_a_sandbox(operator, stage, draw)
    await held(operator, stage, draw)


async def standing(operator: Operator, site: StillSite, draw: Draw) -> None:
    """What the overview says of drills, from the overview."""
    page = operator.page
    assert isinstance(page, OverviewScreen)
    site.scene = "drilled"
    page.look()
    await reads(operator, "drill failed")
    await draw("overview-drills")


async def reads(operator: Operator, text: str) -> None:
    """Wait until a text is on the screen, in one line or in several."""

    def there() -> bool:
        lines = operator.text.translate(str.maketrans("│┃█", "   "))
        return text in operator.text or text in " ".join(lines.split())

    await operator.until(there, repr(text))


async def again(operator: Operator) -> None:
    """Look again at what there is to play."""
    page = operator.page
    assert isinstance(page, DrillsScreen)
    before = page.found
    await operator.keys("ctrl+r")
    await operator.until(lambda: page.found is not before, "another look")


async def listed(operator: Operator, stage: Stage, draw: Draw) -> None:
    keys, sees = operator.keys, partial(reads, operator)
    await keys(*["down"] * 4)
    await sees("The disk of the core")
    await draw("drills")
    await keys("question_mark")
    await sees("Keys of this screen")
    await draw("drills-help")
    await keys("escape", "tab")
    await sees("What came of it")
    await draw("drills-held")
    stage.held = still_held.EDITED
    await again(operator)
    await keys("down")
    await sees("was edited")
    await draw("drills-edited")
    await keys("shift+tab")
    stage.held = ()
    await again(operator)
    await draw("drills-none")
    stage.scenarios = [UNPLAYABLE, *stage.scenarios]
    stage.open = StillDrill("core-lost", *THIRD)
    await again(operator)
    await draw("drills-open")
    await keys("home")
    await sees("neither")
    await draw("drills-unplayable")
    stage.open, stage.held = None, still_held.HELD
    stage.scenarios = stage.scenarios[1:]
    await again(operator)
    await keys("home", *["down"] * 4)
    await sees("The disk of the core")


async def play(operator: Operator, stage: Stage, drill: StillDrill, sees: str) -> None:
    """The screen of another drill."""
    stage.drill = drill
    if type(operator.app.screen).__name__ == "PlayScreen":
        await operator.keys("escape")
    await operator.on("DrillsScreen")
    await operator.keys("enter")
    await reads(operator, sees)


async def other_option(operator: Operator) -> None:
    options = operator.page.query_one("#options", ListPane)
    await operator.keys("up" if options.highlighted else "down")


async def played(operator: Operator, stage: Stage, draw: Draw) -> None:
    keys, sees = operator.keys, partial(reads, operator)
    stage.to_do = TO_DO
    await again(operator)
    await keys("enter")
    await operator.on("Confirm")
    await sees("still to be done")
    await draw("drill-before-it-begins")
    await keys("escape")
    stage.to_do = ()
    await again(operator)
    making = StillDrill(doing="Make the practice platform on which this is played")
    await play(operator, stage, making, "on which")
    await draw("drill-making")
    making.goes_on.set()
    await sees("You were paged.")
    await play(operator, stage, StillDrill(), "You were paged.")
    await draw("drill-first")
    await play(operator, stage, StillDrill("core-lost", *THIRD, hints=1), "What do you restore?")
    await draw("drill")
    await keys("c")
    await sees("The exact command")
    await draw("drill-command")
    await keys("question_mark")
    await sees("Keys of this screen")
    await draw("drill-help")
    await keys("escape", "n")
    await operator.on("ObservationDialog")
    await operator.type("the console of co1 shows no login")
    await draw("drill-note")
    await keys("escape", "X")
    await operator.on("BreakOffDialog")
    await operator.type("the fire alarm")
    await draw("drill-break-off")
    await keys("escape")
    await other_option(operator)
    await keys("enter")
    await operator.on("Confirm")
    await sees("Risk:")
    await draw("drill-take-it")
    await keys("c")
    await sees("$ ")
    await draw("drill-take-it-command")
    await keys("right", "enter")
    await sees("Being done now")
    await draw("drill-busy")
    stage.drill.goes_on.set()
    await operator.until(lambda: not stage.drill.doing, "its end")
    await sees("enter Take it")
    await play(operator, stage, StillDrill("core-lost", *BADLY[:3]), "What now?")
    await draw("drill-wrong")


async def watched(operator: Operator, stage: Stage, draw: Draw) -> None:
    await play(operator, stage, StillDrill("core-lost", *THIRD, watched=True), "OBSERVER")
    await draw("drill-observer")
    await operator.keys("F")
    await reads(operator, "FACILITATOR")
    await reads(operator, "F Hint")
    await draw("drill-facilitator")
    walked = StillDrill("password-gone", walk_through=True)
    await play(operator, stage, walked, "Walk-through: nothing is executed")
    await reads(operator, "The envelope is empty")
    await draw("drill-walk-through")


async def ended(operator: Operator, stage: Stage, draw: Draw) -> None:
    keys, sees = operator.keys, partial(reads, operator)
    await play(operator, stage, StillDrill("core-lost", *BADLY), "It did not end well.")
    await draw("drill-ended-badly")
    await play(operator, stage, StillDrill("core-lost", *WELL), "It ended well.")
    await draw("drill-ended")
    await keys("enter")
    await operator.on("DebriefDialog")
    await draw("drill-debrief")
    await operator.type("nobody was told")
    await keys("enter", "enter")
    await sees("✗ /var")
    await draw("drill-debrief-not-written")
    await keys("escape")
    await operator.on("PlayScreen")
    await play(operator, stage, StillDrill("core-lost", *WELL, found=FOUND), "It ended well.")
    await keys("enter")
    await operator.on("DebriefDialog")
    await sees("knew it")
    await draw("drill-debrief-said")
    await keys("escape", "escape")
    await operator.on("DrillsScreen")


async def in_a_sandbox(operator: Operator, stage: Stage, draw: Draw) -> None:
    keys, sees = operator.keys, partial(reads, operator)
    stage.sets = False
    await keys("t")
    await sees("holds no")
    await draw("sandbox-no-set")
    stage.sets, stage.to_do = True, TO_DO
    await keys("t")
    await operator.on("Confirm")
    await sees("restored beside")
    await draw("sandbox-asked")
    await keys("escape")
    stage.busy = BUSY
    await keys("t")
    await operator.on("Confirm")
    await sees("Not now:")
    await draw("sandbox-waits")
    stage.busy = []
    for outcome, shown in (
        ("running", "Restore the set"), ("complete", "COMPLETE"), ("refused", "REFUSED"),
    ):  # fmt: skip
        stage.run = outcome
        if outcome != "running":
            await keys("t")
            await operator.on("Confirm")
        await keys("right", "enter")
        await operator.on("RunScreen")
        await sees(shown)
        await draw({"running": "sandbox-run", "complete": "sandbox-result"}.get(
            outcome, "sandbox-refused"
        ))  # fmt: skip
        await keys("escape")
        await operator.on("DrillsScreen")
    stage.to_do = ()


async def held(operator: Operator, stage: Stage, draw: Draw) -> None:
    keys, sees = operator.keys, partial(reads, operator)
    await keys("tab", "enter")
    await operator.on("HeldScreen")
    await sees("In short:")
    await draw("drill-report")
    await keys("end")
    await sees("Found since, not signed yet:")
    await draw("drill-report-end")
    await keys("question_mark")
    await sees("Keys of this screen")
    await draw("drill-report-help")
    await keys("escape", "a")
    await operator.on("FindingDialog")
    await operator.type("Who may free a name is written nowhere")
    await draw("drill-finding")
    await keys(*["tab"] * 6, "enter")
    await sees("✗ /var")
    await draw("drill-finding-not-written")
    await keys("escape", "S")
    await operator.on("KeyDialog")
    await draw("drill-sign")
    await operator.type("id_ed25519")
    await keys("enter")
    await sees("✗ /root")
    await draw("drill-sign-no-key")
    await keys("escape")
    stage.report = still_held.signed(stage.report)
    operator.page.look()  # type: ignore[attr-defined]
    await sees("UNREVIEWED")
    await keys("home", "V")
    await operator.on("ReviewDialog")
    await operator.type("I looked at every check")
    await draw("drill-review")
    await keys("tab")
    await operator.type("id_ed25519")
    await keys("tab", "tab", "tab", "enter")
    await sees("✗ /root")
    await draw("drill-review-no-key")
    await keys("escape", "a")
    await operator.on("FindingDialog")
    await sees("debrief is")
    await draw("drill-finding-late")
    await keys("escape")
    stage.report = still_held.without_record()
    operator.page.look()  # type: ignore[attr-defined]
    await sees("It has no record yet")
    await draw("drill-report-none")
    await keys("escape")
    await operator.on("DrillsScreen")
