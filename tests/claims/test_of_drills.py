"""What is said of drills where it could not be looked at, or is otherwise: not all, not nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from pryv_tui.cli.main import cli
from pryv_tui.drills.cadence import attention, cadence
from pryv_tui.drills.files import begin
from pryv_tui.drills.record.closing import close_drill
from pryv_tui.drills.record.signing import review_drill, sign_drill
from pryv_tui.drills.report.writing import in_text
from pryv_tui.drills.signing.checking import signatures_of
from pryv_tui.incidents.events import Planned
from pryv_tui.operations.drilling.facts import Disposal, DrillFact, Erased
from pryv_tui.operations.drilling.probing import nothing_live
from pryv_tui.practice.platform import PracticePlatform
from tests.drills.held import RUN, facts, hold, run_events, settings_of
from tests.drills.signing.signed import key

Facts = list[tuple[float, DrillFact]]
NOT_READABLE = "can't be read"


def ours(folder: Path, *words: str) -> Result:
    of = settings_of(folder)
    return CliRunner().invoke(cli, ["drill", *words, "--state", of.state, "--vault", of.vault])


def journal(folder: Path, run: str = RUN) -> Path:
    return Path(settings_of(folder).state) / "drills" / run / "journal.jsonl"


def test_no_record_is_not_said_of_a_folder_that_can_not_be_read(tmp_path: Path) -> None:
    assert "There is no record of a drill in this state folder" in ours(tmp_path, "verify").stdout
    assert "No drill is known here" in ours(tmp_path, "list").stdout
    place = Path(settings_of(tmp_path).state) / "drills"
    shutil.rmtree(place, ignore_errors=True)
    place.parent.mkdir(mode=0o700, exist_ok=True)
    place.write_text("no folder")
    for command in ("verify", "list"):
        told = ours(tmp_path, command)
        assert told.exit_code == 1 and NOT_READABLE in told.stderr
        assert "There is no record of a drill in" not in told.output
        assert "No drill is known here" not in told.output


def test_of_a_drill_without_a_record_nothing_is_said_to_be_what_was_written(tmp_path: Path) -> None:
    settings = hold(tmp_path)
    close_drill(settings, RUN)
    said = ours(tmp_path, "verify").stdout
    assert (
        "are as they were written, and so is each journal up to the moment when its record was made"
    ) in said
    played = begin(settings, Planned(exercise="scenario")).id
    open_one = ours(tmp_path, "verify", played)
    assert open_one.exit_code == 0 and "it has no record yet" in open_one.stdout
    assert "are as they were written" not in open_one.stdout
    assert "It has no record: nothing was verified" in open_one.stdout
    assert "nothing was verified" not in ours(tmp_path, "verify").stdout
    assert "are as they were written" in ours(tmp_path, "verify").stdout


def test_where_drills_are_open_alone_no_record_is_said_to_be_what_was_written(
    tmp_path: Path,
) -> None:
    settings = settings_of(tmp_path)
    begin(settings, Planned(exercise="scenario"))
    said = ours(tmp_path, "verify").stdout
    assert "are as they were written" not in said and "nothing was verified" in said


@pytest.mark.parametrize("how", ["as it is", "spoilt", "rejected"])
def test_none_has_passed_is_not_said_where_one_did_or_may_have(tmp_path: Path, how: str) -> None:
    settings = msgspec.structs.replace(hold(tmp_path), drill_every=1.0)
    close_drill(settings, RUN)
    if how == "spoilt":
        path = journal(tmp_path).with_name("record.json")
        path.write_bytes(path.read_bytes().replace(b'"passed"', b'"pasSed"'))
    if how == "rejected":
        sign_drill(settings, RUN, key(tmp_path, "operator"))
        review_drill(settings, RUN, key(tmp_path, "other"), verdict="rejected", text="too little")
    told = " ".join(one.text for one in attention(cadence(settings)))
    assert "A drill is overdue" in told and "none has passed yet" not in told
    assert ("none that counts is on record here" in told) is (how != "as it is")
    assert ("the last one that counts passed" in told) is (how == "as it is")
    assert ("unreadable records are not counted" in told) is (how == "spoilt")


@pytest.mark.parametrize("how", ["a line", "all of it"])
def test_no_finding_is_not_said_where_what_was_found_can_not_be_read(
    tmp_path: Path, how: str
) -> None:
    PracticePlatform.create(tmp_path / "p", users=1, attachments=0)
    settings = hold(tmp_path, practice=True)
    close_drill(settings, RUN)
    here = ["--practice", str(tmp_path / "p"), "--state", settings.state]
    said = CliRunner().invoke(cli, ["drill", "actions", *here]).stdout
    assert "No finding of a debrief is open here" in said
    place = journal(tmp_path)
    if how == "a line":
        with place.open("ab") as file:
            file.write(b'{"event": "finding_noted", "nam\n')
    else:
        place.rename(place.with_name("elsewhere"))
        place.symlink_to("elsewhere")
    listed = CliRunner().invoke(cli, ["drill", "actions", *here])
    assert "No finding of a debrief is open" not in listed.stdout
    assert RUN in listed.output and NOT_READABLE in listed.output
    told = " ".join(one.text for one in attention(cadence(settings)))
    assert f"Findings of the drill {RUN} may be missing" in told
    assert "some of its findings may be missing" in ours(tmp_path, "verify", RUN).stdout
    if how == "a line":
        done = ours(tmp_path, "sign", RUN, "--key", str(key(tmp_path, "operator")))
        assert done.exit_code == 0, done.output
        assert "nothing was found" not in done.stdout and NOT_READABLE in done.stdout


def test_no_debrief_is_said_where_nobody_found_anything_and_not_where_one_did(
    tmp_path: Path,
) -> None:
    close_drill(hold(tmp_path), RUN)
    mine = str(key(tmp_path, "operator"))
    said = ours(tmp_path, "sign", RUN, "--key", mine).stdout
    assert ("No debrief was signed with it: nothing was found, or nobody has recorded it") in said
    other = RUN.replace("02T", "03T")
    close_drill(hold(tmp_path, run=other), other)
    assert ours(tmp_path, "actions", "add", other, "The disk was small").exit_code == 0
    done = ours(tmp_path, "sign", other, "--key", mine)
    assert done.exit_code == 0 and "nothing was found" not in done.stdout


def test_all_of_a_sandbox_is_gone_only_where_all_of_it_was_seen_to_go(tmp_path: Path) -> None:
    def said(folder: Path, told: Facts, *, ended: bool) -> str:
        settings = hold(folder, events=run_events(told, ended=ended))
        filed = close_drill(settings, RUN)
        return in_text(filed.record, signatures_of(filed.folder), ())

    every = facts()
    assert "all of it is gone" in said(tmp_path / "whole", every, ended=True)
    # It died when the first container was gone, and somebody removed its note by hand.
    half = [one for one in every if not isinstance(one[1], Disposal) or one[1].what != "/d"]
    (tmp_path / "half").mkdir()
    died = said(tmp_path / "half", half, ended=False)
    assert "all of it is gone" not in died and "NOT known" in died


def test_no_live_container_is_not_said_of_containers_without_an_address() -> None:
    told = nothing_live(2)
    assert "there is none" not in told.answer and "no live container" not in told.target
    assert told.answer == "none of 2 has an address that could be tried"
    assert nothing_live(0).answer == "there is none that could be reached"


@pytest.mark.parametrize("count", [0, 2, None])
def test_each_account_name_is_there_only_where_both_were_asked(
    tmp_path: Path, count: int | None
) -> None:
    told = [
        (at, Erased(count=count, role="core", why="it is away") if isinstance(one, Erased) else one)
        for at, one in facts()
    ]
    filed = close_drill(hold(tmp_path, events=run_events(told)), RUN)
    said = in_text(filed.record, signatures_of(filed.folder), ())
    every = "when the live platform was checked, it had each account name of the set"
    assert (every in said) is (count == 0)
    assert ("It is not known how many" in said) is (count is None)
