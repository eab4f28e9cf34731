"""What can't be compared with the names of the accounts is in no file of a drill's evidence: it
waits in a file of the operator's own, and goes in when it can be compared."""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from pryv_tui.drills import files
from pryv_tui.drills.files import folder_of
from pryv_tui.drills.findings import actions_of, close, findings_of, note
from pryv_tui.drills.model import NEXT_OF_A_SET, SetOnRecord
from pryv_tui.drills.noting import comparing
from pryv_tui.drills.noting.kept import held_file, typed_file, write_typed
from pryv_tui.drills.noting.remembered import names_file, remember, remembered
from pryv_tui.drills.noting.under_way import note_into, take_notes
from pryv_tui.drills.noting.written import kept_words, let_in_all
from pryv_tui.drills.playing.drill import close_in
from pryv_tui.drills.privacy import UNCOMPARED, Names
from pryv_tui.drills.record.closing import close_drill
from pryv_tui.drills.record.signing import review_drill, sign_drill
from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents.events import FindingClosed, FindingNoted, Noted, Planned
from pryv_tui.operations.drilling.facts import Sandbox
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.runs.record.events import RunFinished, RunStarted
from pryv_tui.who import who_is_here
from tests.drills.held import ANNA, RUN, at, facts, hold, run_events, settings_of
from tests.drills.noting.going import GOING, Going
from tests.drills.noting.untold import CANARY, WHY, Vault, events_of, evidence, vault
from tests.drills.signing.signed import key

__all__ = ["vault"]


def with_a_note(settings: Settings) -> str:
    going = Going(settings, "20260301T030000Z")
    note_into(settings, take_notes(settings)[0], CANARY)
    going.end()
    return GOING


def with_a_finding(settings: Settings) -> str:
    note(settings, RUN, CANARY)
    return RUN


def with_an_owner(settings: Settings) -> str:
    note(settings, RUN, "the disk was slow", owner=CANARY)
    return RUN


def with_a_retest(settings: Settings) -> str:
    note(settings, RUN, "the disk was slow", retest=CANARY)
    return RUN


def with_what_was_done(settings: Settings) -> str:
    note(settings, RUN, "the disk was slow")
    close(settings, RUN, "a1", CANARY)
    return RUN


def with_why_it_was_broken_off(settings: Settings) -> str:
    told = Planned(exercise="walk-through", set="20260301T030000Z")
    played = files.begin(settings, told)
    close_in(settings, Path(played.folder), CANARY)
    return played.id


WAYS = [
    with_a_note,
    with_a_finding,
    with_an_owner,
    with_a_retest,
    with_what_was_done,
    with_why_it_was_broken_off,
]


@pytest.mark.parametrize("wrote", WAYS)
@pytest.mark.parametrize("recorded", [False, True])
def test_it_is_in_no_file_of_the_evidence_and_who_wrote_it_is_told_why(
    tmp_path: Path, vault: Vault, wrote: Callable[[Settings], str], recorded: bool
) -> None:
    settings = hold(tmp_path)
    if recorded:
        close_drill(settings, RUN)
    drill = wrote(settings)
    assert not vault.there
    close_drill(settings, drill)
    told = evidence(settings, drill)
    assert "canary" not in told.lower()
    assert UNCOMPARED in told
    own = typed_file(Path(settings.state), drill)
    assert CANARY in own.read_text("utf-8")
    for kept in own.parent.iterdir():
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    said = kept_words(settings, drill, UNCOMPARED)
    assert str(own) in said and WHY in said and "is left out of the evidence" in said
    # The record says why, too; what was found after it stands in its journal.
    record = json.loads((folder_of(Path(settings.state), drill) / "record.json").read_bytes())
    assert record["privacy"]["why"] == WHY and not record["privacy"]["names_compared"]


def test_who_mends_it_and_how_it_is_shown_stay_where_nobody_typed_them(
    tmp_path: Path, vault: Vault
) -> None:
    settings = hold(tmp_path)
    made = note(settings, RUN, "a thing", owner=who_is_here().name, retest=NEXT_OF_A_SET)
    assert (made.text, made.owner) == (UNCOMPARED, who_is_here().name)
    assert made.retest == NEXT_OF_A_SET
    # A name of somebody who did not take part may be one of an account.
    assert note(settings, RUN, "a1", owner="berta").owner == UNCOMPARED
    assert not vault.there


def test_a_note_goes_in_where_it_was_written_as_soon_as_it_can_be_compared(
    tmp_path: Path, vault: Vault
) -> None:
    settings = settings_of(tmp_path)
    going = Going(settings, "20260301T030000Z")
    (takes,) = take_notes(settings)
    said = note_into(settings, takes, "zoe-canary can't log in")
    assert "before the drill is recorded" in said
    (first,) = [one for one in events_of(settings, GOING) if isinstance(one, Noted)]
    assert first.text == UNCOMPARED
    note_into(settings, takes, "it hums")
    vault.there = True
    let_in_all(settings)
    assert not held_file(Path(settings.state), GOING).exists()
    # Once: whoever looks again writes nothing more.
    before = len(events_of(settings, GOING))
    let_in_all(settings)
    assert len(events_of(settings, GOING)) == before
    going.end()
    seen = close_drill(settings, GOING).record.observations
    assert [one.text for one in seen] == ["[an account] can't log in", "it hums"]
    assert seen[0].time == first.time


