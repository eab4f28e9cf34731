"""Records are signed, countersigned and verified: by this program and by the stock commands, which
agree on each way in which a record can be spoilt."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pryv_tui.cli.main import cli
from pryv_tui.drills.cadence import attention, cadence
from pryv_tui.drills.files import begin
from pryv_tui.drills.record.closing import close_drill
from pryv_tui.drills.record.signing import review_drill, sign_drill
from pryv_tui.drills.signing import papers
from pryv_tui.drills.signing.ssh import read_signature, sign
from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents.events import Planned
from tests.drills.held import RUN, hold, settings_of
from tests.drills.signing.signed import SECOND, THIRD, copy, drills, key, made, ours, refused, stock

__all__ = ["copy", "made"]


def test_good_records_are_accepted_and_say_what_they_lack(copy: Path) -> None:
    assert stock(copy) == []
    found = ours(copy, "verify")
    assert found.exit_code == 0, found.output
    assert "signatures, reviews and pages are as they were written" in found.stdout
    assert "except for what a NOTE above names." in found.stdout
    # Where nothing is noted no note is spoken of.
    first = ours(copy, "verify", RUN).stdout
    assert "NOTE" not in first and first.endswith("when its record was made.\n")
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


def test_who_may_not_sign_or_review_is_told_what_to_do(copy: Path) -> None:
    operator, reviewer = str(copy / "operator"), str(copy / "reviewer")
    assert "nobody has signed" in refused(copy, "review", THIRD, "--key", reviewer)
    assert "is already signed" in refused(copy, "sign", RUN, "--key", operator)
    assert "is already reviewed" in refused(copy, "review", RUN, "--key", reviewer)
    assert "is not there" in refused(copy, "sign", THIRD, "--key", str(copy / "none"))
    own = refused(copy, "review", SECOND, "--key", operator)
    assert "the key with which the operator signed" in own
    # What is written in the place of the drill is no drill: the words stay, and the order is told.
    for words in ("looks fine", "it's well"):
        told = refused(copy, "review", words, "--key", reviewer)
        assert "name the drill first" in told and " drill review latest " in told
    # As each of them says: the operator signs, then another key reviews.
    signed = ours(copy, "sign", THIRD, "--key", operator)
    assert f" drill review {THIRD} --key KEY" in signed.stdout
    done = ours(copy, "review", THIRD, "no", "good", "--key", reviewer, "--reject")
    assert done.exit_code == 0
    # There is no set here whose accounts it could be compared with.
    assert "What people wrote is left out, since" in done.stdout
    assert ours(copy, "verify").exit_code == 0
    assert stock(copy) == []
    report = ours(copy, "report", THIRD).stdout
    assert "rejected by" in report


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
    assert caught.value.remedy.startswith("See if the key can be used: ssh-keygen -y -f ")
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
    assert package in (Path(__file__).parents[3] / ".ci" / "run").read_text().split()


def test_a_drill_that_goes_on_has_nothing_to_sign_or_to_report_yet(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    played = begin(settings, Planned(exercise="scenario")).id
    for words in (["sign", played, "--key", str(tmp_path)], ["report", played]):
        found = ours(tmp_path, *words)
        assert found.exit_code == 4
        assert " drill list" in found.stderr
    assert f"{played}" in ours(tmp_path, "list").stdout
    assert f"NOTE   {played}: it has no record yet" in ours(tmp_path, "verify").stdout


def test_nobody_stands_for_a_drill_that_was_not_named(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator, reviewer = str(copy / "operator"), str(copy / "reviewer")
    fourth = RUN.replace("02T", "05T")
    close_drill(hold(copy, run=fourth), fourth)
    which = refused(copy, "sign", "--key", operator)
    assert (
        f"2 are waiting for drill sign: {THIRD}, {fourth}" in which
        and f"drill sign {fourth}" in which
    )
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
