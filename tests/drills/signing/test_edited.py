"""A record that is not what was written counts as no drill, wherever one goes by what it says."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from pryv_tui.drills.cadence import Cadence, attention, cadence
from pryv_tui.drills.doctor import record_lines
from pryv_tui.drills.files import folder_of, read_record
from pryv_tui.drills.findings import close, known_actions, note
from pryv_tui.drills.held import expected_here
from pryv_tui.drills.record.closing import close_drill
from pryv_tui.drills.record.signing import review_drill, sign_drill
from pryv_tui.drills.signing import papers
from pryv_tui.drills.signing.checking import check_all
from pryv_tui.drills.waiting import known_drills, waiting_for
from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents.events import FindingClosed
from pryv_tui.operations.drilling.facts import Check
from pryv_tui.operations.settings.resolve import Settings
from tests.drills.held import RUN, facts, hold, run_events, settings_of
from tests.drills.signing.signed import SECOND, THIRD, drills, key, ours, refused, stock

DAY = 86_400.0
FAILED = [Check(name="documents", about="mongodb", state="failed", expected="1200", found="7")]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that passed, signed and reviewed; then two that failed, the last of them unsigned."""
    folder = tmp_path_factory.mktemp("edited")
    operator, reviewer = key(folder, "operator"), key(folder, "reviewer")
    close_drill(hold(folder), RUN)
    for run in (SECOND, THIRD):
        settings = hold(folder, run=run, events=run_events(facts(FAILED)))
        close_drill(settings, run)
    settings = settings_of(folder)
    sign_drill(settings, RUN, operator)
    review_drill(settings, RUN, reviewer, verdict="accepted", text="well done", by="berta")
    sign_drill(settings, SECOND, operator)
    return folder


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "copy", symlinks=True)
    return tmp_path / "copy"


def looked(folder: Path) -> Cadence:
    return cadence(msgspec.structs.replace(settings_of(folder), drill_every=DAY))


def change(path: Path, was: bytes, now: bytes) -> None:
    content = path.read_bytes()
    assert was in content
    path.write_bytes(content.replace(was, now, 1))


def test_as_it_is_the_last_one_failed(copy: Path) -> None:
    told = looked(copy)
    assert (told.last is not None and told.last.id, told.odd) == (THIRD, ())
    assert told.passed is not None and told.passed.id == RUN
    assert record_lines(Path(settings_of(copy).state)) == []


def outcome(at: Path) -> None:
    change(at / THIRD / "record.json", b'"outcome": "failed"', b'"outcome": "passed"')


def outcome_and_page(at: Path) -> None:
    """With the page that is written last removed, so that pages are written anew."""
    outcome(at)
    (at / THIRD / "VERIFY.md").unlink()


def moved_date(at: Path) -> None:
    change(at / THIRD / "record.json", b'"ended": "2026', b'"ended": "2096')


def another_kind(at: Path) -> None:
    """As if it had been a scenario, of which the cadence knows nothing."""
    change(at / THIRD / "record.json", b'"exercise": "sandbox"', b'"exercise": "scenario"')


def reordered(at: Path) -> None:
    for drill, was, now in ((SECOND, b'"number": 2', b'"number": 3'),
                            (THIRD, b'"number": 3', b'"number": 2')):  # fmt: skip
        change(at / drill / "record.json", was, now)


def anothers_copy(at: Path) -> None:
    shutil.copy(at / RUN / "record.json", at / THIRD / "record.json")


def anothers_copy_enlisted(at: Path) -> None:
    anothers_copy(at)
    papers.enlist(at / THIRD, "record.json")


def journal_gone(at: Path) -> None:
    (at / THIRD / "journal.jsonl").unlink()


def unlisted(at: Path) -> None:
    lines = (at / papers.SUMS).read_text().splitlines(keepends=True)
    (at / papers.SUMS).write_text("".join(one for one in lines if THIRD not in one))


EDITS: list[Callable[[Path], None]] = [
    outcome, outcome_and_page, moved_date, another_kind, reordered, anothers_copy,
    anothers_copy_enlisted, journal_gone, unlisted,
]  # fmt: skip


