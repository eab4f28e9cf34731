"""Records that were edited, taken away or spoilt: it is found, and no other record suffers."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pryv_tui.drills.cadence import attention, cadence
from pryv_tui.drills.files import records_of
from pryv_tui.drills.record.closing import close_drill
from pryv_tui.drills.signing import papers
from pryv_tui.drills.signing.ssh import read_signature, sign
from pryv_tui.drills.signing.standing import Odd
from pryv_tui.errors import PryvTuiError
from tests.drills.held import RUN, hold, settings_of
from tests.drills.signing.signed import SECOND, THIRD, copy, drills, made, ours, refused, stock

__all__ = ["copy", "made"]


def spoil(name: str) -> Callable[[Path], None]:
    def byte(at: Path) -> None:
        path = at / RUN / "record.json"
        path.write_bytes(path.read_bytes().replace(b'"1200"', b'"1201"', 1))

    def byte_of_unsigned(at: Path) -> None:
        path = at / THIRD / "record.json"
        path.write_bytes(path.read_bytes().replace(b'"1200"', b'"1201"', 1))

    def removed(at: Path) -> None:
        shutil.rmtree(at / SECOND)

    def removed_last(at: Path) -> None:
        shutil.rmtree(at / THIRD)

    def reordered(at: Path) -> None:
        (at / RUN).rename(at / "x")
        (at / SECOND).rename(at / RUN)
        (at / "x").rename(at / SECOND)

    def signature_gone(at: Path) -> None:
        (at / SECOND / "record.json.sig").unlink()

    def signers_gone(at: Path) -> None:
        (at / RUN / "allowed_signers").unlink()

    def review_changed(at: Path) -> None:
        path = at / RUN / "review.json"
        path.write_bytes(path.read_bytes().replace(b"berta", b"bertha", 1))

    def another_namespace(at: Path) -> None:
        content = (at / SECOND / "record.json").read_bytes()
        (at / SECOND / "record.json.sig").write_bytes(
            sign(content, at.parents[1] / "operator", papers.REVIEW_SPACE)
        )
        papers.enlist(at / SECOND, "record.json.sig")

    def another_key(at: Path) -> None:
        content = (at / SECOND / "record.json").read_bytes()
        (at / SECOND / "record.json.sig").write_bytes(
            sign(content, at.parents[1] / "reviewer", papers.RECORD_SPACE)
        )
        papers.enlist(at / SECOND, "record.json.sig")

    def one_person(at: Path) -> None:
        """The operator makes the review too, and lists the own key as the reviewer's."""
        made = sign((at / RUN / "review.json").read_bytes(), at.parents[1] / "operator",
                    papers.REVIEW_SPACE)  # fmt: skip
        (at / RUN / "review.json.sig").write_bytes(made)
        papers.allow(at / RUN, papers.REVIEWER, papers.REVIEW_SPACE, read_signature(made))
        papers.enlist(at / RUN, "review.json.sig", "allowed_signers")

    def another_record(at: Path) -> None:
        """The record is written anew and signed anew; its review is of the one before."""
        path = at / RUN / "record.json"
        path.write_bytes(path.read_bytes().replace(b'"1200"', b'"1201"', 1))
        (at / RUN / "record.json.sig").write_bytes(
            sign(path.read_bytes(), at.parents[1] / "operator", papers.RECORD_SPACE)
        )
        papers.enlist(at / RUN, "record.json", "record.json.sig")

    def page_changed(at: Path) -> None:
        (at / RUN / "report.html").write_text("<p>PASSED</p>")

    def page_gone(at: Path) -> None:
        (at / SECOND / "report.md").unlink()

    def journal_changed(at: Path) -> None:
        path = at / RUN / "journal.jsonl"
        path.write_bytes(path.read_bytes().replace(b"anna", b"berta"))

    def runs_journal_changed(at: Path) -> None:
        path = at.parent / "runs" / THIRD / "journal.jsonl"
        path.write_bytes(path.read_bytes().replace(b"1200", b"1201"))

    of: dict[str, Callable[[Path], None]] = {k: v for k, v in locals().items() if k != "name"}
    return of[name]


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("byte", "signature is not good"),
        ("byte_of_unsigned", "does not match the list"),
        ("removed", f"the record before it, {SECOND}, is missing"),
        ("removed_last", "on the list records.sha256, but missing"),
        ("reordered", "its record.json is the record of another drill, "),
        ("signature_gone", "on the list records.sha256, but missing"),
        ("signers_gone", "so it is not known whose key signed"),
        ("review_changed", "the reviewer's signature is not good"),
        ("another_namespace", "the operator's signature is not good"),
        ("another_key", "the operator's signature is not good"),
        ("one_person", "the reviewer signed with the operator's own key"),
        ("another_record", "the review is of another record"),
        ("page_changed", "report.html does not match the list"),
        ("page_gone", "report.md is on the list records.sha256, but missing"),
        ("journal_changed", "the journal of drill does not match its hash"),
        ("runs_journal_changed", f"the journal of {THIRD} does not match its hash"),
    ],
)
def test_both_find_what_was_spoilt(copy: Path, how: str, said: str) -> None:
    spoil(how)(drills(copy))
    found = ours(copy, "verify")
    assert found.exit_code == 1, found.output
    assert said in found.stdout and "are as they were written" not in found.stdout
    assert stock(copy) != []


