"""Each way out of a record that is not what was written leads out: another drill is held, or what
was put back counts as it did."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pryv_tui.drills.cadence import cadence
from pryv_tui.drills.files import Filed, folder_of, read_record
from pryv_tui.drills.findings import note
from pryv_tui.drills.record.closing import close_drill
from pryv_tui.drills.record.signing import sign_drill
from pryv_tui.drills.signing import papers
from pryv_tui.drills.signing.checking import check_all
from pryv_tui.drills.signing.standing import Standing
from tests.drills.held import RUN, hold, settings_of
from tests.drills.signing.signed import (
    SECOND,
    THIRD,
    copy,
    drills,
    key,
    made,
    ours,
    refused,
    stock,
)

__all__ = ["copy", "made"]

FOURTH = RUN.replace("02T", "05T")
FIFTH = RUN.replace("02T", "06T")


def another(folder: Path, run: str = FOURTH) -> Filed:
    return close_drill(hold(folder, run=run), run)


def change(path: Path, was: bytes, now: bytes) -> None:
    content = path.read_bytes()
    assert was in content
    path.write_bytes(content.replace(was, now, 1))


def record_of(at: Path, drill: str) -> Path:
    return at / drill / "record.json"


def outcome(at: Path) -> None:
    change(record_of(at, THIRD), b'"outcome": "passed"', b'"outcome": "failed"')


def number(at: Path) -> None:
    change(record_of(at, THIRD), b'"number": 3', b'"number": 9')


def id_in_it(at: Path) -> None:
    change(record_of(at, THIRD), f'"id": "{THIRD}"'.encode(), b'"id": "another"')


def both(at: Path) -> None:
    outcome(at)
    change(record_of(at, SECOND), b'"outcome": "passed"', b'"outcome": "failed"')


def not_read(at: Path) -> None:
    record_of(at, THIRD).write_bytes(b"{")


def gone(at: Path) -> None:
    shutil.rmtree(at / THIRD)


def two_gone(at: Path) -> None:
    shutil.rmtree(at / THIRD)
    shutil.rmtree(at / SECOND)


def one_in_between_gone(at: Path) -> None:
    shutil.rmtree(at / SECOND)


def journal_of_it_gone(at: Path) -> None:
    (at / THIRD / "journal.jsonl").unlink()


def review(at: Path) -> None:
    change(at / RUN / "review.json", b"berta", b"bertb")


def reviews_signature(at: Path) -> None:
    spoilt(at / RUN / "review.json.sig")


def signature(at: Path) -> None:
    spoilt(at / SECOND / "record.json.sig")


def review_gone(at: Path) -> None:
    (at / RUN / "review.json").unlink()


def signature_gone(at: Path) -> None:
    (at / SECOND / "record.json.sig").unlink()


def signers(at: Path) -> None:
    spoilt(at / RUN / "allowed_signers")


def spoilt(path: Path) -> None:
    was = path.read_bytes()
    path.write_bytes(was[:-3] + (b"y" if was[-3:-2] == b"x" else b"x") + was[-2:])


HARMS: list[Callable[[Path], None]] = [
    outcome, number, id_in_it, both, not_read, gone, two_gone, one_in_between_gone,
    journal_of_it_gone, review, reviews_signature, signature,
    review_gone, signature_gone, signers,
]  # fmt: skip


@pytest.mark.parametrize("harm", HARMS)
def test_another_drill_is_held_signed_and_reviewed(
    copy: Path, harm: Callable[[Path], None]
) -> None:
    harm(drills(copy))
    another(copy)
    signed = ours(copy, "sign", FOURTH, "--key", str(copy / "operator"))
    assert signed.exit_code == 0, signed.output
    said = ours(copy, "review", FOURTH, "All checks were met", "--key", str(copy / "reviewer"))
    assert said.exit_code == 0, said.output
    report = ours(copy, "report", FOURTH)
    assert report.exit_code == 0, report.stderr
    assert "NOT WHAT WAS" not in report.stdout and "accepted by" in report.stdout
    told = cadence(settings_of(copy))
    assert told.passed is not None and told.passed.id == FOURTH
    assert FOURTH not in [one.drill for one in told.odd]
    # What was harmed is harmed still, and each way out says which drill counts as none.
    wrong = [one for one in check_all(drills(copy).parent) if one.level == "failed"]
    assert wrong and not [one for one in wrong if f"of the drill {FOURTH} counts" in one.way]


def says_another_was_before(at: Path) -> None:
    path = record_of(at, THIRD)
    content = path.read_bytes()
    change(path, re.findall(rb'"previous_sha256": "(\w+)"', content)[0], b"0" * 64)


def names_one_that_never_was(at: Path) -> None:
    change(record_of(at, THIRD), f'"previous": "{SECOND}"'.encode(), b'"previous": "never"')


def a_twin(at: Path) -> None:
    forged(at.parent.parent, SECOND, f"{SECOND[:-4]}beef")


def nothing(_at: Path) -> None: ...


@pytest.mark.parametrize(
    "harm", [*HARMS, says_another_was_before, names_one_that_never_was, a_twin, nothing]
)
def test_nothing_counts_is_said_of_each_drill_that_does_not_and_of_none_that_does(
    copy: Path, harm: Callable[[Path], None]
) -> None:
    """What a record that was edited says of the one before it is not believed."""
    harm(drills(copy))
    state = drills(copy).parent
    standing = Standing(state)
    said = {
        drill
        for line in check_all(state)
        for drill in re.findall(r"Without a copy nothing of the drill (\S+?) counts[;:] ", line.way)
    }
    ways = " ".join(line.way for line in check_all(state))
    assert (" counts; hold another: pryv-tui drill run" in ways) is (harm is a_twin)
    assert ("remove what the copy does not have, then check again" in ways) is (harm is a_twin)
    assert ("to hold another: pryv-tui drill run" in ways) is (harm not in (a_twin, nothing))
    names = {path.name for path in drills(copy).iterdir() if path.is_dir()} | {RUN, SECOND, THIRD}
    assert {drill for drill in said if not standing.why(drill)} == set()
    assert {drill for drill in names if standing.why(drill)} == said


@pytest.mark.parametrize("harm", HARMS)
def test_what_is_put_back_counts_as_it_did_whatever_was_recorded_meanwhile(
    copy: Path, harm: Callable[[Path], None]
) -> None:
    kept = copy / "kept"
    shutil.copytree(drills(copy), kept)
    harm(drills(copy))
    assert ours(copy, "verify").exit_code == 1
    another(copy)
    for drill in (RUN, SECOND, THIRD):
        shutil.copytree(kept / drill, drills(copy) / drill, dirs_exist_ok=True)
    found = ours(copy, "verify")
    assert found.exit_code == 0, found.stdout
    assert stock(copy) == []
    assert cadence(settings_of(copy)).odd == ()
    # And so does the next one.
    another(copy, FIFTH)
    assert ours(copy, "verify").exit_code == 0, ours(copy, "verify").stdout
    assert stock(copy) == []


@pytest.mark.parametrize("harm", [spoilt, Path.unlink])
@pytest.mark.parametrize("name", ["debrief.json", "debrief.json.sig", papers.SIGNATURE])
def test_so_it_is_with_a_debrief(tmp_path: Path, name: str, harm: Callable[[Path], None]) -> None:
    settings = hold(tmp_path)
    close_drill(settings, RUN)
    note(settings, RUN, "the disk")
    sign_drill(settings, RUN, key(tmp_path, "operator"))
    path = drills(tmp_path) / RUN / name
    was = path.read_bytes()
    harm(path)
    another(tmp_path)
    signed = ours(tmp_path, "sign", FOURTH, "--key", str(tmp_path / "operator"))
    assert signed.exit_code == 0, signed.output
    path.write_bytes(was)
    another(tmp_path, FIFTH)
    assert ours(tmp_path, "verify").exit_code == 0, ours(tmp_path, "verify").stdout
    assert stock(tmp_path) == []


def test_nobody_stands_for_one_that_a_later_one_tells_to_be_another(copy: Path) -> None:
    """Its hash on the list was edited too: the record after it knows."""
    another(copy)
    change(record_of(drills(copy), THIRD), b'"1200"', b'"1201"')
    papers.enlist(drills(copy) / THIRD, "record.json")
    for act, whose in (("sign", "operator"), ("review", "reviewer")):
        assert "is not as it was written" in refused(copy, act, THIRD, "--key", str(copy / whose))
    report = ours(copy, "report", THIRD)
    assert report.exit_code == 1 and "NOT WHAT WAS WRITTEN" in report.stdout


def test_a_number_that_is_there_twice_is_told_and_wrong_where_the_list_does_not_have_it(
    copy: Path,
) -> None:
    kept = copy / "kept"
    shutil.copytree(drills(copy) / THIRD, kept)
    gone(drills(copy))
    filed = another(copy)
    assert (filed.record.chain.number, filed.record.chain.previous) == (3, SECOND)
    shutil.copytree(kept, drills(copy) / THIRD)
    (line,) = [one for one in check_all(drills(copy).parent) if "number 3" in one.text]
    assert (line.level, line.drill) == ("note", FOURTH) and THIRD in line.text
    sums = drills(copy) / papers.SUMS
    lines = sums.read_text().splitlines(keepends=True)
    sums.write_text("".join(one for one in lines if THIRD not in one))
    (line,) = [one for one in check_all(drills(copy).parent) if "number 3" in one.text]
    assert (line.level, line.drill) == ("failed", FOURTH) and line.way


def test_the_record_after_an_edited_one_names_what_that_was(copy: Path) -> None:
    was = read_record(folder_of(drills(copy).parent, THIRD))
    assert was is not None
    outcome(drills(copy))
    chain = another(copy).record.chain
    assert (chain.number, chain.previous, chain.previous_sha256) == (4, THIRD, was.sha256)


def test_an_edited_row_tells_no_time_that_the_record_did_not(copy: Path) -> None:
    def row() -> str:
        (found,) = [one for one in ours(copy, "list").stdout.splitlines() if THIRD in one]
        return found

    assert "2026-" in row().replace(THIRD, "")
    outcome(drills(copy))
    told = row().replace(THIRD, "")
    assert "EDITED" in told and "20" not in told
    record_of(drills(copy), THIRD).write_bytes(b"{")
    told = row().replace(THIRD, "")
    assert "can't be read" in told and "20" not in told


def forged(folder: Path, of: str, name: str) -> None:
    """A record of a drill that nobody held, made of another's, and put on the list."""
    shutil.copytree(drills(folder) / of, drills(folder) / name)
    for paper in (*papers.ONCE, *papers.PAGES, papers.SIGNERS):
        (drills(folder) / name / paper).unlink(missing_ok=True)
    record = record_of(drills(folder), name)
    record.write_bytes(record.read_bytes().replace(of.encode(), name.encode()))
    papers.enlist(drills(folder) / name, "record.json")


