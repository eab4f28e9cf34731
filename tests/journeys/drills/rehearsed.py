"""Sandbox drills that were held on a practice platform: for the tests of what they prove."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pryv_tui.cli.main import cli
from pryv_tui.hosts.sandbox.labels import DRILL, PREFIX
from pryv_tui.operations.drilling.clearing import clear_left
from pryv_tui.operations.drilling.facts import Check
from pryv_tui.operations.drilling.places import FOLDER
from pryv_tui.operations.settings.resolve import Settings, resolve_settings
from pryv_tui.operations.site import open_site
from pryv_tui.runs.record.events import (
    AnyEvent,
    DrillChecked,
    RunFinished,
)
from tests.helpers import copied
from tests.journeys.performing import perform


class Rehearsed:
    """A platform with a backup, drilled as often as a test wants."""

    def __init__(self, folder: Path, **more: Any) -> None:
        self.folder = folder
        self.platform = copied.with_set(folder, **{"users": 3, "attachments": 6, **more})
        self.settings: Settings = resolve_settings(practice=str(folder), environment={})
        self.set = open_site(self.settings).vault.resolve("latest").id
        self._drills = 0

    def type(self, *words: str) -> Result:
        return CliRunner().invoke(cli, [*words, "--practice", str(self.folder)])

    def drill(self, monkeypatch: pytest.MonkeyPatch, **more: Any) -> list[AnyEvent]:
        self._drills += 1
        name = f"20260101T{self._drills:06d}Z-drill-0001"
        return perform(self.settings, name, "drill", monkeypatch, set_id=self.set, **more)

    @property
    def left(self) -> list[str]:
        """What of any drill is still there."""
        site = open_site(self.settings)
        names = [
            one.name
            for host in site.hosts
            for one in host.engine.containers()
            if DRILL in one.labels or one.name.startswith(PREFIX)
        ]
        folder = site.state / FOLDER
        return names + [str(one) for one in folder.glob("*")]


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    return Rehearsed(tmp_path_factory.mktemp("drill") / "p")


@pytest.fixture(autouse=True)
def untouched(rehearsed: Rehearsed) -> Iterator[None]:
    """Whatever becomes of a drill, the platform is what it was, and no sandbox is left."""
    before = rehearsed.platform.contents()
    yield
    clear_left(open_site(rehearsed.settings))
    assert rehearsed.platform.contents() == before
    assert rehearsed.left == []


def checks(events: list[AnyEvent]) -> dict[tuple[str, str], Check]:
    return {
        (one.check.name, one.check.about): one.check
        for one in events
        if isinstance(one, DrillChecked)
    }


def end(events: list[AnyEvent]) -> RunFinished:
    (found,) = [one for one in events if isinstance(one, RunFinished)]
    return found


def in_state(events: list[AnyEvent], state: str) -> set[tuple[str, str]]:
    return {key for key, one in checks(events).items() if one.state == state}