def test_what_waits_goes_in_with_the_record(tmp_path: Path, vault: Vault) -> None:
    settings = settings_of(tmp_path)
    going = Going(settings, "20260301T030000Z")
    note_into(settings, take_notes(settings)[0], "it hums")
    going.end()
    vault.there = True
    assert [one.text for one in close_drill(settings, GOING).record.observations] == ["it hums"]
    assert not held_file(Path(settings.state), GOING).exists()


def test_of_what_was_seen_the_record_stays_what_it_is(tmp_path: Path, vault: Vault) -> None:
    settings = settings_of(tmp_path)
    going = Going(settings, "20260301T030000Z")
    note_into(settings, take_notes(settings)[0], "it hums")
    going.end()
    close_drill(settings, GOING)
    before = evidence(settings, GOING)
    vault.there = True
    let_in_all(settings)
    assert evidence(settings, GOING) == before
    assert not held_file(Path(settings.state), GOING).exists()


def test_a_finding_goes_in_whole_whatever_was_said_of_it_since(
    tmp_path: Path, vault: Vault
) -> None:
    settings = hold(tmp_path)
    close_drill(settings, RUN)
    note(settings, RUN, "the disk of zoe-canary", owner="berta")
    note(settings, RUN, "a1", due="2099-03-31")
    note(settings, RUN, "a second thing")
    close(settings, RUN, "a2")
    close(settings, RUN, "a1", "berta has mended it")
    closed = [one.closed for one in findings_of(folder_of(Path(settings.state), RUN))]
    vault.there = True
    let_in_all(settings)
    one, two = findings_of(folder_of(Path(settings.state), RUN))
    assert (one.text, one.owner, one.due) == ("the disk of [an account]", "berta", "2099-03-31")
    assert (one.closed_text, two.text) == ("berta has mended it", "a second thing")
    # They were closed when they were, not when their words came.
    assert [one.closed, two.closed] == closed


def test_a_word_that_came_later_opens_nothing_again() -> None:
    first, then = FindingNoted(name="a1", text=UNCOMPARED), FindingNoted(name="a1", text="a thing")
    (found,) = actions_of([first, FindingClosed(name="a1", time=at(5)), then])
    assert (found.text, found.closed) == ("a thing", at(5))


def test_a_debrief_and_a_review_say_why_they_lack_words(tmp_path: Path, vault: Vault) -> None:
    settings = hold(tmp_path)
    close_drill(settings, RUN)
    note(settings, RUN, "a thing")
    sign_drill(settings, RUN, key(tmp_path, "anna"))
    place = folder_of(Path(settings.state), RUN)
    debrief = json.loads((place / "debrief.json").read_bytes())
    assert debrief["findings"][0]["text"] == UNCOMPARED and debrief["not_compared"] == WHY
    made = review_drill(settings, RUN, key(tmp_path, "berta"), verdict="accepted", text=CANARY)
    assert (made.text, made.not_compared) == (UNCOMPARED, WHY)
    assert "canary" not in evidence(settings, RUN).lower()
    assert CANARY in typed_file(Path(settings.state), RUN).read_text("utf-8")
    assert not vault.there


def test_when_its_set_was_removed_a_name_is_known_by_what_the_record_remembers(
    tmp_path: Path, vault: Vault
) -> None:
    settings = hold(tmp_path)
    vault.there = True
    close_drill(settings, RUN)
    note(settings, RUN, "the disk of zoe-canary was slow")
    vault.there = False
    done = close(settings, RUN, "a1", "Zoe-Canary has another one, pre-zoe-canary-post core")
    assert done.closed_text == "[an account] has another one, pre-[an account]-post core"
    assert "canary" not in evidence(settings, RUN).lower()
    own = names_file(Path(settings.state), RUN)
    assert stat.S_IMODE(own.stat().st_mode) == 0o600 and b"canary" not in own.read_bytes()
    # Without it nobody can tell any more.
    own.write_text("{")
    assert note(settings, RUN, "another thing").text == UNCOMPARED


def test_a_name_of_several_words_is_not_remembered_by_halves(tmp_path: Path) -> None:
    remember(tmp_path, RUN, Names(["zoe-canary", "Odd Canary"]))
    assert remembered(tmp_path, RUN) is None
    remember(tmp_path, RUN, Names(["zoe-canary", "core"]))
    told = remembered(tmp_path, RUN)
    assert told is not None and "zoe-canary" in told and "zoe" not in told
    # What a platform is made of is nobody's name, whoever has taken it as one.
    assert Names((), told).without("core of zoe-canary") == ("core of [an account]", 1)