def test_a_spoilt_record_hides_no_other(copy: Path) -> None:
    path = drills(copy) / THIRD / "record.json"
    path.write_bytes(path.read_bytes().replace(b'"passed"', b'"pasSed"'))
    found = ours(copy, "list")
    assert found.exit_code == 1
    assert f"{RUN}  sandbox" in found.stdout
    assert "can't be read" in found.stdout
    told = cadence(settings_of(copy))
    assert told.last is not None and told.last.id == SECOND
    assert told.spoilt == (THIRD,)
    assert "1 record can't be read" in told.told
    assert [one.remedy for one in attention(told)] == [f"See why: pryv-tui drill verify {THIRD}"]
    assert told._replace(last=None).told == "1 record can't be read"
    why = ours(copy, "verify", THIRD)
    assert why.exit_code == 1
    assert "pasSed" in why.stdout


def test_a_record_that_is_gone_is_not_made_again(copy: Path) -> None:
    """Its run is still there, and a new record of it would be another one."""
    shutil.rmtree(drills(copy) / SECOND)
    listed = ours(copy, "list")
    assert listed.exit_code == 1 and "was written, but is gone" in listed.stderr
    assert not (drills(copy) / SECOND).exists()
    with pytest.raises(PryvTuiError) as caught:
        close_drill(settings_of(copy), SECOND)
    assert "is gone" in caught.value.what
    assert caught.value.remedy.endswith("pryv-tui drill verify")
    assert ours(copy, "verify").exit_code == 1


def test_what_was_edited_since_is_not_countersigned(copy: Path) -> None:
    path = drills(copy) / SECOND / "record.json"
    path.write_bytes(path.read_bytes().replace(b'"1200"', b'"1201"', 1))
    said = refused(copy, "review", SECOND, "--key", str(copy / "reviewer"))
    assert "is not as it was written" in said
    other = drills(copy) / THIRD / "record.json"
    other.write_bytes(other.read_bytes().replace(b'"1200"', b'"1201"', 1))
    unsigned = refused(copy, "sign", THIRD, "--key", str(copy / "operator"))
    assert "is not as it was written" in unsigned
    assert "drill verify" in said
    assert ours(copy, "verify", SECOND).exit_code == 1


def taken_away(folder: Path, drill: str, *names: str) -> None:
    """Papers of a drill are removed, and their lines of the list with them."""
    place = drills(folder)
    for name in names:
        (place / drill / name).unlink()
    kept = [
        line
        for line in (place / papers.SUMS).read_text().splitlines(keepends=True)
        if line.split("  ")[1].strip() not in {f"{drill}/{name}" for name in names}
    ]
    (place / papers.SUMS).write_text("".join(kept))


DEBRIEF = ("debrief.json", "debrief.json.sig")