@pytest.mark.parametrize("of", [RUN, SECOND, THIRD])
def test_a_record_that_was_put_beside_another_with_its_number_is_wrong_and_counts_as_none(
    copy: Path, of: str
) -> None:
    """Also where the list has it: whoever can write a record there can write the list."""
    another(copy)
    assert "was not written by pryv-tui" not in ours(copy, "verify").stdout
    name = f"{of[:-4]}beef"
    forged(copy, of, name)
    told = [one for one in check_all(drills(copy).parent) if "number" in one.text]
    assert [(one.level, one.drill) for one in told] == [("failed", name)]
    assert f"like that of {of}" in told[0].text and papers.SUMS in told[0].way
    assert "was not written by pryv-tui" in told[0].text
    verified = ours(copy, "verify")
    assert (
        verified.exit_code == 1 and f"FAILED {name}: its record has the number" in verified.stdout
    )
    (row,) = [one for one in ours(copy, "list").stdout.splitlines() if name in one]
    assert "EDITED" in row
    assert [one.drill for one in cadence(settings_of(copy)).odd] == [name]
    # The way out: what the copy does not have goes, with its line.
    shutil.rmtree(drills(copy) / name)
    sums = drills(copy) / papers.SUMS
    sums.write_text("".join(one for one in sums.read_text().splitlines(True) if name not in one))
    assert ours(copy, "verify").exit_code == 0


