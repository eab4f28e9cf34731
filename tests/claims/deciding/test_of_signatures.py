"""What is said of what signatures prove, and on what a drill was held: where it is so, and where it
is not."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from pryv_tui.drills.playing.drill import Drill, Mode, begin
from pryv_tui.drills.record.closing import close_drill
from pryv_tui.drills.report.writing import in_text
from pryv_tui.drills.signing import papers
from pryv_tui.drills.signing.checking import signatures_of
from pryv_tui.drills.signing.ssh import read_signature, sign
from pryv_tui.drills.signing.verify_page import page
from pryv_tui.drills.story.state import Effect
from pryv_tui.drills.story.turns import not_executed
from pryv_tui.incidents.events import FactFound, Planned
from pryv_tui.runs.record.events import AnyEvent
from tests.drills.held import RUN, hold
from tests.drills.kit import WORDS_ALONE, write
from tests.drills.play import play, settings_in
from tests.drills.signing.signed import SECOND, THIRD, copy, drills, key, made, ours, stock
from tests.drills.signing.test_spoilt_records import DEBRIEF, taken_away

__all__ = ["copy", "made"]


def in_words(folder: Path, mode: Mode) -> Drill:
    """A story of which nothing happens on a platform."""
    write(folder / "own", WORDS_ALONE)
    settings = msgspec.structs.replace(settings_in(folder), scenarios=str(folder / "own"))
    return begin(settings, "small", mode=mode)


@pytest.mark.parametrize("exercise", ["sandbox", "scenario", "walk-through"])
@pytest.mark.parametrize("practice", [True, False])
def test_that_no_real_platform_was_in_it_is_said_of_no_drill_of_one(
    tmp_path: Path, exercise: str, practice: bool
) -> None:
    """A story is told in words alone, or on a practice platform: never on a real one."""
    events: list[AnyEvent] | None = None if exercise == "sandbox" else []
    planned = Planned(exercise=exercise)  # type: ignore[arg-type]
    filed = close_drill(hold(tmp_path, events=events, planned=planned, practice=practice), RUN)
    said = "SIMULATED: no real platform was part of this drill. It proves nothing of one."
    real = not practice and exercise != "scenario"
    assert (filed.record.simulated == said) is not real
    assert (filed.record.simulated == "") is real
    for text in (
        page(filed.record, signed=False, reviewed=False, stamped=False),
        in_text(filed.record, signatures_of(filed.folder), ()),
    ):
        assert ("It proves nothing of one" in text) is not real


def test_that_a_drill_was_held_on_a_practice_platform_is_not_said_of_one_in_words(
    tmp_path: Path,
) -> None:
    drill = in_words(tmp_path, "scenario")
    assert not drill.has_a_platform
    told = in_text(drill.close("enough").record, signatures_of(drill.folder), ())
    assert "no real platform was part of this drill" in told
    assert "held on a practice platform" not in told


@pytest.mark.parametrize("mode", ["scenario", "walk-through"])
def test_that_nothing_was_executed_is_why_a_check_was_not_made_in_a_walk_through_alone(
    tmp_path: Path, mode: Mode
) -> None:
    said = "the drill was walked through, and nothing was executed"
    drill = in_words(tmp_path, mode)
    assert play(drill, ("look.status", "act.restore")).over
    found = [one.check for one in drill.page().events if isinstance(one, FactFound)]
    checks = [one for one in found if one is not None]
    assert checks
    for one in checks:
        assert (one.why == said) is (one.state == "not checked") is (mode == "walk-through")
    # What is no check of the end is none that was left out.
    for final in (True, False):
        told = not_executed(Effect(check="whole", final=final))
        assert (said in repr(told)) is final


# --- what VERIFY.md does not prove ----------------------------------------------------------------


@pytest.mark.parametrize("drill", [RUN, THIRD])
def test_who_can_write_here_replaces_all_and_what_was_signed_is_not_made_again(
    copy: Path, drill: str
) -> None:
    folder = drills(copy) / drill
    told = (folder / "VERIFY.md").read_text()
    signed = drill == RUN
    assert "Whoever can write here can replace all of it, `../records.sha256` too." in told
    assert ("What was signed can't be made again without the keys" in told) is signed
    for path in (folder / "record.json", folder / "report.html"):
        path.write_bytes(path.read_bytes().replace(b"1200", b"1201"))
    papers.enlist(folder, "record.json", "report.html")

    def noticed() -> list[str]:
        return [one for one in stock(copy) if one.startswith(drill) and "previous_" not in one]

    # Of what nobody signed no command notices it.
    assert (noticed() == []) is not signed
    if signed:
        made = sign(
            (folder / "record.json").read_bytes(), key(copy, "stranger"), papers.RECORD_SPACE
        )
        (folder / "record.json.sig").write_bytes(made)
        assert any("-I operator" in one for one in noticed())
        mine = (folder / "allowed_signers").read_text()
        papers.allow(
            folder, papers.OPERATOR, papers.RECORD_SPACE, read_signature(made), "record.json.sig"
        )
        assert not any("-I operator" in one for one in noticed()), "with other keys, it is another"
        assert (folder / "allowed_signers").read_text() != mine


@pytest.mark.parametrize("recorded_since", [True, False])
def test_that_nothing_was_taken_away_is_proven_by_a_record_that_was_made_after_it(
    copy: Path, recorded_since: bool
) -> None:
    said = "That nothing was removed here since the newest drill was recorded"
    assert said in (drills(copy) / SECOND / "VERIFY.md").read_text()
    fourth = RUN.replace("02T", "05T")
    if recorded_since:
        close_drill(hold(copy, run=fourth), fourth)
    taken_away(copy, SECOND, "record.json.sig", "allowed_signers", "VERIFY.md")
    found = ours(copy, "verify")
    missed = f"{SECOND}: record.json.sig is missing, but existed when the record of {fourth}"
    assert (missed in found.stdout) is recorded_since
    assert (found.exit_code == 0) is (stock(copy) == []) is not recorded_since


def test_a_review_misses_the_debrief_that_it_saw(copy: Path) -> None:
    said = "A review also names its debrief"
    ours(copy, "actions", "add", THIRD, "The disk was small")
    ours(copy, "sign", THIRD, "--key", str(copy / "operator"))
    seen = ours(copy, "review", THIRD, "Checks met", "--key", str(copy / "reviewer"))
    assert seen.exit_code == 0, seen.output
    assert said in (drills(copy) / THIRD / "VERIFY.md").read_text()
    missed = "the debrief is not the one that the reviewer saw"
    for gone in (False, True):
        if gone:
            taken_away(copy, THIRD, *DEBRIEF)
        assert (missed in ours(copy, "verify", THIRD).stdout) is gone


@pytest.mark.parametrize("has", ["neither", "both", "a key alone"])
@pytest.mark.parametrize("of", ["signature", "review"])
def test_a_key_without_a_signature_is_told_where_there_is_one(
    copy: Path, has: str, of: str
) -> None:
    drill = {"neither": SECOND if of == "review" else THIRD}.get(has, RUN)
    if has == "a key alone":
        gone = {"signature": ("record.json.sig",), "review": ("review.json", "review.json.sig")}
        taken_away(copy, drill, *gone[of])
    said = f"allowed_signers has a key for a {of}, but there is none: it was removed, or not"
    assert (said in ours(copy, "verify", drill).stdout) is (has == "a key alone")