@pytest.mark.parametrize("edit", EDITS)
def test_one_that_was_edited_counts_as_no_drill_and_that_is_said(
    copy: Path, edit: Callable[[Path], None]
) -> None:
    edit(drills(copy))
    told = looked(copy)
    assert THIRD in [one.drill for one in told.odd if not one.gone]
    assert told.last is not None and told.last.id != THIRD
    assert told.words == "drill record edited" and "edited" in told.told
    (line,) = [one for one in attention(told) if f"The record of the drill {THIRD}" in one.text]
    assert line.level == "warning" and "was edited, or damaged, since it was written" in line.text
    assert "pryv-tui drill verify" in line.remedy and "copy of the state folder" in line.remedy
    # Nothing of what it says is told where drills are listed, and nobody is asked to sign it.
    listed = ours(copy, "list")
    assert listed.exit_code == 1
    (row,) = [one for one in listed.stdout.splitlines() if one.startswith(THIRD)]
    assert "EDITED" in row and "passed" not in row
    assert f"the record of the drill {THIRD} was edited" in listed.stderr
    (known,) = [one for one in known_drills(drills(copy).parent) if one.drill.id == THIRD]
    assert known.record is None and known.odd is not None
    assert THIRD not in waiting_for(drills(copy).parent, "sign")
    programs = json.loads(ours(copy, "list", "--json").stdout)
    (mine,) = [one for one in programs if one["id"] == THIRD]
    assert (mine["outcome"], mine["counts"]) == (None, False) and "edited" in mine["problem"]
    named = [one.text for one in record_lines(drills(copy).parent)]
    assert any(THIRD in one for one in named)
    assert "is not as it was written" in refused(
        copy, "sign", THIRD, "--key", str(copy / "operator")
    )
    # No page of the drill is made of it.
    assert "PASSED" not in (drills(copy) / THIRD / "report.md").read_text()
    # The stock commands go by the list: what was taken off it is missed by this program.
    assert (stock(copy) != []) is (edit is not unlisted)


def test_a_review_that_was_edited_counts_for_nothing_and_review_says_so(copy: Path) -> None:
    change(drills(copy) / RUN / "review.json", b'"accepted"', b'"rejected"')
    told = looked(copy)
    assert told.passed is None and [one.drill for one in told.odd] == [RUN]
    said = refused(copy, "review", RUN, "It is well", "--key", str(copy / "reviewer"))
    assert "is not as it was written" in said and "is already reviewed" not in said
    assert "is not as it was written" in refused(copy, "sign", RUN, "--key", str(copy / "operator"))


def test_one_that_was_reviewed_and_edited_is_told_as_edited_not_as_reviewed(copy: Path) -> None:
    settings = settings_of(copy)
    roles = ["core", "register"]
    change(drills(copy) / RUN / "record.json", b'"ended": "2026', b'"ended": "2096')
    assert looked(copy).passed is None
    assert expected_here(settings, roles) is None
    assert "is not as it was written" in refused(
        copy, "review", RUN, "--key", str(copy / "reviewer")
    )
    assert RUN not in waiting_for(drills(copy).parent, "review")


def test_what_was_signed_is_told_by_its_signature_where_the_list_was_edited_too(copy: Path) -> None:
    path = drills(copy) / SECOND / "record.json"
    shutil.rmtree(drills(copy) / THIRD)
    unlisted(drills(copy))
    change(path, b'"outcome": "failed"', b'"outcome": "passed"')
    papers.enlist(path.parent, "record.json")
    told = looked(copy)
    assert told.passed is not None and told.passed.id == RUN
    (odd,) = told.odd
    assert odd.drill == SECOND and "signature is not good" in odd.why


def test_one_that_was_removed_is_missed(copy: Path) -> None:
    shutil.rmtree(drills(copy) / THIRD)
    told = looked(copy)
    assert [(one.drill, one.gone) for one in told.odd] == [(THIRD, True)]
    assert told.words == "drill record gone" and "1 record is gone" in told.told
    (line,) = [one for one in attention(told) if THIRD in one.text]
    assert "was written, but is gone" in line.text and line.level == "warning"
    listed = ours(copy, "list")
    assert listed.exit_code == 1 and f"the record of the drill {THIRD} was written" in listed.stderr


