"""Every screen: opens, names what it shows, says PRACTICE, survives sizes and troubles."""

from __future__ import annotations

from pathlib import Path

import pytest

from pryv_tui.operations.settings.resolve import HostSettings, Settings
from pryv_tui.operations.site import open_site
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.start import start_run
from pryv_tui.tui.actions import ACTIONS
from pryv_tui.tui.base.page import Page
from pryv_tui.tui.screens.logs import LogsScreen
from pryv_tui.tui.screens.overview import OverviewScreen
from pryv_tui.tui.screens.text import TextScreen
from pryv_tui.tui.widgets.panes import Pane
from pryv_tui.who import who_is_here
from tests.suite.turns import parts
from tests.tui.driving import Operator, opened

WAYS = {
    "OverviewScreen": ((), "Roles and containers"),
    "BackupWizard": (("b",), "Roles to back up"),
    "RestoreWizard": (("r",), "✓ complete"),
    "SetsScreen": (("s",), "Roles core"),
    "PruneWizard": (("s", "D"), "of the last sets"),
    "RunsScreen": (("u",), "backup   ✓ complete"),
    "RunScreen": (("u", "enter"), "PRACTICE Backup of"),
    "LogsScreen": (("l",), "following"),
    "ContainerScreen": (("enter",), "If it stops"),
    "DoctorScreen": (("d",), "✓ OK"),
    "HelpScreen": (("question_mark",), "Keys of this screen"),
}
SIZES = ((80, 24), (120, 40), (60, 20))


async def go(operator: Operator, name: str) -> None:
    keys, text = WAYS[name]
    for number, key in enumerate(keys):
        if number:
            await operator.sees("✓ complete")
        await operator.keys(key)
    await operator.on(name)
    await operator.sees(text)


async def home(operator: Operator) -> None:
    """Back to the overview, however deep."""
    for _ in range(9):
        if type(operator.app.screen).__name__ != "OverviewScreen":
            await operator.keys("escape")
    await operator.on("OverviewScreen")


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_every_screen_says_practice(with_set: Settings, size: tuple[int, int]) -> None:
    async with opened(with_set, size) as operator:
        for name in WAYS:
            await go(operator, name)
            first = operator.text.splitlines()[0]
            assert first.startswith(" PRACTICE "), name
            assert all(len(line) <= size[0] for line in operator.text.splitlines()), name
            await home(operator)


@parts(5)
async def test_resizing_down_and_back(with_set: Settings, part: slice) -> None:
    async with opened(with_set, (120, 40)) as operator:
        for name in list(WAYS)[part]:
            await go(operator, name)
            for size in (*SIZES, (30, 8), (120, 40)):
                await operator.pilot.resize_terminal(*size)
                await operator.pilot.pause()
            assert type(operator.app.screen).__name__ == name
            await home(operator)


@parts(5)
async def test_help_names_every_key_and_word(with_set: Settings, part: slice) -> None:
    async with opened(with_set, (120, 60)) as operator:
        for name in list(WAYS)[part]:
            if name == "HelpScreen":
                continue
            await go(operator, name)
            page = operator.page
            await operator.keys("question_mark")
            await operator.on("HelpScreen")
            for action in page.HERE:
                assert ACTIONS[action].label in operator.text, (name, action)
            for word, _ in page.WORDS:
                assert word in operator.text, (name, word)
            await home(operator)


def test_every_action_has_a_method() -> None:
    from pryv_tui.tui.screens import (
        backup,
        container,
        doctor,
        help,
        logs,
        overview,
        prune,
        restore,
        run,
        runs,
        sets,
        text,
    )

    modules = (
        backup,
        container,
        doctor,
        help,
        logs,
        overview,
        prune,
        restore,
        run,
        runs,
        sets,
        text,
    )
    pages = [
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Page) and value.HERE
    ]
    assert pages
    for page in pages:
        for name in page.HERE:
            assert hasattr(page, f"action_{name}"), (page, name)


