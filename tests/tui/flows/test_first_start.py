"""The first start: a practice platform is offered where nothing else could be meant."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.discovery import discover
from pryv_tui.operations.overview.first_start import (
    FOLDER,
    offers_practice,
    practice_folder,
    remember_practice,
)
from pryv_tui.operations.overview.overview import Overview
from pryv_tui.operations.settings.resolve import HostSettings, Settings
from pryv_tui.operations.site import Site
from pryv_tui.practice.platform import PracticePlatform
from tests.hosts.machines import StillHost, container
from tests.journeys.program import pryv_tui
from tests.operations.kit import deployed, manifest_of, part, set_of
from tests.tui.driving import opened
from tests.tui.stills.still_parts import TalkingEngine

NAMELESS = Settings(vault="/v", state="/s", hosts=(HostSettings(name="here"),))
AWAY = PryvTuiError("engine-unreachable", "no engine answers", "Start it.")


def overview(*hosts: StillHost, sets: Any = ()) -> Overview:
    return Overview(deployment=discover(hosts), sets=sets, last=None, attention=())


def test_only_where_nothing_was_named_and_nothing_found() -> None:
    nothing = overview(StillHost("here", problem=AWAY))
    assert not nothing.deployment.hosts[0].root_exists, "this machine has a /var/pryv"
    assert offers_practice(NAMELESS, nothing)
    assert offers_practice(NAMELESS, overview(StillHost("here")))
    for named in (
        {"practice": "/p"},
        {"domain": "pryv.example"},
        {"root_variable": "/var/pryv"},
        {"hosts": (HostSettings(name="here", docker="unix:///x.sock"),)},
        {"hosts": (HostSettings(name="here", root="/srv/pryv"),)},
        {"hosts": (HostSettings(name="a"), HostSettings(name="b"))},
    ):
        assert not offers_practice(msgspec.structs.replace(NAMELESS, **named), nothing), named


def test_any_trace_of_a_platform_is_enough_not_to(tmp_path: Path) -> None:
    assert not offers_practice(NAMELESS, overview(StillHost("here", [container("mail")])))
    # A root, though no engine answers: that is a disaster and no first start.
    root = StillHost("here", problem=AWAY, root=tmp_path)
    assert not offers_practice(NAMELESS, overview(root))
    found = Overview(deployment=deployed("core"), sets=(), last=None, attention=())
    assert not offers_practice(NAMELESS, found)
    backup = set_of(manifest_of(part("here", "core")))
    assert not offers_practice(NAMELESS, overview(StillHost("here"), sets=(backup,)))


async def test_it_is_made_on_a_yes_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "own"))
    settings = msgspec.structs.replace(
        NAMELESS, vault=str(tmp_path / "vault"), state=str(tmp_path / "state"), theme="light"
    )
    host: Any = StillHost("here")
    host.engine = TalkingEngine([], AWAY)
    async with opened(settings, site=Site(settings, (host,))) as operator:
        await operator.on("Confirm")
        await operator.sees("No platform was found here")
        assert operator.focused == "no"
        await operator.keys("enter")
        await operator.on("OverviewScreen")
        assert not (tmp_path / FOLDER).exists()
        # It asks once.
        operator.page.look()  # type: ignore[attr-defined]
        await operator.until(
            lambda: all(worker.is_finished for worker in operator.app.workers), "the look"
        )
        await operator.pilot.pause()
        assert type(operator.app.screen).__name__ == "OverviewScreen"
    async with opened(settings, site=Site(settings, (host,))) as operator:
        await operator.on("Confirm")
        await operator.keys("right", "enter")
        await operator.until(lambda: operator.app.other is not None, "the practice platform")
        other = operator.app.other
    assert other is not None
    assert other.practice == str(tmp_path / FOLDER)
    assert other.theme == "light"
    assert Path(other.vault).parent == tmp_path
    assert PracticePlatform.open(tmp_path / FOLDER).domain


async def test_one_that_was_made_before_is_opened_wherever_it_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "own"))
    assert practice_folder() == tmp_path / "home" / FOLDER
    folder = tmp_path / "some where" / "to practise"
    made = pryv_tui("practice", "create", folder, "--users", 1, "--attachments", 0)
    assert made.exit == 0, made
    assert practice_folder() == folder
    settings = msgspec.structs.replace(
        NAMELESS, vault=str(tmp_path / "vault"), state=str(tmp_path / "state")
    )
    host: Any = StillHost("here")
    host.engine = TalkingEngine([], AWAY)
    async with opened(settings, site=Site(settings, (host,))) as operator:
        await operator.on("Confirm")
        await operator.sees("You have one to practise on")
        await operator.keys("right", "enter")
        await operator.until(lambda: operator.app.other is not None, "the practice platform")
        other = operator.app.other
    assert other is not None and other.practice == str(folder)
    assert not (tmp_path / "home" / FOLDER).exists()
    # It is gone: another can be made. One that is opened is the last one from then on.
    shutil.rmtree(folder)
    assert practice_folder() == tmp_path / "home" / FOLDER
    PracticePlatform.create(tmp_path / "second", users=1, attachments=0)
    remember_practice(tmp_path / "second")
    assert practice_folder() == tmp_path / "second"
    # What can't be remembered or read is no hindrance.
    monkeypatch.setenv("XDG_STATE_HOME", "/proc/nowhere")
    remember_practice(tmp_path / "second")
    assert practice_folder() == tmp_path / "home" / FOLDER