def test_of_two_that_no_record_comes_after_neither_counts(copy: Path) -> None:
    """Nothing tells which of them was written here."""
    name = f"{THIRD[:-4]}beef"
    forged(copy, THIRD, name)
    told = [one for one in check_all(drills(copy).parent) if "number" in one.text]
    assert {(one.level, one.drill) for one in told} == {("failed", name), ("failed", THIRD)}
    assert {one.drill for one in cadence(settings_of(copy)).odd} == {name, THIRD}
    # Another drill is the way out without a copy: it counts.
    chain = another(copy).record.chain
    assert (chain.number, chain.previous) == (3, SECOND) and chain.without == (THIRD, name)
    found = cadence(settings_of(copy))
    assert found.passed is not None and found.passed.id == FOURTH
    assert {one.drill for one in found.odd} == {name, THIRD}


def test_a_record_says_which_were_away_when_it_was_written(copy: Path) -> None:
    outcome(drills(copy))
    shutil.rmtree(drills(copy) / SECOND)
    assert another(copy).record.chain.without == (SECOND, THIRD)
    (whole,) = [one for one in check_all(drills(copy).parent, RUN) if one.level == "ok"][:1]
    assert whole.drill == RUN


def _record_alone(at: Path) -> None:
    record_of(at, SECOND).unlink()


