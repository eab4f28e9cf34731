"""What a dead run left is offered by the interface, and nothing happens without an answer."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pryv_tui.hosts.discovery import MACHINE_NAME
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.operations.site import open_site
from pryv_tui.operations.steps.bringing_back.copy_back import CopyBack
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.left import left_behind
from pryv_tui.runs.planning.request import plan_restore
from pryv_tui.runs.record.history import all_runs
from pryv_tui.runs.recovery import first_look
from pryv_tui.runs.start import follow, start_run
from pryv_tui.tui.widgets.panes import Pane
from tests.helpers.runs import run_to_its_end
from tests.helpers.waiting import until
from tests.tui.driving import Operator, opened

DOMAIN = "practice.pryv.example"


def die(settings: Settings, kind: str, at: int, **asked: str) -> str:
    """A run whose worker is killed right after an event of its journal."""
    worker = (sys.executable, "-m", "tests.kill.worker", str(at), "after")
    record = start_run(settings, kind, worker=worker, **asked)
    for _ in follow(record):
        pass
    assert all_runs(Path(settings.state))[-1].state == "died"
    return record.id


async def test_a_dead_restore_is_offered_and_rolled_back_by_keys(
    with_set: Settings, platform: PracticePlatform
) -> None:
    platform.grow(users=1)
    lived = platform.contents()
    run = die(with_set, "restore", 100, set_id=open_site(with_set).vault.sets()[0].id)
    async with opened(with_set) as operator:
        await operator.on("RecoverDialog")
        await operator.sees(run)
        await operator.sees("Finish (advised): Restore the set")
        await operator.keys("pagedown")
        await operator.sees("Roll back: Put back the content from before")
        assert operator.focused == "no"
        await operator.keys("enter")
        await operator.on("OverviewScreen")
        assert all_runs(Path(with_set.state))[-1].id == run, "Not now started something"
        # Not offered again unasked; its key is there, and what needs a person names it.
        await operator.keys("ctrl+r")
        await operator.sees("R Recover")
        attention = operator.page.query_one("#attention", Pane)
        assert "press R, then Finish: Restore the set" in attention.plain
        assert "recover --" not in attention.plain
        await operator.on("OverviewScreen")
        await operator.keys("R")
        await operator.on("RecoverDialog")
        await operator.keys("right", "right")
        assert operator.focused == "roll-back"
        await operator.keys("enter")
        await operator.on("TypeToConfirm")
        await operator.sees("Roll back what the restore")
        yes = operator.app.screen.query_one("#yes")
        await operator.type("wrong")
        await operator.sees("✗ wrong word")
        await operator.keys("enter", "tab", "tab", "enter")
        await operator.on("TypeToConfirm")
        assert yes.disabled
        assert all_runs(Path(with_set.state))[-1].id == run, "a wrong word started something"
        await operator.keys("escape", "R")
        await operator.on("RecoverDialog")
        await operator.keys("right", "right", "enter")
        await operator.on("TypeToConfirm")
        await operator.type(DOMAIN)
        await operator.sees("✓ it matches")
        await operator.keys("tab", "tab", "enter")
        await operator.on("RunScreen")
        await operator.sees("COMPLETE")
        await operator.keys("escape")
        await operator.on("OverviewScreen")
        await operator.until(lambda: "R Recover" not in operator.text, "the end of the key")
    assert platform.contents() == lived
    assert not left_behind(open_site(with_set), open_site(with_set).discover())


async def test_the_list_of_runs_says_that_another_brought_it_to_its_end(
    with_set: Settings, platform: PracticePlatform
) -> None:
    set_id = open_site(with_set).vault.sets()[0].id
    run = die(with_set, "restore", 100, set_id=set_id)
    run_to_its_end(with_set, "restore", set_id=set_id, recovers=run, continues=run)
    last = all_runs(Path(with_set.state))[-1]
    assert last.outcome == "complete"
    async with opened(with_set) as operator:
        await operator.keys("u")
        await operator.sees(f"run {run}  brought to its end")
        await operator.sees(f"run {last.id} ")
        assert f"run {last.id}  brought" not in operator.text


async def test_what_replaces_nothing_needs_no_word(
    settings: Settings, platform: PracticePlatform
) -> None:
    before = platform.contents()
    die(settings, "backup", 30)
    assert platform.contents() != before, "it died before it stopped anything"
    async with opened(settings) as operator:
        await operator.on("RecoverDialog")
        await operator.sees("Roll back: Start what ran before")
        assert "Finish" not in operator.text
        await operator.keys("tab", "enter")
        await operator.on("RunScreen")
        await operator.sees("COMPLETE")
    assert platform.contents() == before


async def test_without_leftovers_there_is_no_key(settings: Settings) -> None:
    async with opened(settings) as operator:
        assert "Recover" not in operator.text
        await operator.keys("R")
        await operator.on("OverviewScreen")
        assert len(operator.app.screen_stack) == 2


async def test_a_half_restored_platform_keeps_its_name(
    with_set: Settings, platform: PracticePlatform
) -> None:
    site = open_site(with_set)
    backup = site.vault.sets()[0]
    plan = plan_restore(site, site.discover(), backup.id)
    (copying,) = [n for n, step in enumerate(plan.steps, 1) if isinstance(step, CopyBack)]
    worker = (sys.executable, "-m", "tests.kill.worker", str(copying), "step")
    run_to_its_end(with_set, "restore", set_id=backup.id, worker=worker)
    assert site.discover().domain_source == MACHINE_NAME, "the root tells its domain still"
    async with opened(with_set) as operator:
        await operator.on("RecoverDialog")
        await operator.keys("escape")
        await operator.on("OverviewScreen")
        for key in ("d", "escape"):
            await operator.sees(f" {DOMAIN}")
            assert DOMAIN in operator.text.splitlines()[0]
            await operator.keys(key)
    # Nor where the run's record is gone: the set tells it.
    shutil.rmtree(Path(with_set.state) / "runs")
    look = first_look(open_site(with_set))
    assert look.domain == DOMAIN
    (root,) = [host.root_hint for host in platform.hosts]
    assert root is not None
    (root / ".pryv-tui/restoring.json").unlink()
    assert first_look(open_site(with_set)).domain == ""


class Looks:
    """What reads MongoDB of a platform in its container."""

    def __init__(self, platform: PracticePlatform, folder: Path) -> None:
        self._platform = platform
        self._folder = folder

    @property
    def running(self) -> int:
        lines = self._platform.hosts[0].engine.processes("pryvio_mongodb")
        return sum("mongodump" in line for line in lines)

    def begin(self) -> subprocess.Popen[bytes]:
        words = ["--practice", str(self._platform.folder), "--state", str(self._folder)]
        before = self.running
        look = subprocess.Popen(
            [sys.executable, "-m", "pryv_tui", *words, "audit", "--live"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until(lambda: self.running > before, "what the look has begun")
        return look

    def killed(self) -> None:
        """A look that was killed: what it has begun goes on."""
        before = self.running
        look = self.begin()
        look.kill()
        look.wait(60)
        assert self.running == before + 1


@pytest.fixture
def looks(
    platform: PracticePlatform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Looks]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "own"))
    platform.set_pace(60)
    yield Looks(platform, tmp_path / "another state")
    platform.hosts[0].engine.stop("pryvio_mongodb")


def notified(operator: Operator) -> str:
    return "\n".join(one.message for one in operator.app._notifications)


async def test_what_a_killed_look_left_is_ended_by_the_key_and_nothing_else(
    settings: Settings, looks: Looks
) -> None:
    looks.killed()
    living = looks.begin()
    try:
        async with opened(settings) as operator:
            await operator.sees("R Recover")
            assert looks.running == 2, "nothing is ended unasked"
            await operator.keys("R")
            await operator.until(lambda: looks.running == 1, "the end of the dead look")
            await operator.until(lambda: "was ended" in notified(operator), "word of it")
            said = notified(operator)
            assert (
                "of the live platform was still running in pryvio_mongodb, and was ended." in said
            )
            assert (
                "is running in pryvio_mongodb and was not ended: it may belong to a check" in said
            )
            await operator.until(lambda: "R Recover" not in operator.text, "the end of the key")
            assert living.poll() is None and looks.running == 1
            assert len(operator.app.screen_stack) == 2
    finally:
        living.kill()
        living.wait(60)


async def test_a_dead_look_is_ended_first_and_then_what_a_run_left_is_asked_about(
    settings: Settings, platform: PracticePlatform, looks: Looks
) -> None:
    platform.set_pace(0)
    die(settings, "backup", 30)
    platform.set_pace(60)
    looks.killed()
    async with opened(settings) as operator:
        await operator.on("RecoverDialog")
        assert looks.running == 1, "what is offered unasked ends nothing"
        await operator.keys("escape", "ctrl+r")
        await operator.until(lambda: bool(operator.page.looks_left), "the dead look")  # type: ignore[attr-defined]
        await operator.keys("R")
        await operator.on("RecoverDialog")
        assert looks.running == 0 and "was ended" in notified(operator)


async def test_of_a_dead_look_that_is_over_is_said_that_it_is(
    settings: Settings, platform: PracticePlatform, looks: Looks
) -> None:
    looks.killed()
    engine = platform.hosts[0].engine
    engine.stop("pryvio_mongodb")
    engine.start("pryvio_mongodb")
    assert looks.running == 0
    async with opened(settings) as operator:
        await operator.sees("R Recover")
        await operator.keys("R")
        await operator.until(lambda: "have ended by themselves" in notified(operator), "word of it")
        await operator.until(lambda: "R Recover" not in operator.text, "the end of the key")