@pytest.mark.parametrize(
    ("drill", "gone"),
    [
        (SECOND, DEBRIEF),
        (RUN, ("review.json", "review.json.sig")),
        (SECOND, (*DEBRIEF, "record.json.sig")),
    ],
)
def test_what_is_taken_away_with_its_lines_of_the_list_is_missed_by_a_later_record(
    copy: Path, drill: str, gone: tuple[str, ...]
) -> None:
    ours(copy, "actions", "add", SECOND, "The key was in a drawer")
    assert ours(copy, "sign", SECOND, "--key", str(copy / "operator")).exit_code == 0
    fourth = RUN.replace("02T", "05T")
    close_drill(hold(copy, run=fourth), fourth)
    assert ours(copy, "verify").exit_code == 0
    assert stock(copy) == []
    taken_away(copy, drill, *gone, "VERIFY.md")
    with_signers = drills(copy) / drill / "allowed_signers"
    with_signers.write_text(with_signers.read_text().splitlines(keepends=True)[0])
    papers.enlist(with_signers.parent, "allowed_signers")
    (naming,) = {
        one.folder.name
        for one in records_of(Path(settings_of(copy).state))
        for told in one.record.chain.papers
        if (told.drill, told.name) == (drill, gone[0])
    }
    # By itself as well: a record is as good as what its chain names.
    for asked in ((), (drill,), (naming,)):
        found = ours(copy, "verify", *asked)
        assert found.exit_code == 1, found.output
        for name in gone:
            wanted = f"FAILED {drill}: {name} is missing, but existed when the record of"
            assert wanted in found.stdout
    assert any("debrief" in one or "review" in one for one in stock(copy))


def test_the_debrief_of_the_last_drill_is_missed_by_the_key_that_signed_it(copy: Path) -> None:
    ours(copy, "actions", "add", THIRD, "The disk was small")
    ours(copy, "sign", THIRD, "--key", str(copy / "operator"))
    taken_away(copy, THIRD, *DEBRIEF)
    found = ours(copy, "verify", THIRD)
    assert found.exit_code == 1
    assert "its debrief is missing, but allowed_signers has a key that signed one" in found.stdout


def test_a_key_without_its_signature_is_told_and_hinders_nobody(copy: Path) -> None:
    """A machine that stopped between the two leaves it as who took a signature away does."""
    taken_away(copy, SECOND, "record.json.sig", "VERIFY.md", "report.md", "report.html")
    told = ours(copy, "verify", SECOND)
    assert told.exit_code == 0 and "has a key for a signature, but there is none" in told.stdout
    assert ours(copy, "sign", SECOND, "--key", str(copy / "operator")).exit_code == 0
    assert "but there is none" not in ours(copy, "verify", SECOND).stdout
    taken_away(copy, RUN, "review.json", "review.json.sig")
    told = ours(copy, "verify", RUN)
    assert told.exit_code == 0 and "has a key for a review, but there is none" in told.stdout


@pytest.mark.parametrize("form", ["text", "md", "html", "json"])
@pytest.mark.parametrize(("drill", "was"), [(RUN, "SIGNED"), (THIRD, "WRITTEN")])
def test_the_report_of_a_record_that_was_edited_says_so_at_its_head(
    copy: Path, drill: str, was: str, form: str
) -> None:
    good = ours(copy, "report", drill, "--format", form)
    assert good.exit_code == 0 and "NOT WHAT WAS" not in good.stdout
    path = drills(copy) / drill / "record.json"
    path.write_bytes(path.read_bytes().replace(b'"1200"', b'"1201"', 1))
    verified, told = ours(copy, "verify", drill), ours(copy, "report", drill, "--format", form)
    assert told.exit_code == verified.exit_code == 1
    assert f" drill verify {drill}" in told.stderr
    if form == "json":
        assert json.loads(told.stdout)["id"] == drill
    else:
        head = told.stdout.partition("In short")[0]
        assert f"NOT WHAT WAS {was}" in head and "As it is there now" in head


def test_a_record_that_can_no_longer_be_read_has_a_way_out_that_finds_it(copy: Path) -> None:
    path = drills(copy) / SECOND / "record.json"
    good = path.read_bytes()
    path.write_bytes(re.sub(rb'"outcome": ?"p', b'"outcome":"q', good, count=1))
    assert path.read_bytes() != good
    for words in (("report", SECOND), ("review", SECOND, "--key", str(copy / "reviewer"))):
        told = ours(copy, *words)
        assert told.exit_code == 1 and "can't be read" in told.stderr
        assert "put it back from a copy" in told.stderr
        assert f" drill verify {SECOND}" in told.stderr
    assert ours(copy, "verify", SECOND).exit_code == 1
    path.write_bytes(good)
    assert ours(copy, "verify", SECOND).exit_code == 0


def test_what_is_wrong_with_a_record_is_one_sentence_of_an_error() -> None:
    edited, gone = Odd("d1", "it was changed").problem, Odd("d1", "", gone=True).problem
    assert edited.what.endswith("since it was written: it was changed, so the drill does not count")
    assert gone.what.endswith("but is gone: the result of that drill is not known")
    assert ". " not in edited.what + gone.what