def test_one_that_is_cut_short_or_of_a_later_program_is_told_as_that(copy: Path) -> None:
    path = drills(copy) / THIRD / "record.json"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    told = looked(copy)
    assert (told.spoilt, told.odd) == ((THIRD,), ())
    said = ours(copy, "report", THIRD)
    assert said.exit_code == 1 and "record.json can't be read: it is cut short" in said.stderr
    change_to = whole.replace(b'"format": 1', b'"format": 2', 1)
    path.write_bytes(change_to)
    papers.enlist(path.parent, "record.json")
    told = looked(copy)
    assert (told.spoilt, told.odd) == ((THIRD,), ())
    later = ours(copy, "report", THIRD).stderr
    assert "is of format 2, and this program knows 1: a later version wrote it" in later
    assert "Read it with that version: pryv-tui" in later
    path.write_bytes(whole)
    papers.enlist(path.parent, "record.json")
    assert looked(copy).spoilt == ()


def test_an_older_one_is_a_note_once_a_later_one_counts(tmp_path: Path) -> None:
    close_drill(hold(tmp_path, events=run_events(facts(FAILED))), RUN)
    close_drill(hold(tmp_path, run=SECOND), SECOND)
    change(drills(tmp_path) / RUN / "record.json", b'"outcome": "failed"', b'"outcome": "passed"')
    told = looked(tmp_path)
    assert told.passed is not None and told.passed.id == SECOND and told.newly_odd == []
    (line,) = [one for one in attention(told) if RUN in one.text]
    assert line.level == "info"
    assert "edited" not in told.words


def test_an_edit_is_not_taken_over_by_the_record_after_it(copy: Path) -> None:
    place = drills(copy) / THIRD / "record.json"
    was = place.read_bytes()
    outcome(drills(copy))
    fourth = RUN.replace("02T", "05T")
    close_drill(hold(copy, run=fourth), fourth)
    assert THIRD in [one.drill for one in looked(copy).odd]
    assert fourth not in [one.drill for one in looked(copy).odd]
    # As the way out says: it is put back, and all is as it was.
    place.write_bytes(was)
    assert looked(copy).odd == () and stock(copy) == []
    assert ours(copy, "verify").exit_code == 0


# What was found, and its closing.


@pytest.fixture
def debriefed(tmp_path: Path) -> Settings:
    """A drill with a finding on record, one that was signed later, and one that nobody signed."""
    settings = hold(tmp_path)
    note(settings, RUN, "the password", owner="ops", due="2030-01-31")
    note(settings, RUN, "everybody was calm", good=True)
    close_drill(settings, RUN)
    note(settings, RUN, "the disk")
    sign_drill(settings, RUN, key(tmp_path, "operator"))
    return settings


def journal(settings: Settings) -> Path:
    return folder_of(Path(settings.state), RUN) / "journal.jsonl"


def open_ones(settings: Settings) -> list[str]:
    return [one.action.name for one in known_actions(settings)]


def without(path: Path, *words: bytes) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(one for one in lines if not any(word in one for word in words)))


def test_a_finding_is_closed_by_who_says_so_and_not_by_editing(debriefed: Settings) -> None:
    path = journal(debriefed)
    assert open_ones(debriefed) == ["a1", "a3"]
    # Its line is changed to one that needs nobody, or taken out.
    change(path, b'"text":"the password","good":false', b'"text":"the password","good":true')
    assert open_ones(debriefed) == ["a1", "a3"]
    without(path, b'"the disk"', b'"the password"')
    assert open_ones(debriefed) == ["a1", "a3"]
    said = [line for line in check_all(Path(debriefed.state), RUN) if line.level == "failed"]
    assert any("does not match its hash in the record" in line.text for line in said)
    assert any("its journal no longer has a" in line.text for line in said)
    assert close(debriefed, RUN, "a3", "a larger one").closed
    assert open_ones(debriefed) == ["a1"]
    assert close(debriefed, RUN, "a1").closed
    assert open_ones(debriefed) == []


def test_a_closing_that_is_written_among_what_was_recorded_does_not_count(
    debriefed: Settings,
) -> None:
    path = journal(debriefed)
    lines = path.read_bytes().splitlines(keepends=True)
    at = next(n for n, one in enumerate(lines) if b"the password" in one)
    early = msgspec.json.decode(lines[at])["time"]
    event = FindingClosed(name="a1", time=early, incident=RUN)
    lines.insert(at + 1, msgspec.json.encode(event) + b"\n")
    path.write_bytes(b"".join(lines))
    assert open_ones(debriefed) == ["a1", "a3"]


