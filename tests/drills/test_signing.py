"""Records are signed, countersigned and verified: by this program and by the stock commands, which
agree on each way in which a record can be spoilt."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pryv_tui.cli.main import cli
from pryv_tui.drills.cadence import attention, cadence
from pryv_tui.drills.files import begin, records_of
from pryv_tui.drills.findings import known_actions
from pryv_tui.drills.privacy import UNCOMPARED
from pryv_tui.drills.record.closing import close_drill
from pryv_tui.drills.record.signing import review_drill, sign_drill
from pryv_tui.drills.signing import papers
from pryv_tui.drills.signing.ssh import read_signature, sign
from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents.events import Planned
from tests.drills.held import RUN, hold, settings_of

SECOND = RUN.replace("02T", "03T")
THIRD = RUN.replace("02T", "04T")


def key(folder: Path, name: str) -> Path:
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "canary@host", "-f"]
    subprocess.run([*words, str(folder / name)], check=True)
    return folder / name


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three drills: the first signed and reviewed, the second signed, the third neither."""
    folder = tmp_path_factory.mktemp("signed")
    operator, reviewer = key(folder, "operator"), key(folder, "reviewer")
    for run in (RUN, SECOND, THIRD):
        settings = hold(folder, run=run)
        close_drill(settings, run)
    sign_drill(settings, RUN, operator)
    review_drill(settings, RUN, reviewer, verdict="accepted", text="well done", by="berta")
    sign_drill(settings, SECOND, operator)
    return folder


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "copy", symlinks=True)
    return tmp_path / "copy"


def drills(folder: Path) -> Path:
    return Path(settings_of(folder).state) / "drills"


def ours(folder: Path, *words: str) -> Result:
    of = settings_of(folder)
    where = ["--state", of.state, "--vault", of.vault]
    return CliRunner().invoke(cli, ["drill", *words, *where])


def stock(folder: Path) -> list[str]:
    """The commands of each VERIFY.md that do not exit with 0, as they stand there."""
    bad = []
    for page in sorted(drills(folder).glob("*/VERIFY.md")):
        for command in re.findall(r"```sh\n(.*?)\n```", page.read_text(), re.S):
            done = subprocess.run(["bash", "-c", command], cwd=page.parent, capture_output=True)
            bad += [f"{page.parent.name}: {command}"] if done.returncode else []
    return bad


def test_good_records_are_accepted_and_say_what_they_lack(copy: Path) -> None:
    assert stock(copy) == []
    found = ours(copy, "verify")
    assert found.exit_code == 0, found.output
    assert "signatures, reviews and pages are what was written" in found.stdout
    assert "but for what a NOTE above names." in found.stdout
    # Where nothing is noted no note is spoken of.
    first = ours(copy, "verify", RUN).stdout
    assert "NOTE" not in first and first.endswith("a record was made of them.\n")
    assert f"NOTE   {THIRD}: UNSIGNED" in found.stdout
    assert f"NOTE   {SECOND}: UNREVIEWED" in found.stdout
    assert re.search(rf"OK     {RUN}: signed by the reviewer's key SHA256:\S{{43}}", found.stdout)
    review = json.loads((drills(copy) / RUN / "review.json").read_bytes())
    assert (review["verdict"], review["reviewer"]) == ("accepted", "berta")
    page = (drills(copy) / RUN / "VERIFY.md").read_text()
    # Two of them are of the journals that the record was made from.
    assert page.count("```sh") == 10
    assert "UNREVIEWED" in (drills(copy) / SECOND / "VERIFY.md").read_text()


def test_no_page_names_whom_a_key_belongs_to(copy: Path) -> None:
    for path in drills(copy).rglob("*"):
        assert not path.is_file() or b"canary@host" not in path.read_bytes()


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
        ("byte_of_unsigned", "not what the list"),
        ("removed", f"the record before it, {SECOND}, is missing"),
        ("removed_last", "on the list records.sha256, and missing"),
        ("reordered", "it says that it is the record of"),
        ("signature_gone", "on the list records.sha256, and missing"),
        ("signers_gone", "nothing tells whose key it is"),
        ("review_changed", "the reviewer's signature is not good"),
        ("another_namespace", "the operator's signature is not good"),
        ("another_key", "the operator's signature is not good"),
        ("one_person", "the reviewer signed with the operator's own key"),
        ("another_record", "the review is of another record"),
        ("page_changed", "report.html is not what the list"),
        ("page_gone", "report.md is on the list records.sha256, and missing"),
        ("journal_changed", "the journal of drill is another one"),
        ("runs_journal_changed", f"the journal of {THIRD} is another one"),
    ],
)
def test_both_find_what_was_spoilt(copy: Path, how: str, said: str) -> None:
    spoil(how)(drills(copy))
    found = ours(copy, "verify")
    assert found.exit_code == 1, found.output
    assert said in found.stdout and "are what was written" not in found.stdout
    assert stock(copy) != []