def test_destructive_actions_ask_first() -> None:
    asking = {a.name for a in ACTIONS.values() if a.destructive}
    assert asking == {
        "break_off",
        "cancel",
        "prune",
        "recover",
        "release",
        "restart_container",
        "restore_this",
        "start_container",
        "stop_container",
        "undo",
    }


async def test_an_unreachable_engine_shows_its_remedy(tmp_path: Path) -> None:
    settings = Settings(
        vault=str(tmp_path / "vault"),
        state=str(tmp_path / "state"),
        hosts=(HostSettings(name="machine", docker=f"unix://{tmp_path}/none.sock"),),
    )
    async with opened(settings, (120, 40)) as operator:
        await operator.sees("no engine answers")
        await operator.sees("systemctl start docker")
        assert "PRACTICE" not in operator.text
        await operator.keys("d")
        await operator.sees("FAILED")
        await operator.sees("What to do:")


async def test_nothing_here_offers_a_restore(
    with_set: Settings, platform: PracticePlatform
) -> None:
    platform.wipe("all")
    async with opened(with_set, (120, 40)) as operator:
        await operator.sees("nothing here")
        await operator.sees("Bring it back: press r")
        await operator.keys("b")
        await operator.sees("there is nothing to back up")
        assert operator.page.query_one("#next").disabled


async def test_no_sets_no_runs(settings: Settings) -> None:
    async with opened(settings, (120, 40)) as operator:
        await operator.sees("There is no backup set yet")
        await operator.keys("s")
        await operator.sees("holds no backup set yet")
        await operator.keys("v", "r", "g", "escape", "u")
        await operator.sees("No run is known here yet")
        await operator.keys("U", "x", "enter", "escape", "r")
        await operator.sees("holds no set")
        assert operator.page.query_one("#next").disabled


async def test_the_overview_is_live(settings: Settings, platform: PracticePlatform) -> None:
    async with opened(settings, (120, 40)) as operator:
        await operator.sees("16 of 16 containers run")
        platform.hosts[0].engine.stop("pryvio_core")
        # Not how many run: what is down, and since when.
        await operator.sees("✗ down  core since")
        await operator.sees("○ exited")
        attention = operator.page.query_one("#attention", Pane).plain
        assert "single: pryvio_core is exited." in attention
        assert "press l on pryvio_core" in attention
        # What the folders hold is looked at again when something else lies in the root.
        await operator.sees("pryv/core ")
        platform.wipe("core")
        assert isinstance(operator.page, OverviewScreen)
        # As it does by itself every few seconds; nobody asks for the sizes.
        operator.page.look()
        folders = operator.page.query_one("#folders", Pane)
        await operator.until(lambda: "pryv/core " not in folders.plain, "the new sizes")
        assert "pryv/redis" in folders.plain


async def test_verify_and_guide(with_set: Settings) -> None:
    async with opened(with_set, (120, 40)) as operator:
        await operator.keys("s")
        await operator.sees("✓ complete")
        await operator.keys("v")
        await operator.on("RunScreen")
        await operator.sees("good. ")
        await operator.keys("escape")
        await operator.on("SetsScreen")
        await operator.sees(f"in full by {who_is_here().short}: good")
        await operator.keys("g")
        await operator.on("TextScreen")
        await operator.sees("sha256sum")
        assert isinstance(operator.page, TextScreen)
        view = operator.page.output.view
        longest = max(range(len(view.lines)), key=lambda n: len(view.lines[n].text))
        await operator.sees("w wraps long lines")
        await operator.keys("w")
        await operator.sees("wrapped, w cuts")
        assert view.max_scroll_x == 0
        view.jump(longest)
        end = view.lines[longest].text[-20:]
        await operator.until(lambda: end in operator.text, f"the end of the longest line, {end!r}")
        for size in ((60, 20), (120, 40)):
            await operator.pilot.resize_terminal(*size)
            await operator.until(
                lambda: view.rows is not None and view.rows.width == view.room, "the other width"
            )
        await operator.keys("w", "escape")
        victim = next(Path(with_set.vault).glob("*/single/files/pryv/core/conf/*"))
        victim.write_text("changed")
        await operator.keys("v")
        await operator.on("RunScreen")
        await operator.sees("NOT what it should be")
        await operator.sees(f"{victim.name} differs from its hash")
        await operator.keys("escape")
        await operator.on("SetsScreen")
        await operator.sees("✗ damaged")
        await operator.keys("r")
        assert type(operator.page).__name__ == "SetsScreen", "a damaged set can't be restored"
    (backup,) = open_site(with_set).vault.sets()
    assert backup.state == "damaged"


