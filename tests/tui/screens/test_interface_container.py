"""A container's details: live, and acts that ask first and are refused while they would cross a
run."""

from __future__ import annotations

from pathlib import Path

from textual.widgets import Button

from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.record.history import all_runs
from pryv_tui.runs.start import start_run
from pryv_tui.tui.screens.container import ContainerScreen
from pryv_tui.tui.widgets.panes import ListPane, Pane
from tests.tui.driving import Operator, opened

DOMAIN = "practice.pryv.example"


async def details(operator: Operator, service: str) -> ContainerScreen:
    """Open the details of a container from the overview."""
    await operator.on("OverviewScreen")
    listed = operator.page.query_one("#containers", ListPane)
    listed.highlighted = listed.get_option_index(f"single/pryvio_{service}")
    await operator.keys("enter")
    await operator.on("ContainerScreen")
    screen = operator.page
    assert isinstance(screen, ContainerScreen)
    await operator.until(lambda: screen.container is not None, "the details")
    return screen


def shown(operator: Operator, pane: str) -> str:
    return operator.page.query_one(f"#{pane}", Pane).plain


async def test_details_say_all_and_are_live(settings: Settings, platform: PracticePlatform) -> None:
    engine = platform.hosts[0].engine
    async with opened(settings, (120, 40)) as operator:
        screen = await details(operator, "mongodb")
        facts, more = shown(operator, "facts"), shown(operator, "more")
        for text in ("● running", "pryvio_mongodb", "Core on single", "pryvio/mongodb:1.9.2",
                     "sha256:", "always: Docker starts it again", "nobody can log in"):  # fmt: skip
            assert text in facts, text
        root = platform.hosts[0].root_hint
        assert f"Folders in the root {root}" in more
        assert "/app/data ← pryv/mongodb/data" in more
        assert "/app/conf ← pryv/mongodb/conf (read only)" in more
        assert f"{root}/pryv/pryv.yml" in more
        # Somebody stops it from elsewhere: what is shown, and what can be asked for, follow.
        engine.stop("pryvio_mongodb")
        await operator.sees("○ exited")
        assert "Exit code     0" in shown(operator, "facts")
        names = {action.name for action in screen.actions_here()}
        assert "start_container" in names
        assert not names & {"stop_container", "restart_container"}
        await operator.keys("X", "T")
        await operator.on("ContainerScreen")
        await operator.keys("escape")
        await details(operator, "core")
        assert "/dev/log ← /dev/log" in shown(operator, "more").split("Elsewhere")[1]


async def test_a_stop_wants_the_domain_and_a_start_a_button(
    settings: Settings, platform: PracticePlatform
) -> None:
    engine = platform.hosts[0].engine

    def state() -> str:
        return next(c.state for c in engine.containers() if c.service == "nginx")

    async with opened(settings) as operator:
        await details(operator, "nginx")
        await operator.keys("X")
        await operator.on("TypeToConfirm")
        await operator.sees("Stop pryvio_nginx on single (core, register, static-web)")
        await operator.sees("Users notice: nothing of this machine can be reached")
        yes = operator.app.screen.query_one("#yes", Button)
        assert str(yes.label) == "Stop it on single"
        await operator.keys("enter")
        await operator.type("nginx")
        await operator.sees("✗ wrong word")
        # The exact command, also from the field; the word typed so far stays.
        await operator.keys("ctrl+o")
        await operator.sees("docker stop")
        assert "Users notice" not in operator.text
        await operator.keys("ctrl+o")
        await operator.sees("Users notice")
        await operator.sees("✗ wrong word")
        await operator.keys("enter", "escape")
        await operator.on("ContainerScreen")
        await operator.sees("Nothing was done.")
        assert all_runs(Path(settings.state)) == []
        await operator.keys("X")
        await operator.on("TypeToConfirm")
        await operator.type(DOMAIN)
        await operator.keys("enter", "enter")
        await operator.on("TypeToConfirm")
        await operator.keys("space")
        await operator.on("RunScreen")
        await operator.sees("Stop of a container of practice.pryv.example: COMPLETE")
        assert state() == "exited"
        await operator.keys("escape")
        await operator.sees("○ exited")
        # Starting takes nothing from anybody: a question, with No focused.
        await operator.keys("S")
        await operator.on("Confirm")
        assert operator.focused == "no"
        await operator.keys("c")
        await operator.sees("docker start pryvio_nginx")
        await operator.keys("enter")
        await operator.on("ContainerScreen")
        await operator.sees("Nothing was done.")
        assert state() == "exited"
        await operator.keys("S")
        await operator.on("Confirm")
        await operator.keys("right", "enter")
        await operator.on("RunScreen")
        await operator.sees("Start of a container of practice.pryv.example: COMPLETE")
        assert state() == "running"
        await operator.keys("escape", "escape", "u")
        await operator.sees("pryvio_nginx on single is stopped.")


async def test_refused_with_a_reason_while_a_run_holds_the_platform(slow: Settings) -> None:
    async with opened(slow, (120, 40)) as operator:
        record = start_run(slow, "backup")
        await operator.sees("▶ held")
        await details(operator, "config_follower")
        await operator.sees("held by the backup, which starts or unpauses it again")
        await operator.keys("S")
        await operator.sees("has been using the platform since")
        await operator.sees(f"press u on the overview, then Enter on {record.id}")
        await operator.on("ContainerScreen")
        assert len(all_runs(Path(slow.state))) == 1
        await operator.keys("ctrl+r")
        await operator.until(lambda: "using the platform" not in operator.text, "the end of it")


async def test_one_that_is_gone_is_said_so(settings: Settings) -> None:
    name = "pryvio_none"
    async with opened(settings) as operator:
        operator.app.push_screen(ContainerScreen(operator.page.desk, "single", name))
        await operator.sees(f"There is no container {name} on single now.")
        await operator.keys("S", "X", "T", "l")
        await operator.on("ContainerScreen")
    assert all_runs(Path(settings.state)) == []
