"""The overview when a role is gone: what it says, and how soon."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.overview.attention import Attention
from pryv_tui.operations.overview.folders import glimpse
from pryv_tui.operations.overview.overview import Overview, overview
from pryv_tui.operations.sets.missing_roles import OWN_FOLDERS
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.operations.site import open_site
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.tui.screens import overview as screens
from pryv_tui.tui.session import Looks
from pryv_tui.tui.text.overview import attention_text, container_rows, summary
from pryv_tui.vault.checks import Verification
from tests.tui.driving import opened
from tests.tui.stills.still_parts import StillSite, _lost

SELDOM = Looks(overview=3600.0)
"""No look by the clock comes in time."""


def lost() -> tuple[Deployment, list[str]]:
    site = StillSite(practice=False)
    found, last = _lost(site.found), site.vault.sets()[-1]
    rows = container_rows(found, None, {"core": last.id})
    return found, [text.plain.rstrip() for _, text, _ in rows]


def test_a_role_that_is_gone_keeps_its_place_and_says_where_it_is() -> None:
    found, rows = lost()
    assert rows[0].splitlines() == [" Core: gone", "   in set 20260115T020000Z-nightly"]
    # What core had together with others stays apart: it did not become register's.
    assert rows[1] == " Shared on single, 0 of 1 run"
    assert "nginx" in rows[2]
    (register,) = [n for n, row in enumerate(rows) if row.startswith(" Register on single")]
    assert not any("nginx" in row for row in rows[register:])
    whole = [text.plain for _, text, _ in container_rows(StillSite(practice=False).found)]
    assert not any("gone" in row or "Shared" in row for row in whole)
    assert found.roles == ("register", "static-web")


def test_what_is_left_is_counted_against_what_was(
    with_set: Settings, platform: PracticePlatform
) -> None:
    site = open_site(with_set)
    before = len(site.discover().hosts[0].containers)
    platform.wipe("core")
    found = overview(site, site.discover())
    left = len(found.deployment.hosts[0].containers)
    first = summary(found).plain.splitlines()[0]
    assert first.endswith(f"▲ incomplete  Core is gone; {left} of {before} containers are left")
    assert len(first) <= 80
    assert found.attention[0].text == "Core is gone: in the last backup, but not found here."


async def test_a_wipe_is_seen_by_the_engine_s_events(
    with_set: Settings, platform: PracticePlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screens, "glimpse", lambda _found: ())
    async with opened(with_set, looks=SELDOM) as operator:
        await operator.sees("● up")
        platform.wipe("core")
        await operator.sees("Core: gone")
        assert "▲ incomplete  Core is gone" in operator.text


async def test_folders_that_go_are_seen_without_any_event(
    with_set: Settings,
) -> None:
    """No engine tells of it, and no look by the clock comes in time."""
    root = open_site(with_set).discover().hosts[0].root_path
    before = glimpse(open_site(with_set).discover())
    async with opened(with_set, looks=SELDOM) as operator:
        await operator.sees("● up")
        page = operator.page
        assert isinstance(page, screens.OverviewScreen)
        await operator.until(lambda: page._there is not None, "the first glimpse")
        for path in OWN_FOLDERS["core"]:
            shutil.rmtree(root / path, ignore_errors=True)
        await operator.sees("▲ incomplete")
    deployment = open_site(with_set).discover()
    assert "core" in deployment.roles, "its containers are all there"
    assert glimpse(deployment) != before
    assert glimpse(msgspec.structs.replace(deployment, hosts=())) == ()


def test_containers_without_the_files_of_their_role_are_what_is_left_of_it() -> None:
    """After an undo: the role is gone, and what the restore had started is still there."""
    found = StillSite(practice=False).found
    rows = [text.plain for _, text, _ in container_rows(found, None, {"core": "SET"})]
    assert rows[0].splitlines()[0] == " Core: gone"
    assert any(row.startswith(" What is left of core on single") for row in rows)
    assert not any(row.startswith(" Core on") for row in rows)


def test_it_is_said_what_speaks_for_a_restore() -> None:
    """A check of the last set, and the last restore from here that stayed."""
    site = StillSite(practice=False)
    sets = site.vault.sets()
    found = Overview(
        deployment=site.found, sets=tuple(sets), last=sets[-1], attention=(), restored=""
    )
    assert "never restored from here" in summary(found).plain.splitlines()[2]
    again = msgspec.structs.replace(found, restored="2026-01-15T11:00:00.000Z")
    assert "restored from here" in summary(again).plain.splitlines()[2]
    # Both ages have room in a line of 80 cells, however long ago either was.
    for days in (0, 9, 900):
        then = (datetime.now(UTC) - timedelta(days=days, seconds=59)).isoformat()
        check = Verification(then, "good", files=1, bytes=1)
        checked = msgspec.structs.replace(sets[-1], verification=check)
        both = msgspec.structs.replace(again, last=checked, restored=then)
        assert len(summary(both).plain.splitlines()[2]) <= 80
    assert "never" not in summary(again).plain
    unread = msgspec.structs.replace(sets[-1], verification=None)
    line = summary(msgspec.structs.replace(found, last=unread)).plain.splitlines()[2]
    assert "○ last set not verified since made" in line
    assert len(line) <= 80


def test_a_long_reason_does_not_push_its_remedy_out_of_sight() -> None:
    long = "The restore stopped half-way on single: " + "a dump could not be read, " * 12
    for text in (long, f"Core is gone. {long}", "x" + " word" * 80, "short."):
        item = Attention("failed", text, "Finish or roll back: pryv-tui recover")
        reason, remedy, *rest = [para.text.plain for para in attention_text([item], str)]
        assert "pryv-tui recover" in remedy
        # At 80x24 the pane has ten lines of 28 cells.
        assert len(reason) <= 28 * 4 and bool(rest) == (text != "short.")
        said = " ".join([reason.replace(" …", ""), *(one.strip(" …") for one in rest)])
        assert said.split()[2:] == text.split(), "nothing of it is lost"


def test_a_restore_that_was_undone_is_told_as_such() -> None:
    site = StillSite(practice=False)
    sets = site.vault.sets()
    undone = Overview(
        deployment=site.found,
        sets=tuple(sets),
        last=sets[-1],
        attention=(),
        then_undone="2026-01-15T11:00:00.000Z",
    )
    line = summary(undone).plain.splitlines()[2]
    assert "then undone" in line and "restored from here" not in line
    later = msgspec.structs.replace(undone, restored="2026-01-15T11:00:01.000Z")
    line = summary(later).plain.splitlines()[2]
    assert "restored from here" in line and "undone" not in line
    # Whatever was restored before, what lies there is of a run that stands half-way.
    for kind, said in (("restore", "a restore stands half-way"), ("undo", "an undo stands half")):
        for told in (undone, later, msgspec.structs.replace(undone, then_undone="")):
            half = msgspec.structs.replace(told, half_way=kind)
            line = summary(half).plain.splitlines()[2]
            assert said in line and "restored" not in line and len(line) <= 80