def test_actions_that_are_closed_in_the_record_stay_open(debriefed: Settings) -> None:
    path = journal(debriefed).with_name("record.json")
    change(path, b'"closed": ""', b'"closed": "2026-03-04T00:00:00Z"')
    assert open_ones(debriefed) == ["a1", "a3"]
    assert cadence(debriefed).last is None


@pytest.mark.parametrize("name", ["a1", "a2"])
def test_a_line_that_was_taken_out_is_written_back_whole_when_it_is_closed(
    tmp_path: Path, name: str
) -> None:
    settings = hold(tmp_path)
    note(settings, RUN, "the password", owner="ops", due="2030-01-31", retest="core-lost")
    close_drill(settings, RUN)
    note(settings, RUN, "the disk", owner="anna", due="2030-02-28", retest="whole-lost")
    sign_drill(settings, RUN, key(tmp_path, "operator"))
    without(journal(settings), f'"name":"{name}"'.encode())
    (was,) = [one.action for one in known_actions(settings) if one.action.name == name]
    assert was.retest
    told = close(settings, RUN, name, "done")
    assert told.closed
    assert msgspec.structs.replace(told, closed="", closed_text="") == was


# Ways out.


def spoilt(at: Path, drill: str, name: str) -> bytes:
    path = at / drill / name
    was = path.read_bytes()
    path.write_bytes(was[:-3] + (b"y" if was[-3:-2] == b"x" else b"x") + was[-2:])
    return was


@pytest.mark.parametrize(
    ("drill", "name"),
    [
        (RUN, "record.json"), (RUN, "record.json.sig"), (RUN, "review.json"),
        (RUN, "review.json.sig"), (RUN, "allowed_signers"), (RUN, "report.html"),
        (SECOND, "VERIFY.md"), (THIRD, "journal.jsonl"),
        (THIRD, f"../../runs/{THIRD}/journal.jsonl"),
    ],
)  # fmt: skip
def test_verify_names_a_way_out_of_each_finding_and_it_leads_out(
    copy: Path, drill: str, name: str
) -> None:
    was = spoilt(drills(copy), drill, name)
    found = json.loads(ours(copy, "verify", "--json").stdout)
    wrong = [one for one in found if one["level"] == "failed"]
    assert wrong and all(one["remedy"] for one in wrong), wrong
    said = ours(copy, "verify").stdout
    for one in wrong:
        assert f"FAILED {one['drill']}: {one['text']}\n       {one['remedy']}.\n" in said
    page = re.search(
        r"write the pages again from the record: (rm \S+); then: (pryv-tui .*drill list)",
        wrong[0]["remedy"],
    )
    if name in ("report.html", "VERIFY.md"):
        assert page is not None
        subprocess.run(shlex.split(page[1]), check=True)
        ours(copy, "list")
    else:
        told = [one["remedy"] for one in wrong]
        leaf = name.removeprefix("../")
        assert any(leaf in one and "back from a copy of the state folder" in one for one in told)
        (drills(copy) / drill / name).write_bytes(was)
    assert ours(copy, "verify").exit_code == 0, ours(copy, "verify").stdout
    assert stock(copy) == []


def test_a_damaged_record_is_told_without_a_decoder_s_words(tmp_path: Path) -> None:
    close_drill(hold(tmp_path), RUN)
    folder = folder_of(Path(settings_of(tmp_path).state), RUN)
    path = folder / "record.json"
    whole = path.read_bytes()
    for was, now, said in (
        (b'"simulated": ""', b'"simulated": 7', "`simulated` is a number, where a text has"),
        (b'"outcome": "passed"', b'"outcome": "pasSed"', "`outcome` can't be 'pasSed'"),
        (f'"id": "{RUN}"'.encode(), b'"di": "x"', "`id` is missing"),
        (b'"format": 1,', b'"format" 1,', "it is no JSON from byte"),
    ):
        assert whole.count(was) >= 1, was
        path.write_bytes(whole.replace(was, now, 1))
        with pytest.raises(PryvTuiError) as caught:
            read_record(folder)
        assert said in caught.value.what and str(path) in caught.value.what
        assert "$" not in caught.value.what and "Expected" not in caught.value.what
        assert "drill verify" in caught.value.remedy