def test_a_rejected_drill_does_not_count_as_held_anywhere(copy: Path) -> None:
    settings = settings_of(copy)
    sign_drill(settings, THIRD, copy / "operator")
    for drill in (SECOND, THIRD):
        review_drill(settings, drill, copy / "reviewer", verdict="rejected", text="", by="berta")
    found = cadence(settings)
    # The one before them still counts.
    assert found.last is not None and found.last.id == THIRD
    assert found.passed is not None and found.passed.id == RUN
    assert "REJECTED by berta" in found.told
    assert found.words.startswith("drill rejected ")
    (line,) = [one for one in attention(found) if "does not count" in one.text]
    assert line.level == "warning"
    assert line.text.endswith(", but does not count: it was REJECTED by berta.")
    listed = json.loads(ours(copy, "list", "--json").stdout)
    assert [one["counts"] for one in listed] == [True, False, False]
    assert "passed, REJECTED" in ours(copy, "list").stdout
    report = ours(copy, "report", THIRD).stdout
    assert "REJECTED by berta; it does not count as held. As recorded, passed" in report
    verified = ours(copy, "verify")
    assert verified.exit_code == 0
    assert f"NOTE   {THIRD}: REJECTED by berta" in verified.stdout
    assert "REJECTED by berta" in (drills(copy) / THIRD / "VERIFY.md").read_text()


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
    assert ours(copy, "list").exit_code == 0
    assert not (drills(copy) / SECOND).exists()
    with pytest.raises(PryvTuiError) as caught:
        close_drill(settings_of(copy), SECOND)
    assert "is gone" in caught.value.what
    assert caught.value.remedy.endswith("pryv-tui drill verify")
    assert ours(copy, "verify").exit_code == 1


def test_a_record_that_was_written_and_no_more_is_finished(tmp_path: Path) -> None:
    """Whoever wrote it died before it was on the list, and before its pages were there."""
    settings = hold(tmp_path)
    close_drill(settings, RUN)
    content = (drills(tmp_path) / RUN / "record.json").read_bytes()
    (drills(tmp_path) / "records.sha256").unlink()
    for page in ("VERIFY.md", "report.html"):
        (drills(tmp_path) / RUN / page).unlink()
    assert ours(tmp_path, "verify").exit_code == 1
    assert ours(tmp_path, "list").exit_code == 0
    assert ours(tmp_path, "verify").exit_code == 0
    assert stock(tmp_path) == []
    assert (drills(tmp_path) / RUN / "record.json").read_bytes() == content


def test_a_list_of_ones_own_is_believed_in_the_place_of_the_drills(copy: Path) -> None:
    other = key(copy, "other")
    line = papers.signer_line(
        papers.OPERATOR, papers.RECORD_SPACE, read_signature(sign(b"x", other, "n"))
    )
    (copy / "mine").write_text(line + "\n")
    found = ours(copy, "verify", SECOND, "--signers", str(copy / "mine"))
    assert found.exit_code == 1
    shutil.copy(drills(copy) / SECOND / "allowed_signers", copy / "mine")
    assert ours(copy, "verify", SECOND, "--signers", str(copy / "mine")).exit_code == 0


def refused(folder: Path, *words: str) -> str:
    """What a refusal says; nothing of the drills is another one after it."""
    before = {path: path.read_bytes() for path in drills(folder).rglob("*") if path.is_file()}
    found = ours(folder, *words)
    assert found.exit_code in (2, 4), found.output
    after = {path: path.read_bytes() for path in drills(folder).rglob("*") if path.is_file()}
    assert after == before
    return found.stderr