@pytest.mark.parametrize("by", ["zoe@canary.example", "zoe, token: Zx9canaryQ8w7e6r5t4y"])
def test_a_reviewers_name_is_no_address(tmp_path: Path, vault: Vault, by: str) -> None:
    vault.there = True
    settings = hold(tmp_path)
    close_drill(settings, RUN)
    sign_drill(settings, RUN, key(tmp_path, "anna"))
    own, text = key(tmp_path, "berta"), "I looked at each check."
    before = evidence(settings, RUN)
    with pytest.raises(PryvTuiError) as caught:
        review_drill(settings, RUN, own, verdict="accepted", text=text, by=by)
    assert caught.value.name == "usage" and evidence(settings, RUN) == before
    assert "canary" not in before
    made = review_drill(settings, RUN, own, verdict="accepted", text=text, by="Zoe")
    assert made.reviewer == "Zoe"


def test_a_label_of_a_set_that_can_not_be_compared_is_not_on_record(
    tmp_path: Path, vault: Vault
) -> None:
    name = "20260301T030000Z-zoe-canary"
    told = [
        (when, msgspec.structs.replace(one, set=name) if isinstance(one, Sandbox) else one)
        for when, one in facts()
    ]
    settings = hold(tmp_path, events=run_events(told))
    assert close_drill(settings, RUN).record.set.id == "20260301T030000Z"
    assert "canary" not in evidence(settings, RUN)
    assert not vault.there


@pytest.mark.parametrize("there", [False, True])
def test_a_set_that_has_a_name_in_its_own_is_found_by_the_rest_of_it(
    tmp_path: Path, vault: Vault, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    asked: list[str] = []

    def set_of(_settings: Settings, name: str) -> tuple[SetOnRecord, None]:
        asked.append(name)
        return SetOnRecord(id=name), None

    vault.there = there
    told = [
        (when, msgspec.structs.replace(one, set="20260301T030000Z-zoe-canary"))
        if isinstance(one, Sandbox)
        else (when, one)
        for when, one in facts()
    ]
    settings = hold(tmp_path, events=run_events(told))
    close_drill(settings, RUN)
    monkeypatch.setattr(comparing, "set_of", set_of)
    assert bool(comparing.names_about(settings, RUN).why) == (not there)
    assert asked == ["20260301T030000Z"]


def test_that_there_is_no_set_tells_nothing_only_where_none_was_ever_made(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    assert comparing.names_of_a_site(settings).why == ""
    _backup_of(settings)
    assert "may not be mounted" in comparing.names_of_a_site(settings).why
    Path(settings.vault).write_text("no folder")
    assert "is not a folder" in comparing.names_of_a_site(settings).why


def _backup_of(settings: Settings) -> None:
    """A backup that was made here, as its run's folder tells it."""
    from pryv_tui.operations.kinds.backup import Backup

    place = Path(settings.state) / "runs" / "20260301T030000Z-backup-ab12"
    place.mkdir(parents=True)
    request = Backup(run=place.name, settings=settings, asked=at(-60), by=ANNA)
    (place / "request.json").write_bytes(msgspec.json.encode(request))
    events = [
        RunStarted(time=at(-59), run=place.name, kind="backup", roles=["core"], plan=[], pid=1),
        RunFinished(time=at(-1), run=place.name, outcome="complete", exit=0, what="done"),
    ]
    told = b"\n".join(map(msgspec.json.encode, events)) + b"\n"
    (place / "journal.jsonl").write_bytes(told)


def test_of_what_a_full_disk_takes_half_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error says so; what was typed before stays."""
    write_typed(tmp_path, "20260101T000000Z-drill-0001", ["before"])
    own = typed_file(tmp_path, "20260101T000000Z-drill-0001")
    before = own.read_bytes()
    real = os.write

    def half(descriptor: int, content: bytes) -> int:
        if len(content) < 4:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(descriptor, bytes(content)[: len(content) // 2])

    with monkeypatch.context() as patched, pytest.raises(PryvTuiError) as caught:
        patched.setattr(os, "write", half)
        write_typed(tmp_path, "20260101T000000Z-drill-0001", ["what could not be kept"])
    assert "the text was not written into the drill" in caught.value.what + caught.value.remedy
    assert own.read_bytes() == before


def test_a_text_that_was_kept_before_the_disk_failed_is_not_said_to_be_lost(
    tmp_path: Path, vault: Vault
) -> None:
    """It is in the operator's file already: only the drill is without it."""
    assert not vault.there
    settings = hold(tmp_path)
    state = Path(settings.state)
    held_file(state, RUN).mkdir(parents=True)
    with pytest.raises(PryvTuiError, match="the text was not written into the drill") as caught:
        note(settings, RUN, CANARY)
    assert CANARY in typed_file(state, RUN).read_text("utf-8")
    assert "neither" not in caught.value.what
    assert findings_of(folder_of(state, RUN)) == []