async def test_log_is_followed_searched_and_left(
    settings: Settings, platform: PracticePlatform
) -> None:
    engine = platform.hosts[0].engine
    async with opened(settings, (120, 40)) as operator:
        await operator.keys("down", "l")
        await operator.on("LogsScreen")
        await operator.sees("following")
        container = operator.page._container  # type: ignore[attr-defined]
        engine.stop(container)
        await operator.sees("received SIGTERM")
        await operator.keys("slash")
        await operator.type("sigterm")
        # What is typed is seen, also where the field is one line in a panel.
        assert any("sigterm" in line for line in operator.text.splitlines())
        await operator.keys("enter")
        await operator.sees("'sigterm' 1 of 1 (n, N)")
        await operator.sees("ended, the container does not run")
        assert isinstance(operator.page, LogsScreen)
        view = operator.page.output.view
        assert not view.following
        assert view.hit is not None
        assert "SIGTERM" in view.lines[view.hit - view.lines.dropped].text
        await operator.keys("space")
        assert view.following
        # Escape ends the search first.
        await operator.keys("escape")
        await operator.until(lambda: "(n, N)" not in operator.text, "the end of the search")
        await operator.on("LogsScreen")
        await operator.keys("escape")
        await operator.on("OverviewScreen")


async def test_the_interface_leaves_at_once_without_a_run(settings: Settings) -> None:
    async with opened(settings, (120, 40)) as operator:
        await operator.keys("q")
        await operator.until(lambda: not operator.app.is_running, "the end of the interface")
        assert operator.app.return_code == 0


@pytest.mark.parametrize("name", ["backup", "restore", "sets", "runs", "details", "logs", "doctor"])
async def test_leaving_while_a_screen_opens(settings: Settings, name: str) -> None:
    async with opened(settings) as operator:
        await operator.page.run_action(f"screen.{name}")
        operator.app.exit(0)
        await operator.until(lambda: not operator.app.is_running, "the end of the interface")
        assert operator.app.return_code == 0


async def test_a_size_that_changed_under_another_screen_is_drawn(slow: Settings) -> None:
    async with opened(slow) as operator:
        record = start_run(slow, "backup")
        await operator.keys("u")
        await operator.sees("▶ running")
        await operator.keys("enter")
        await operator.sees("▶ running   Dump MongoDB on single")
        await operator.keys("x")
        await operator.on("Confirm")
        for size in ((60, 20), (120, 40)):
            await operator.pilot.resize_terminal(*size)
        await operator.keys("escape")
        await operator.on("RunScreen")
        steps = operator.page.query_one("#steps", Pane)
        lines = [line for line in steps.plain.splitlines() if line]
        # What is left of a title stands on a line of its own; no line is of another width's page.
        assert max(map(len, lines)) == steps.room
        await operator.keys("escape", "escape")
        await operator.on("OverviewScreen")
        # A run that goes on is the first thing that is said; what it holds is no fault.
        await operator.sees("● up  15 of 16 containers run, 1 held by the backup")
        await operator.sees("▶ held       config_follower")
        await operator.sees("· info The backup")
        assert "containers logs" not in operator.text
        assert "press l" not in operator.text
        await operator.sees("pryv/mongodb/data")
        assert f"│     {record.id} " in operator.text, "a wrapped line lost its indent"