def test_who_may_not_sign_or_review_is_told_what_to_do(copy: Path) -> None:
    operator, reviewer = str(copy / "operator"), str(copy / "reviewer")
    assert "nobody has signed" in refused(copy, "review", THIRD, "--key", reviewer)
    assert "is signed" in refused(copy, "sign", RUN, "--key", operator)
    assert "is reviewed" in refused(copy, "review", RUN, "--key", reviewer)
    assert "is not there" in refused(copy, "sign", THIRD, "--key", str(copy / "none"))
    own = refused(copy, "review", SECOND, "--key", operator)
    assert "the key with which the operator signed" in own
    # What is written in the place of the drill is no drill: the words stay, and the order is told.
    for words in ("looks fine", "it's well"):
        told = refused(copy, "review", words, "--key", reviewer)
        assert "the drill comes first" in told and " drill review latest " in told
    # As each of them says: the operator signs, then another key reviews.
    signed = ours(copy, "sign", THIRD, "--key", operator)
    assert f" drill review {THIRD} --key KEY" in signed.stdout
    done = ours(copy, "review", THIRD, "no", "good", "--key", reviewer, "--reject")
    assert done.exit_code == 0
    # There is no set here whose accounts it could be compared with.
    assert "What you wrote is left out of it" in done.stdout
    assert ours(copy, "verify").exit_code == 0
    assert stock(copy) == []
    report = ours(copy, "report", THIRD).stdout
    assert "rejected by" in report


def test_what_was_edited_since_is_not_countersigned(copy: Path) -> None:
    path = drills(copy) / SECOND / "record.json"
    path.write_bytes(path.read_bytes().replace(b'"1200"', b'"1201"', 1))
    said = refused(copy, "review", SECOND, "--key", str(copy / "reviewer"))
    assert "is not what was written" in said
    other = drills(copy) / THIRD / "record.json"
    other.write_bytes(other.read_bytes().replace(b'"1200"', b'"1201"', 1))
    unsigned = refused(copy, "sign", THIRD, "--key", str(copy / "operator"))
    assert "is not what was written" in unsigned
    assert "drill verify" in said
    assert ours(copy, "verify", SECOND).exit_code == 1


