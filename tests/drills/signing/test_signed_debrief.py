"""What a debrief finds is signed beside the record, and the record stays as it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pryv_tui.cli.main import cli
from pryv_tui.drills.findings import known_actions, usual
from pryv_tui.drills.model import NEXT_OF_A_SET, Action
from pryv_tui.drills.privacy import ACCOUNT, UNCOMPARED, Names, clean_text
from pryv_tui.drills.record.signing import need_to_sign
from pryv_tui.errors import PryvTuiError
from tests.drills.held import RUN, settings_of
from tests.drills.noting.known import names_are_known
from tests.drills.signing.signed import SECOND, THIRD, copy, drills, key, made, ours, refused, stock

__all__ = ["copy", "made", "names_are_known"]


@pytest.mark.usefixtures("names_are_known")
def test_what_a_debrief_finds_is_signed_beside_a_record_that_stays(copy: Path) -> None:
    """Of a record that nobody has signed, of one that a timer's key has signed, and of a third
    drill, whose debrief comes too late."""
    operator, reviewer = str(copy / "operator"), str(copy / "reviewer")
    records = {drill: (drills(copy) / drill / "record.json").read_bytes() for drill in (RUN, THIRD)}
    assert ours(copy, "actions", "add", THIRD, "The disk was small").exit_code == 0
    named = ours(copy, "actions", "add", THIRD, "a1", "--owner", "Berta", "--due", "2026-09-30")
    assert named.exit_code == 0 and f"Changed: a1 of {THIRD}, Berta" in named.stdout
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
        assert known in ("The disk was small", "The key was in a drawer")
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
    assert "is already reviewed" in late and "drill actions --all" in late
    after = ours(copy, "actions", "add", THIRD, "Later still").stdout
    assert "The debrief is already signed, without this finding" in after
    assert {drill: (drills(copy) / drill / "record.json").read_bytes() for drill in records} == (
        records
    )
    place = drills(copy) / THIRD
    for spoilt, said in (
        ("debrief.json", "signature of debrief.json is not good"),
        ("debrief.json.sig", "signature of debrief.json is missing"),
        ("debrief.json", "not the one that the reviewer saw"),
    ):
        if "not good" in said:
            path = place / spoilt
            path.write_bytes(path.read_bytes().replace(b"Berta", b"Carla"))
        else:
            (place / spoilt).unlink()
        assert said in ours(copy, "verify", THIRD).stdout
        assert stock(copy) != []


def _debrief(folder: Path, drill: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((drills(folder) / drill / "debrief.json").read_bytes())
    return found


@pytest.mark.usefixtures("names_are_known")
def test_a_finding_is_given_what_was_not_said_and_nothing_else(copy: Path) -> None:
    assert ours(copy, "actions", "add", SECOND, "The disk was small", "--owner", "A").exit_code == 0
    bare = refused(copy, "actions", "add", SECOND, "a1")
    assert "--owner NAME --due" in bare
    assert f"nothing was given to change in the finding a1 of the drill {SECOND}" in bare
    made = ours(copy, "actions", "add", SECOND, "a1", "--due", "2026-09-30", "--json")
    told = json.loads(made.stdout)
    assert "nothing was given to change" not in made.output
    assert (told["text"], told["owner"], told["due"]) == ("The disk was small", "A", "2026-09-30")
    for wrong in (["a9"], ["a9", "--owner", "B"], ["a12", "--went-well"]):
        # A wrong number is no finding called so: nobody would mend what is called "a9".
        said = refused(copy, "actions", "add", SECOND, *wrong)
        assert f"has no finding {wrong[0]!r}" in said and said.endswith(" drill actions --all\n")
    assert [one.action.name for one in known_actions(settings_of(copy), done=True)] == ["a1"]
    assert ours(copy, "actions", "close", SECOND, "a1", "bought").exit_code == 0
    assert "is closed" in refused(copy, "actions", "add", SECOND, "a1", "--owner", "B")


@pytest.mark.usefixtures("names_are_known")
def test_the_answer_says_what_was_done_with_which_finding(copy: Path) -> None:
    def said(*words: str) -> list[str]:
        done = ours(copy, "actions", *words)
        assert done.exit_code == 0, done.output
        return done.stdout.splitlines()

    # A day in the past: the answer says that it is over, as the list does.
    added = said("add", SECOND, "The disk was small", "--due", "2026-01-31")
    assert added == [
        f"Written down: a1 of {SECOND}, no owner, due 2026-01-31, which is over: The disk was small"
    ]
    changed = said("add", SECOND, "a1", "--owner", "ops")
    assert changed == [
        f"Changed: a1 of {SECOND}, ops, due 2026-01-31, which is over: The disk was small"
    ]
    assert said("add", SECOND, "It was quick", "--went-well") == [
        f"Written down: a2 of {SECOND}, went well: It was quick"
    ]
    assert said("close", SECOND, "a1", "a", "larger", "one", "is", "in") == [
        f"Closed: a1 of {SECOND}, ops, due 2026-01-31: The disk was small",
        "  What was done: a larger one is in",
    ]
    said("add", SECOND, "Nobody had the key")
    assert said("close", SECOND, "a3") == [
        f"Closed: a3 of {SECOND}, no owner, no due day: Nobody had the key",
        "  What was done is not on record.",
    ]
    again = refused(copy, "actions", "close", SECOND, "a1")
    assert "is closed" in again and "The disk was small" not in again


@pytest.mark.usefixtures("names_are_known")
@pytest.mark.parametrize("closed", [True, False])
def test_who_signs_is_told_that_what_is_closed_is_no_part_of_it(copy: Path, closed: bool) -> None:
    if closed:
        assert ours(copy, "actions", "add", THIRD, "The disk was small").exit_code == 0
        assert ours(copy, "actions", "close", THIRD, "a1", "bought").exit_code == 0
    done = ours(copy, "sign", THIRD, "--key", str(copy / "operator"))
    assert done.exit_code == 0 and ("nothing was found" not in done.stdout) is closed
    since = "What was written about findings after the record was made was not signed"
    assert (since in done.stdout) is closed
    found = [one.action for one in known_actions(settings_of(copy), done=True)]
    kept = [(one.text, one.closed_text) for one in found]
    assert kept == ([("The disk was small", "bought")] if closed else [])


@pytest.mark.usefixtures("names_are_known")
@pytest.mark.parametrize("good", [True, False])
@pytest.mark.parametrize("anew", [True, False])
def test_what_comes_after_a_signed_debrief_is_told_apart_and_where_it_stands(
    copy: Path, anew: bool, good: bool
) -> None:
    """A finding that is changed is in the signed debrief, as it was; what went well is not in the
    list of what is to be done."""
    assert ours(copy, "actions", "add", THIRD, "The disk was small").exit_code == 0
    assert ours(copy, "sign", THIRD, "--key", str(copy / "operator")).exit_code == 0
    assert _debrief(copy, THIRD)["findings"][0]["name"] == "a1"
    words = ["It was quick" if anew else "a1", *(["--went-well"] if good else ["--owner", "B"])]
    after = ours(copy, "actions", "add", THIRD, *words)
    assert after.exit_code == 0
    assert ("without this finding" in after.stdout) is anew
    assert ("without what was changed of it now" in after.stdout) is not anew
    command = ["--all"] if after.stdout.strip().endswith("drill actions --all") else []
    assert after.stdout.strip().endswith(" ".join(["drill actions", *command]))
    listed = known_actions(settings_of(copy), done=bool(command))
    assert ("a2" if anew else "a1") in [one.action.name for one in listed]


@pytest.mark.usefixtures("names_are_known")
@pytest.mark.parametrize("how", ["to be done", "went well", "done by now", "seen by the reviewer"])
def test_what_no_reviewer_saw_stays_among_the_findings(copy: Path, how: str) -> None:
    drill = SECOND if how == "seen by the reviewer" else RUN
    well = ["--went-well"] if how == "went well" else []
    assert ours(copy, "actions", "add", drill, "The disk was small", *well).exit_code == 0
    if how == "done by now":
        assert ours(copy, "actions", "close", drill, "a1", "bought").exit_code == 0
    if how == "seen by the reviewer":
        assert ours(copy, "sign", drill, "--key", str(copy / "operator")).exit_code == 0
        done = ours(copy, "review", drill, "Checks met", "--key", str(copy / "reviewer"))
        assert done.exit_code == 0
    told = refused(copy, "sign", drill, "--key", str(copy / "operator"))
    with pytest.raises(PryvTuiError) as before_it_is_asked:
        need_to_sign(settings_of(copy), drill)
    stays = "kept without a signature. To see them: pryv-tui drill actions --all"
    unseen = how in ("to be done", "went well")
    assert (stays in before_it_is_asked.value.remedy) is unseen
    assert ("drill actions --all" in told and "the reviewer did not see them" in told) is unseen
    assert ("is already signed" in told) is (not unseen)
    # Of what went well nothing is to be done, and it is there.
    assert [one.text for one in _found(copy)] == ["The disk was small"]
    open_ones = known_actions(settings_of(copy))
    assert bool(open_ones) is (how in ("to be done", "seen by the reviewer"))


@pytest.mark.parametrize(
    "words", [["ok"], ["good", "--reject"], ["--reject"], ["  fine "]], ids=" ".join
)
def test_a_review_of_one_word_says_nothing(copy: Path, words: list[str]) -> None:
    said = refused(copy, "review", SECOND, *words, "--key", str(copy / "reviewer"))
    assert "what was looked at" in said and "write a sentence" in said


def test_words_of_ours_stay_where_no_name_could_be_compared(copy: Path) -> None:
    """There is no set here; what somebody typed is left out, what stood in the field is not."""
    for retest in (NEXT_OF_A_SET, "when Berta is back"):
        typed = ["actions", "add", THIRD, "It was slow", "--owner", "Berta"]
        assert ours(copy, *typed, "--retest", retest).exit_code == 0
    assert ours(copy, "sign", THIRD, "--key", str(copy / "operator")).exit_code == 0
    found = _debrief(copy, THIRD)["findings"]
    assert [one["text"] for one in found] == [UNCOMPARED] * 2
    assert [one.get("retest", "") for one in found] == [NEXT_OF_A_SET, UNCOMPARED]
    assert f"retested by {NEXT_OF_A_SET}" in " ".join(ours(copy, "report", THIRD).stdout.split())


@pytest.mark.parametrize("name", ["set", "next", "drill"])
def test_nor_are_they_compared_with_names(name: str) -> None:
    assert clean_text(NEXT_OF_A_SET, Names([name])) == (NEXT_OF_A_SET, 0)
    assert clean_text(f"see the {name}", Names([name])) == (f"see the {ACCOUNT}", 1)


def _found(folder: Path) -> list[Action]:
    return [one.action for one in known_actions(settings_of(folder), done=True)]


@pytest.fixture
def at_terminal(copy: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setattr("pryv_tui.cli.drills.records.at_terminal", lambda: True)
    of = settings_of(copy)

    def typed(answers: Sequence[str], *words: str) -> Result:
        where = ["--state", of.state, "--vault", of.vault, "--key", str(copy / "operator")]
        given = "".join(f"{one}\n" for one in answers)
        return CliRunner().invoke(cli, ["drill", *words, *where], input=given)

    return typed


@pytest.mark.usefixtures("names_are_known")
def test_who_signs_at_a_terminal_is_asked_who_mends_it_as_the_interface_asks(
    copy: Path, at_terminal: Callable[..., Result]
) -> None:
    meant = usual()
    done = at_terminal(
        ["It was quick", "", "The disk was small", "berta", "2020-01-01", "2999-01-31",
         "core-lost", "Nobody was told", "", "", "", ""],
        "sign", THIRD,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    # A day that is over is asked for once more, and Enter takes what stands there.
    assert "the day 2020-01-01 is in the past" in done.output and f"[{meant.due}]" in done.output
    # As many were signed; what the paper has of their texts can't be compared with names here.
    assert len(_debrief(copy, THIRD)["findings"]) == 3
    told = [(one.text, one.owner, one.due, one.retest) for one in _found(copy)]
    assert told == [
        ("It was quick", "", "", ""),
        ("The disk was small", "berta", "2999-01-31", "core-lost"),
        ("Nobody was told", *meant),
    ]


@pytest.mark.usefixtures("names_are_known")
@pytest.mark.parametrize("good", [True, False])
def test_what_can_be_no_finding_is_asked_for_again_and_the_rest_is_signed(
    copy: Path, at_terminal: Callable[..., Result], good: bool
) -> None:
    answers = ["It was quick", "a7", "", ""] if good else ["It was quick", "", "a7", "", "", "", ""]
    done = at_terminal(answers, "sign", THIRD)
    assert done.exit_code == 0, done.output
    assert "has no finding 'a7'. To see the findings: pryv-tui" in done.output
    assert [one.text for one in _found(copy)] == ["It was quick"]
    assert len(_debrief(copy, THIRD)["findings"]) == 1


@pytest.mark.usefixtures("names_are_known")
def test_of_what_was_found_before_only_what_nobody_has_said_is_asked(
    copy: Path, at_terminal: Callable[..., Result]
) -> None:
    for words in (
        ("The disk was small", "--owner", "berta"),
        ("All is said", "--owner", "c", "--due", "2999-01-01", "--retest", "core-lost"),
        ("It was quick", "--went-well"),
    ):
        assert ours(copy, "actions", "add", THIRD, *words).exit_code == 0
    done = at_terminal(["", "2999-02-01", "next month's"], "sign", THIRD)
    assert done.exit_code == 0, done.output
    assert "a1, to be fixed: The disk was small" in done.output
    assert "What went well?" not in done.output and "a2," not in done.output
    one, two, three = _found(copy)
    assert (one.owner, one.due, one.retest) == ("berta", "2999-02-01", "next month's")
    assert (two.owner, two.due, three.owner) == ("c", "2999-01-01", "")
    assert _debrief(copy, THIRD)["findings"][0]["due"] == "2999-02-01"


@pytest.mark.usefixtures("names_are_known")
@pytest.mark.parametrize(
    ("answers", "kept"),
    [
        ([], []),
        (["It was quick"], ["It was quick"]),
        (["It was quick", ""], ["It was quick"]),
        (["", "The disk was small"], ["The disk was small"]),
        (["", "The disk was small", "berta"], ["The disk was small"]),
        (["", "The disk was small", "berta", "2999-01-31"], ["The disk was small"]),
    ],
)
def test_who_leaves_at_a_question_signs_nothing(
    copy: Path, at_terminal: Callable[..., Result], answers: list[str], kept: list[str]
) -> None:
    """What is left unanswered by Ctrl+C, or by a terminal that is gone, is no "nothing more"."""
    before = {path.name for path in (drills(copy) / THIRD).iterdir()}
    done = at_terminal(answers, "sign", THIRD)
    assert done.exit_code == 130, done.output
    assert f"nothing of the drill {THIRD} was signed" in done.stderr
    assert ("the answers given until then are kept" in done.stderr) is bool(kept)
    assert f"drill sign {THIRD} --key" in done.stderr
    assert {path.name for path in (drills(copy) / THIRD).iterdir()} == before
    assert [one.text for one in _found(copy)] == kept
    # The way out that is named leads out.
    again = at_terminal(["", "", ""] if not kept else [""] * 6, "sign", THIRD)
    assert again.exit_code == 0, again.output


@pytest.mark.usefixtures("names_are_known")
def test_nor_does_who_leaves_where_it_is_asked_what_nobody_has_said(
    copy: Path, at_terminal: Callable[..., Result]
) -> None:
    for text in ("One", "Two"):
        assert ours(copy, "actions", "add", THIRD, text).exit_code == 0
    done = at_terminal(["berta", "2999-02-01", "core-lost", "anna"], "sign", THIRD)
    assert done.exit_code == 130 and "the answers given until then are kept" in done.stderr
    assert [one.owner for one in _found(copy)] == ["berta", ""]
    assert not (drills(copy) / THIRD / "record.json.sig").exists()


@pytest.mark.parametrize("act", ["sign", "review"])
def test_who_leaves_at_which_drill_it_is_signs_nothing(
    copy: Path, at_terminal: Callable[..., Result], act: str
) -> None:
    done = at_terminal([], act)
    assert done.exit_code == 130, done.output
    assert "nothing was signed" in done.stderr


def test_nobody_is_asked_for_what_would_be_refused(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pryv_tui.cli.drills.records.at_terminal", lambda: True)
    for words in (
        ("sign", THIRD, "--key", str(copy / "gone")),
        ("sign", "--key", str(copy / "gone")),
        ("review", SECOND, "All checks were met", "--key", str(copy / "gone")),
        ("review", "--key", str(copy / "gone")),
    ):
        said = refused(copy, *words)
        assert "is not there" in said and "it?" not in said
    assert "is already signed" in refused(copy, "sign", RUN, "--key", str(copy / "operator"))


def test_where_there_is_no_terminal_nothing_is_asked(copy: Path) -> None:
    assert ours(copy, "actions", "add", THIRD, "The disk was small").exit_code == 0
    done = ours(copy, "sign", THIRD, "--key", str(copy / "operator"))
    assert done.exit_code == 0 and "Who fixes it" not in done.output
    (one,) = _debrief(copy, THIRD)["findings"]
    assert (one["owner"], one["due"], one["retest"]) == ("", "", "")
