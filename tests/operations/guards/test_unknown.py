"""What a check could not find out is a level of its own: it is not OK, and refuses nothing."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from pryv_tui.cli.base.output import WORDS
from pryv_tui.hosts.discovery import discover
from pryv_tui.operations.acceptance import NOTHING
from pryv_tui.operations.context import GuardOutcome
from pryv_tui.operations.guards.doctor import _backup_line, doctor
from pryv_tui.operations.guards.drill import memory_line, unwell_line
from pryv_tui.operations.guards.line import GuardLine, ok, settled, unknown, warning
from pryv_tui.operations.guards.restore import _release_line, _roles_line
from pryv_tui.operations.overview.last_backup import LastBackup
from pryv_tui.tui.text.plan import guards_verdict
from pryv_tui.tui.text.words import GUARD
from tests.hosts.machines import StillHost, container, machine
from tests.operations.guards.guarded import root_in
from tests.operations.kit import DOMAIN, context, host_state, platform_of
from tests.operations.overview.test_missing import a_set


def lines_of(tmp_path: Path, *, asked: bool) -> dict[str, GuardLine]:
    """The doctor's lines of a core, whose service was asked whether it answers, or not."""
    root = root_in(tmp_path / str(asked))
    for store in ("mongodb", "influxdb"):
        (root / f"pryv/{store}/data").mkdir(parents=True, exist_ok=True)
        (root / f"pryv/{store}/data/its-own").write_text("x", encoding="ascii")
    host = StillHost("core", list(machine("core", root=str(root))), root=root)
    ctx, _heard = context(tmp_path, host, deployment=discover([host], domain=DOMAIN))
    answers = {("core", "core"): ""} if asked else None
    return {one.name: one for one in doctor(ctx.site, ctx.deployment, answers=answers)}


def test_a_role_that_was_not_asked_whether_it_answers_is_not_ok(tmp_path: Path) -> None:
    line = lines_of(tmp_path, asked=False)["role core core"]
    assert line.outcome == "not_known" and "not known whether it answers" in line.text
    assert lines_of(tmp_path, asked=True)["role core core"].outcome == "ok"


@pytest.mark.parametrize("doubt", ["", "fewer than 3 accounts are here"])
def test_a_last_backup_that_may_be_another_platforms_is_not_ok(doubt: str) -> None:
    found = LastBackup(state="good", age=60.0, newest=a_set(1, "core"), doubt=doubt)
    line = _backup_line(found)
    assert line.outcome == ("not_known" if doubt else "ok") and doubt in line.text


def test_what_is_not_known_before_a_restore_or_a_drill_is_not_ok() -> None:
    here = host_state("single", "core")
    runs = msgspec.structs.replace(here, containers=(container("pryvio_core"),))
    assert _release_line(runs, None).outcome == "not_known"
    # An empty machine has none that could be compared.
    assert not here.containers and _release_line(here, None).outcome == "ok"
    unseen = msgspec.structs.replace(here, reachable=False)
    assert _release_line(unseen, "1.9.2").outcome == "not_known"
    dark = msgspec.structs.replace(here, reachable=False, roles=())
    assert _roles_line(dark, ("core",)).outcome == "not_known"
    assert unwell_line(platform_of(here)).outcome == "ok"
    assert unwell_line(platform_of(dark)).outcome == "not_known"
    assert memory_line(None, 1).outcome == "not_known"
    assert memory_line(None, 1, practice=True).outcome == "ok"


def test_it_is_neither_a_warning_nor_all_well_and_has_a_word_of_its_own() -> None:
    dark = unknown("a", "not known")
    assert "UNKNOWN" in str(guards_verdict([ok("b", "x"), dark]))
    assert "all" not in str(guards_verdict([ok("b", "x"), dark]))
    both = str(guards_verdict([warning("b", "x", "y"), dark]))
    assert "1 WARNING" in both and "1 UNKNOWN" in both
    assert "all 1 OK" in str(guards_verdict([ok("b", "x")]))
    assert set(WORDS) == set(GUARD) == set(GuardOutcome.__args__)  # type: ignore[attr-defined]


def test_only_one_with_a_key_is_offered_to_be_accepted() -> None:
    (bare, keyed) = settled(
        [unknown("a", "not known"), unknown("a", "not known", "Look.", key="k", about="f")], NOTHING
    )
    assert "accept" not in bare.remedy and "pryv-tui accept k" in keyed.remedy