def test_a_query_for_a_time_stamp_is_made_where_openssl_is(copy: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not here")
    place = drills(copy) / SECOND
    words = ["openssl", "ts", "-query", "-in", str(place / "record.tsq"), "-text"]
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert "Hash Algorithm: sha256" in told
    assert "record.tsq" in (place / "VERIFY.md").read_text()


@pytest.mark.parametrize("content", [b"", b"x", b"-----BEGIN SSH SIGNATURE-----\nU1NI\n", b"\xff"])
def test_what_is_no_signature_is_none(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(content)
    assert papers.signature_in(tmp_path / "x") is None
    with pytest.raises(ValueError):
        read_signature(content)


def test_a_refused_key_leaves_nothing(copy: Path, tmp_path: Path) -> None:
    (tmp_path / "none").write_text("no key")
    (tmp_path / "none").chmod(0o600)
    with pytest.raises(PryvTuiError) as caught:
        sign_drill(settings_of(copy), THIRD, tmp_path / "none")
    assert "did not sign" in caught.value.what and "Nothing was written" in caught.value.what
    assert caught.value.remedy.startswith("See whether the key can be used: ssh-keygen -y -f ")
    usable = subprocess.run(caught.value.remedy.partition(": ")[2], shell=True, capture_output=True)
    assert usable.returncode != 0
    assert not (drills(copy) / THIRD / "record.json.sig").exists()


def test_without_ssh_keygen_it_is_said_where_it_comes_from(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(PryvTuiError) as caught:
        sign_drill(settings_of(copy), THIRD, copy / "operator")
    assert caught.value.name == "program-missing"
    # The package that the project's own check installs for these tests.
    package = caught.value.remedy.rpartition(" ")[2]
    assert package in (Path(__file__).parents[2] / ".ci" / "run").read_text().split()


def test_a_drill_that_goes_on_has_nothing_to_sign_or_to_report_yet(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    played = begin(settings, Planned(exercise="scenario")).id
    for words in (["sign", played, "--key", str(tmp_path)], ["report", played]):
        found = ours(tmp_path, *words)
        assert found.exit_code == 4
        assert " drill list" in found.stderr
    assert f"{played}" in ours(tmp_path, "list").stdout
    assert f"NOTE   {played}: it has no record yet" in ours(tmp_path, "verify").stdout


def test_what_a_debrief_finds_is_signed_beside_a_record_that_stays(copy: Path) -> None:
    """Of a record that nobody has signed, of one that a timer's key has signed, and of a third
    drill, whose debrief comes too late."""
    operator, reviewer = str(copy / "operator"), str(copy / "reviewer")
    records = {drill: (drills(copy) / drill / "record.json").read_bytes() for drill in (RUN, THIRD)}
    assert ours(copy, "actions", "add", THIRD, "The disk was small").exit_code == 0
    named = ours(copy, "actions", "add", THIRD, "a1", "--owner", "Berta", "--due", "2026-09-30")
    assert named.exit_code == 0 and "It is a1 of" in named.stdout
    assert ours(copy, "actions", "add", THIRD, "It was quick", "--went-well").exit_code == 0
    # Nobody owes anything for it.
    told = [one.words for one in known_actions(settings_of(copy), done=True)]
    assert f"a2 of {THIRD}, went well: It was quick" in told
    done = ours(copy, "sign", THIRD, "--key", operator)
    assert done.exit_code == 0 and "its debrief, 2 findings" in done.stdout
    assert "No debrief" not in done.stdout and "is closed" not in done.stdout
    # Another one than who signed the record writes down what they found.
    assert ours(copy, "actions", "add", SECOND, "The key was in a drawer").exit_code == 0
    other = str(key(copy, "other"))
    assert ours(copy, "sign", SECOND, "--key", other).exit_code == 0
    assert "the debriefer signed" in refused(copy, "review", SECOND, "--key", other)
    for drill in (SECOND, THIRD):
        assert ours(copy, "review", drill, "Checks met", "--key", reviewer).exit_code == 0
        (known,) = {one["text"] for one in _debrief(copy, drill)["findings"]} - {"It was quick"}
        assert known == UNCOMPARED  # there is no set here whose accounts it could be compared with
    (mine, _well) = _debrief(copy, THIRD)["findings"]
    assert (mine["owner"], mine["due"]) == ("Berta", "2026-09-30")
    verified = ours(copy, "verify")
    assert verified.exit_code == 0, verified.output
    assert f"OK     {THIRD}: debrief.json is signed by the operator's key" in verified.stdout
    assert f"OK     {SECOND}: debrief.json is signed by the debriefer's key" in verified.stdout
    assert stock(copy) == []
    report = ours(copy, "report", THIRD).stdout
    assert "Berta, due 2026-09-30" in report and "Debriefed by" in report
    # A reviewer saw what there was: no debrief comes after that.
    assert ours(copy, "actions", "add", RUN, "Too late").exit_code == 0
    late = refused(copy, "sign", RUN, "--key", operator)
    assert "is reviewed" in late and "drill actions --all" in late
    after = ours(copy, "actions", "add", THIRD, "Later still").stdout
    assert "The debrief is signed" in after
    assert {drill: (drills(copy) / drill / "record.json").read_bytes() for drill in records} == (
        records
    )
    place = drills(copy) / THIRD
    for spoilt, said in (
        ("debrief.json", "signature of debrief.json is not good"),
        ("debrief.json.sig", "signature of debrief.json is missing"),
        ("debrief.json", "another one than the reviewer saw"),
    ):
        if "not good" in said:
            path = place / spoilt
            path.write_bytes(path.read_bytes().replace(b"Berta", b"Carla"))
        else:
            (place / spoilt).unlink()
        assert said in ours(copy, "verify", THIRD).stdout
        assert stock(copy) != []


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
            wanted = f"FAILED {drill}: {name} is missing: it was there for the record of"
            assert wanted in found.stdout
    assert any("debrief" in one or "review" in one for one in stock(copy))


def test_the_debrief_of_the_last_drill_is_missed_by_the_key_that_signed_it(copy: Path) -> None:
    ours(copy, "actions", "add", THIRD, "The disk was small")
    ours(copy, "sign", THIRD, "--key", str(copy / "operator"))
    taken_away(copy, THIRD, *DEBRIEF)
    found = ours(copy, "verify", THIRD)
    assert found.exit_code == 1
    assert "its debrief is missing: allowed_signers has the key that signed one" in found.stdout


def test_a_key_without_its_signature_is_told_and_hinders_nobody(copy: Path) -> None:
    """A machine that stopped between the two leaves it as who took a signature away does."""
    taken_away(copy, SECOND, "record.json.sig", "VERIFY.md", "report.md", "report.html")
    told = ours(copy, "verify", SECOND)
    assert told.exit_code == 0 and "has a key for a signature, and there is none" in told.stdout
    assert ours(copy, "sign", SECOND, "--key", str(copy / "operator")).exit_code == 0
    assert "and there is none" not in ours(copy, "verify", SECOND).stdout
    taken_away(copy, RUN, "review.json", "review.json.sig")
    told = ours(copy, "verify", RUN)
    assert told.exit_code == 0 and "has a key for a review, and there is none" in told.stdout


def _debrief(folder: Path, drill: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((drills(folder) / drill / "debrief.json").read_bytes())
    return found


def test_a_finding_is_given_what_was_not_said_and_nothing_else(copy: Path) -> None:
    assert ours(copy, "actions", "add", SECOND, "The disk was small", "--owner", "A").exit_code == 0
    bare = refused(copy, "actions", "add", SECOND, "a1")
    assert "--owner NAME --due" in bare
    assert f"nothing is said of the finding a1 of the drill {SECOND}" in bare
    made = ours(copy, "actions", "add", SECOND, "a1", "--due", "2026-09-30", "--json")
    told = json.loads(made.stdout)
    assert "nothing is said of the finding" not in made.output
    assert (told["text"], told["owner"], told["due"]) == ("The disk was small", "A", "2026-09-30")
    assert json.loads(ours(copy, "actions", "add", SECOND, "a9", "--json").stdout)["name"] == "a2"
    assert ours(copy, "actions", "close", SECOND, "a1", "bought").exit_code == 0
    assert "is closed" in refused(copy, "actions", "add", SECOND, "a1", "--owner", "B")


def test_who_signs_is_told_that_what_is_closed_is_no_part_of_it(copy: Path) -> None:
    assert ours(copy, "actions", "add", THIRD, "The disk was small").exit_code == 0
    assert ours(copy, "actions", "close", THIRD, "a1", "bought").exit_code == 0
    done = ours(copy, "sign", THIRD, "--key", str(copy / "operator"))
    assert done.exit_code == 0 and "nothing was found" not in done.stdout
    assert "What was found is closed, and no part of it" in done.stdout
    (told,) = known_actions(settings_of(copy), done=True)
    assert told.action.text == "The disk was small" and told.action.closed_text == "bought"


def test_nobody_stands_for_a_drill_that_was_not_named(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator, reviewer = str(copy / "operator"), str(copy / "reviewer")
    fourth = RUN.replace("02T", "05T")
    close_drill(hold(copy, run=fourth), fourth)
    which = refused(copy, "sign", "--key", operator)
    assert f"2 wait for that: {THIRD}, {fourth}" in which and f"drill sign {fourth}" in which
    # What it says is typed as it stands: with the key.
    assert f"drill sign {fourth} --key {operator}" in which
    # At a terminal the last one of them is named, and asked for.
    monkeypatch.setattr("pryv_tui.cli.drills.records.at_terminal", lambda: True)
    where = ["--state", settings_of(copy).state, "--vault", settings_of(copy).vault]

    def typed(answer: str, *words: str) -> Result:
        return CliRunner().invoke(cli, ["drill", *words, *where], input=answer)

    no = typed("n\n", "sign", "--key", operator)
    assert no.exit_code == 130 and fourth in no.output and "PASSED" in no.output
    assert "nothing was signed" in no.output
    assert not (drills(copy) / fourth / papers.SIGNATURE).exists()
    yes = typed("y\nIt was quick\n\n\n", "sign", "--key", operator)
    assert yes.exit_code == 0 and "its debrief, 1 finding" in yes.output
    assert "Review it?" in typed("y\n", "review", "--key", reviewer).output
    assert ours(copy, "verify", fourth).exit_code == 0
    # One alone waits now: it is that one.
    monkeypatch.undo()
    assert f"The record of {THIRD} is signed" in ours(copy, "sign", "--key", operator).stdout
    assert "with which key?" in refused(copy, "sign", THIRD)


@pytest.mark.parametrize(
    "words", [["ok"], ["good", "--reject"], ["--reject"], ["  fine "]], ids=" ".join
)
def test_a_review_of_one_word_says_nothing(copy: Path, words: list[str]) -> None:
    said = refused(copy, "review", SECOND, *words, "--key", str(copy / "reviewer"))
    assert "what was looked at" in said and "Say it in a sentence" in said


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
        assert f"NOT WHAT WAS {was}" in head and "As it lies there now" in head


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
