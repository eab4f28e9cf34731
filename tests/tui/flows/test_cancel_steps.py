"""A cancel by key in each kind of step of a backup and a restore, and in the last one: what the
screen asks, and what it says. In every single step: `tests/journeys/test_cancel_steps.py`.

The run is held at the begin of the step, by a worker of the tests, until the key has ended it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from pryv_tui.operations.plan import PlanKind, Step
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.operations.site import open_site
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.left import left_behind
from pryv_tui.runs.planning.request import plan_backup, plan_restore
from pryv_tui.runs.start import start_run
from pryv_tui.tui.screens.run import RunScreen
from pryv_tui.tui.widgets.panes import Pane
from tests.suite.turns import parts
from tests.tui.driving import Operator, opened

FIRST_SHOWN = 20
"""Letters of a step's title that are never cut."""


def places_of(steps: Sequence[Step]) -> list[int]:
    """Where the first step of each kind is, and the last of all."""
    kinds = [type(step) for step in steps]
    return [
        place
        for place, kind in enumerate(kinds)
        if kind not in kinds[:place] or place == len(kinds) - 1
    ]


def held_in(
    operator: Operator, settings: Settings, place: int, kind: PlanKind, **more: str
) -> None:
    """Start a run that stays in that step, and open its screen."""
    worker = (sys.executable, "-m", "tests.tui.held_worker", str(place))
    record = start_run(settings, kind, worker=worker, **more)
    operator.app.push_screen(RunScreen(operator.page.desk, record))


def on_one_line(operator: Operator) -> str:
    """The screen's text without frames: a folder too long for its line stands on the next one."""
    return " ".join(operator.text.replace("│", " ").split())


def running(operator: Operator, title: str) -> bool:
    """Whether the screen's list of steps shows that one as the one that runs."""
    return f"▶ running {title[:FIRST_SHOWN]}" in on_one_line(operator)


async def cancelled(operator: Operator, title: str) -> str:
    """Cancel the run on the screen, which is in the step of that title; its result."""
    screen = operator.page
    assert isinstance(screen, RunScreen)

    def is_there() -> bool:
        step = screen.model.current
        return step is not None and step.view.title == title and step.state == "running"

    await operator.until(is_there, f"the step {title!r}")
    await operator.until(lambda: running(operator, title), f"{title!r} as the step that runs")
    await operator.keys("x")
    await operator.on("Confirm")
    await operator.sees("No, let it run")
    assert operator.focused == "no"
    assert f"It is at: {title[:FIRST_SHOWN]}" in on_one_line(operator)
    assert not screen.model.over, "the question ends nothing"
    await operator.keys("tab", "enter")
    await operator.until(lambda: screen.model.over, "the end of the run")
    await operator.until(lambda: bool(screen.query_one("#result", Pane).plain), "the result")
    assert "Cancelling" not in operator.text
    return " ".join(screen.query_one("#result", Pane).plain.split())


async def test_the_step_that_goes_on_comes_into_view_though_its_panel_had_no_size(
    settings: Settings,
) -> None:
    """As where the whole of a journal was read before the screen was laid out."""
    site = open_site(settings)
    last = plan_backup(site, site.discover()).steps[-1].title
    async with opened(settings) as operator:
        held_in(operator, settings, len(plan_backup(site, site.discover()).steps), "backup")
        await operator.on("RunScreen")
        screen = operator.page
        assert isinstance(screen, RunScreen)
        await operator.until(lambda: running(operator, last), f"{last!r} as the step that runs")
        pane = screen.query_one("#steps", Pane)
        pane.display = False
        pane.scroll_to(y=0, animate=False, immediate=True)
        await operator.until(lambda: "▶ running   " not in operator.text, "a screen without steps")
        screen._show()
        await operator.pilot.pause()
        pane.scroll_to(y=0, animate=False, immediate=True)
        assert pane.scroll_offset.y == 0
        pane.display = True
        await operator.until(lambda: running(operator, last), f"{last!r} as the step that runs")
        await cancelled(operator, last)


@parts(5)
async def test_a_backup(settings: Settings, platform: PracticePlatform, part: slice) -> None:
    site = open_site(settings)
    before = platform.contents()
    steps = plan_backup(site, site.discover()).steps
    titles = [step.title for step in steps]
    completing = titles.index("Complete the set")
    async with opened(settings) as operator:
        for place in places_of(steps)[part]:
            title = titles[place]
            sets = {found.id for found in site.vault.sets() if found.state == "complete"}
            held_in(operator, settings, place + 1, "backup")
            await operator.on("RunScreen")
            result = await cancelled(operator, title)
            new = {found.id for found in site.vault.sets() if found.state == "complete"} - sets
            if place < completing:
                assert "CANCELLED" in result, title
                assert not new, title
                assert place == 0 or ".partial" in result, title
            else:
                # The set is one from then on: what follows only gives back, to its end.
                (made,) = new
                assert f"The set {made} itself is complete" in result or "COMPLETE" in result
            assert platform.contents() == before, title
            assert not left_behind(site, site.discover()), title
            await operator.keys("escape")
            await operator.on("OverviewScreen")


@parts(5)
async def test_a_restore(with_set: Settings, platform: PracticePlatform, part: slice) -> None:
    site = open_site(with_set)
    of_set = platform.contents()
    platform.grow(users=1, attachments=1)
    before = platform.contents()
    deployment = site.discover()
    (set_id,) = [found.id for found in site.vault.sets()]
    steps = plan_restore(site, deployment, "latest").steps
    titles = [step.title for step in steps]
    async with opened(with_set) as operator:
        for place in places_of(steps)[part]:
            title = titles[place]
            held_in(operator, with_set, place + 1, "restore", set_id=set_id)
            await operator.on("RunScreen")
            result = await cancelled(operator, title)
            site = open_site(with_set)
            assert not left_behind(site, site.discover()), title
            if "CANCELLED" in result:
                assert "half-restored" not in result, title
                said = ("Nothing was changed.", "The former content is in place.")
                assert any(words in result for words in said), (title, result)
                assert platform.contents() == before, title
            else:
                # From the step on that brings it to its end there is nothing left to cancel but
                # the look after it; and it can be undone.
                assert place >= len(titles) - 2, title
                assert "undo" in result
                assert platform.contents() == of_set
            await operator.keys("escape")
            await operator.on("OverviewScreen")
