"""A restore of one role strands accounts of the other: its result says so until that is settled."""

from __future__ import annotations

import re

import pytest

from pryv_tui.incidents.gathering import facts_of
from pryv_tui.operations.facts import NewerFound
from pryv_tui.operations.site import open_site
from pryv_tui.practice.people import account
from pryv_tui.practice.stores.redis import RedisStore
from pryv_tui.runs.left import left_behind
from pryv_tui.runs.record.events import NewerCounted, RunFinished
from pryv_tui.runs.record.history import RunRecord, resolve_run
from pryv_tui.runs.record.journal import JournalReader
from pryv_tui.runs.recovery import first_look
from pryv_tui.runs.start import start_run
from tests.journeys.program import Ended, Practice
from tests.kill.campaign import Campaign
from tests.kill.killing import wait
from tests.kill.test_chains import Night
from tests.remedies.shell import shell_line

pytestmark = pytest.mark.xdist_group("restored-night")
LATER = [account(1, number) for number in (20, 21, 22)]


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    return Night(tmp_path_factory.mktemp("night"))


def attention(campaign: Campaign) -> list[str]:
    found = first_look(open_site(campaign.settings)).overview.attention
    return [f"{item.text} {item.remedy}" for item in found]


def typed(program: Practice, line: str) -> Ended:
    """The audit that a line names, typed as it is."""
    found = re.search(r"pryv-tui(?: --practice \S+)? (audit \S+ --live)", line)
    assert found is not None, line
    return program.run(*found[1].split())


def counts_of(record: RunRecord) -> list[NewerFound]:
    events = JournalReader(record.journal).read()
    return [one for e in events if isinstance(e, NewerCounted) for one in e.newer]


def forgotten(*records: RunRecord) -> RunRecord:
    """Their journals as older versions wrote them, without what was counted; the first of them."""
    for record in records:
        lines = record.journal.read_bytes().splitlines(keepends=True)
        kept = [line for line in lines if b'"event":"newer"' not in line]
        assert len(kept) == len(lines) - 1
        record.journal.write_bytes(b"".join(kept))
    return records[0]


def restored(night: Night, *roles: str, at: int = 0, when: str = "step") -> RunFinished:
    end = night.ends(night.restore(at, when, roles=roles))
    assert "cost nothing" not in str(end)
    return end


def test_what_one_role_strands_is_in_the_result_until_it_is_settled(night: Night) -> None:
    campaign = night.campaign
    life = campaign.platform._life()
    restored(night)
    for each in LATER:
        life.register(each)
        life.settle(each)

    # Register as it lives, core as it was.
    end = restored(night, "core")
    accounts, events, attachments, points = end.newer
    assert accounts.names == sorted(a.username for a in LATER)
    assert events.number == 3 * 12, "as many as the test added"
    assert (attachments.number, points.number) == (0, 0)
    assert not any(one.why for one in end.newer)
    assert end.exit == 3
    assert end.live is not None
    assert end.live.names["accounts.register_only"] == sorted(a.username for a in LATER)
    assert end.live.not_known == []
    assert any("3 (umberto, vera, wilma)" in line for line in end.warnings)
    (line,) = [line for line in attention(campaign) if "umberto" in line]
    program = Practice(campaign.folder / "platform")
    told = program.run("attach", end.run).out
    assert "umberto, dry run first" in told
    assert "core on core: 3 accounts: umberto, vera, wilma, since" in told
    (look,) = [line.partition(": ")[2] for line in told.splitlines() if ": find " in line]
    assert shell_line(look) == 0

    # Settled, and looked at again by a person.
    for each in LATER:
        keys = (f"{each.username}:users", f"{each.username}:server", f"{each.email}:email")
        RedisStore(life.places.redis.data).append([("DEL", *keys)])
    assert typed(program, line).exit == 0
    assert not any("umberto" in line for line in attention(campaign))
    told = program.run("attach", end.run).out
    assert "umberto, dry run first" not in told
    assert "Settled since:" in told

    # Core as it lives, register as it was: the name looks free.
    fresh = account(1, 23)
    life.register(fresh)
    life.settle(fresh)
    end = restored(night, "register")
    assert end.live is not None
    assert end.live.names["accounts.core_only"] == [fresh.username]
    assert any("looks free" in line and fresh.username in line for line in end.warnings)
    assert any("BEFORE the platform is opened" in line for line in end.next)

    # Both as they were: nothing is stranded, and nothing is asked for any more.
    end = restored(night)
    assert (end.exit, end.live and end.live.not_known) == (0, [])
    assert not any("other half" in line or "--live" in line for line in attention(campaign))


def test_what_can_not_be_asked_any_more_is_read_from_what_was_moved_aside(night: Night) -> None:
    restored(night)
    fresh = account(1, 24)
    life = night.campaign.platform._life()
    life.register(fresh)
    life.settle(fresh)
    life.attach(fresh, 90)
    dead = night.dies(night.at("copy-back", 1))
    counted = counts_of(dead)
    assert {one.what for one in counted if one.number} == {"accounts", "events", "attachments"}
    next_one = night.dies(night.at("copy-back", 1), continues=dead.id)
    assert counts_of(next_one) == counted, "what the first had counted is not forgotten"
    dead = forgotten(next_one, dead)
    end = night.ends(night.restore(continues=dead.id))
    told = {(one.role, one.what): one for one in end.newer}
    assert told["core", "accounts"].names == [fresh.username]
    assert told["register", "accounts"].names == [fresh.username]
    assert told["core", "attachments"].number == 1
    assert told["core", "events"].number is None, "files alone don't tell it"
    assert told["core", "events"].why


@pytest.mark.parametrize("when", ["cancelled", "failed"])
def test_what_goes_wrong_in_the_look_fails_no_restore(night: Night, when: str) -> None:
    campaign = night.campaign
    end = restored(night, at=night.at("audit-live"), when=when)
    assert (end.outcome, end.exit) == ("warnings", 3), end
    assert "is restored" in end.what
    said = [*end.warnings, *end.next]
    assert any("Not known after this restore" in line for line in said), said
    assert any("audit" in line and "--live" in line for line in end.next)
    assert not any("half-restored" in line for line in end.remains)
    (line,) = [line for line in attention(campaign) if "not known" in line]
    assert typed(Practice(campaign.folder / "platform"), line).exit == 0
    assert line not in attention(campaign)


def test_one_that_dies_in_the_look_is_done_and_says_what_nobody_asked(night: Night) -> None:
    campaign = night.campaign
    record = night.dies(night.at("audit-live"))
    site = campaign.site
    assert left_behind(site, site.discover()) == []
    died = resolve_run(site.state, record.id)
    assert died.state == "died"
    # The incident's report and the overview judge it by the same rule.
    facts = facts_of(died, {})
    assert facts.stands and not facts.half and facts.owes is False
    assert first_look(site).overview.restored == facts.done != ""
    (told,) = [line for line in attention(campaign) if record.id in line and "not known" in line]
    program = Practice(campaign.folder / "platform")
    said = program.run("attach", record.id)
    assert "The restore itself was done by then" in said.err + said.out
    assert "recover" not in said.err
    assert typed(program, said.err).exit == 0
    assert told not in attention(campaign)
    # What it moved aside is put back as ever.
    assert night.ends(start_run(campaign.settings, "undo", undone_run=record.id)).exit in (0, 3)
    assert wait(night.restore()) is not None