def _record_and_its_page(at: Path) -> None:
    record_of(at, SECOND).unlink()
    (at / SECOND / "VERIFY.md").unlink()


def _record_and_a_page_is_changed(at: Path) -> None:
    record_of(at, SECOND).unlink()
    spoilt(at / SECOND / "report.md")


@pytest.mark.parametrize(
    "harm",
    [one_in_between_gone, _record_alone, _record_and_its_page, _record_and_a_page_is_changed],
)
def test_of_a_record_that_is_gone_no_page_is_written_anew(
    copy: Path, harm: Callable[[Path], None]
) -> None:
    """What lay beside it is told in one line, whatever of it is gone, and is put back with it."""
    there = {path.name for path in (drills(copy) / SECOND).iterdir()}
    harm(drills(copy))
    left = {path.name for path in (drills(copy) / SECOND).glob("*")}
    lines = [one for one in check_all(drills(copy).parent) if one.drill == SECOND]
    assert not [one for one in lines if "drill list" in one.text + one.way]
    (missing,) = [one for one in lines if "but missing" in one.text]
    listed = papers.listed(drills(copy))
    for name in there - left:
        assert (name in missing.text) is (f"{SECOND}/{name}" in listed), name
    assert f"Put {SECOND}/record.json" in missing.way
    said = ours(copy, "verify").stdout
    assert said.count("but missing") == 1 and "To write the pages" not in said


def test_a_command_within_what_is_wrong_is_whole(copy: Path) -> None:
    (drills(copy) / SECOND / "VERIFY.md").unlink()
    said = ours(copy, "verify").stdout
    assert "To write the pages again from the record: pryv-tui" in said
    assert "pryv-tui drill list" not in said, "the state folder is named"
