"""An undo of one role strands accounts of the other, as a restore does: its result says so until
that is settled."""

from __future__ import annotations

from pathlib import Path

import pytest

from pryv_tui.incidents.gathering import facts_of
from pryv_tui.operations.audit.last_look import last_look
from pryv_tui.operations.site import open_site
from pryv_tui.practice.people import account
from pryv_tui.practice.stores.redis import RedisStore
from pryv_tui.runs.left import left_behind
from pryv_tui.runs.planning.request import plan_restore
from pryv_tui.runs.record.history import RunRecord, resolve_run
from pryv_tui.runs.record.undos import undone_by
from pryv_tui.runs.recovery import first_look
from pryv_tui.runs.start import start_run
from tests.journeys.audits.test_restore_audit import attention
from tests.journeys.program import Practice
from tests.kill.killing import wait
from tests.kill.test_chains import Night
from tests.remedies.shell import Shell, commands_in, paste

pytestmark = pytest.mark.xdist_group("undone-night")
DOMAIN = "practice.pryv.example"


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    return Night(tmp_path_factory.mktemp("night"))


def core_restored(night: Night) -> RunRecord:
    record = night.restore(roles=("core",))
    assert night.ends(record).exit in (0, 3)
    return record


def test_what_an_undo_strands_is_in_its_result_until_it_is_settled(night: Night) -> None:
    campaign = night.campaign
    life = campaign.platform._life()
    restore = core_restored(night)
    fresh = account(2, 30)
    life.register(fresh)
    life.settle(fresh)
    end = night.undo(restore)
    assert (end.outcome, end.exit) == ("warnings", 3)
    live = end.live
    assert live is not None and live.not_known == []
    assert (live.run, live.after, live.set) == (end.run, "undo", "")
    assert live.names["accounts.register_only"] == [fresh.username]
    assert any(f"1 ({fresh.username})" in line for line in end.warnings)
    assert any("1 lacks its other half" in line for line in end.checks)
    program = Practice(campaign.folder / "platform")
    assert f"{fresh.username}, dry run first" in program.run("attach", end.run).out
    (line,) = [line for line in attention(campaign) if "register knows" in line]
    assert fresh.username in line and "pryv-tui audit --live" in line
    assert "has not been checked since" not in str(attention(campaign))
    facts = facts_of(resolve_run(campaign.site.state, end.run), {})
    assert facts.audit is not None and facts.audit.remains == {"accounts.register_only": 1}

    keys = (f"{fresh.username}:users", f"{fresh.username}:server", f"{fresh.email}:email")
    RedisStore(life.places.redis.data).append([("DEL", *keys)])
    assert program.run("audit", "--live").exit == 0
    assert not any("register knows" in line for line in attention(campaign))
    told = program.run("attach", end.run).out
    assert "dry run first" not in told and "Settled since:" in told


def test_an_undo_that_strands_nobody_says_that_it_has_asked(night: Night) -> None:
    end = night.undo(core_restored(night))
    assert (end.exit, end.live and end.live.not_known) == (0, [])
    assert any("nothing lacks its other half" in line for line in end.checks)
    assert not any("--live" in line for line in [*attention(night.campaign), *end.next])


def test_one_that_dies_in_the_look_is_done_and_says_what_nobody_asked(night: Night) -> None:
    campaign = night.campaign
    restore = core_restored(night)
    record = night.undo_at("audit-live", restore)
    assert wait(record) is None
    site = campaign.site
    assert left_behind(site, site.discover()) == []
    assert undone_by(site.state)[restore.id] == record.id, "all that it is for was done"
    facts = facts_of(resolve_run(site.state, record.id), {})
    assert facts.stands and not facts.half and facts.owes is False
    assert first_look(site).overview.then_undone
    (told,) = [line for line in attention(campaign) if record.id in line and "not known" in line]
    program = Practice(campaign.folder / "platform")
    said = program.run("attach", record.id)
    assert "The undo itself was done by then" in said.err + said.out
    assert "recover" not in said.err
    assert "pryv-tui audit --live" in told
    assert program.run("audit", "--live").exit == 0
    assert told not in attention(campaign)
    # It can be undone as ever.
    for undone in (record, None):
        last = undone or resolve_run(site.state, "latest")
        again = start_run(campaign.settings, "undo", undone_run=last.id, word=DOMAIN)
        assert night.ends(again).exit in (0, 3)
    assert restore.id in undone_by(site.state)


@pytest.mark.parametrize("when", ["cancelled", "failed"])
def test_what_goes_wrong_in_the_look_fails_no_undo(night: Night, when: str) -> None:
    restore = core_restored(night)
    end = night.ends(night.undo_at("audit-live", restore, when))
    assert (end.outcome, end.exit) == ("warnings", 3), end
    assert "is back, as it was then" in end.what
    assert any("Not known after this undo" in line for line in [*end.warnings, *end.next])
    audit, *_ = [one for line in end.next for one in commands_in(line) if "--live" in one]
    (line,) = [line for line in attention(night.campaign) if "not known" in line]
    assert end.run in line
    assert paste(audit).exit == 0
    assert line not in attention(night.campaign)


def test_where_core_is_gone_again_nobody_is_asked_and_nothing_is_said_to_be_whole(
    night: Night,
) -> None:
    shell = Shell.with_set(night.campaign.folder / "lost", form="cluster", users=1, attachments=0)
    shell.platform.wipe("core")
    assert shell.type("restore", "latest", "--confirm", DOMAIN, "--role", "core").exit == 0
    run = resolve_run(open_site(shell.settings).state, "latest").id
    done = shell.type("undo", run, "--confirm", DOMAIN)
    assert done.exit == 3
    assert "core on core is gone again" in done.out
    assert "other half" not in done.out, "half of what would be compared is not there"
    # What brings it back asks.
    undo = resolve_run(open_site(shell.settings).state, "latest").id
    assert shell.type("undo", undo, "--confirm", DOMAIN).exit == 0
    told = shell.type("attach", "latest").out
    assert "nothing lacks its other half" in told
    assert "when the undo began" in told and "when the restore began" not in told


@pytest.mark.parametrize("part", ["copy-back", "close-restore"])
def test_a_cancelled_restore_that_puts_all_back_is_no_undo_that_is_asked_about(
    night: Night, part: str
) -> None:
    """Nobody has put anything else there: no look is made, and none is kept for it."""
    site = night.campaign.site
    before = last_look(site.state)
    plan = plan_restore(site, site.discover(), night.campaign.set_id)
    at = next(n for n, step in enumerate(plan.steps, start=1) if part in step.id)
    end = night.ends(night.restore(at, "cancelled"))
    assert end.outcome == "cancelled" and end.live is None
    said = " ".join([end.what, *end.warnings, *end.next, *end.checks, *end.remains])
    assert "this undo" not in said and "live platform" not in said
    assert last_look(site.state) == before


def test_a_role_that_an_undo_took_away_again_is_not_started_by_who_died_in_the_look(
    tmp_path: Path,
) -> None:
    """Its containers ran because of the restore alone: nobody owes it that they run."""
    lost = Night(tmp_path)
    site = lost.campaign.site
    lost.campaign.platform.wipe("register")
    restore = lost.restore(roles=("register",))
    assert lost.ends(restore).exit in (0, 3)
    record = lost.undo_at("audit-live", restore, word=DOMAIN)
    assert wait(record) is None
    assert left_behind(site, site.discover()) == []
    assert undone_by(site.state)[restore.id] == record.id
    program = Practice(lost.campaign.folder / "platform")
    assert "recover" not in program.run("attach", record.id).err
