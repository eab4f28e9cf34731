"""What was typed is still there when a page or a question was left and is come back to."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input, RadioSet

from pryv_tui.operations.settings.resolve import Settings, resolve_settings
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.tui.base.confirm import TypeToConfirm
from pryv_tui.tui.base.wizard import Wizard
from tests.helpers import copied
from tests.journeys.performing import perform
from tests.tui.driving import Operator, opened
from tests.tui.screens.test_interface_restore import DOMAIN, to_confirmation


def typed(operator: Operator, name: str) -> str:
    return operator.app.screen.query_one(f"#{name}", Input).value


def wizard(operator: Operator) -> Wizard:
    page = operator.page
    assert isinstance(page, Wizard)
    return page


async def at(operator: Operator, page: str) -> None:
    await operator.until(lambda: wizard(operator).page == page, page)


async def back_and_forth(operator: Operator, onward: str) -> None:
    """To the page before by its button, as Tab and Enter reach it, and on again."""
    here = wizard(operator).page
    operator.page.query_one("#back").focus()
    await operator.keys("enter")
    await operator.until(lambda: wizard(operator).page != here, "the page before")
    await operator.until(lambda: wizard(operator).may_turn(), "the way on")
    await operator.keys(onward)
    await at(operator, here)


async def test_a_word_that_is_typed_stays_on_the_page_of_a_restore(with_set: Settings) -> None:
    async with opened(with_set) as operator:
        await to_confirmation(operator)
        await operator.type(DOMAIN[:9])
        # Tab leads to what does no harm, and Enter there to the page before.
        await operator.keys("tab")
        assert operator.focused == "back"
        await operator.keys("enter")
        await at(operator, "steps")
        await operator.keys("n")
        await at(operator, "confirm")
        assert typed(operator, "word") == DOMAIN[:9]
        # As far back as it goes, over each page.
        while wizard(operator).at:
            await operator.keys("escape")
        for page, key in (("which", "enter"), ("checks", "n"), ("steps", "n"), ("confirm", "n")):
            await operator.until(lambda: wizard(operator).may_turn(), "the way on")
            await operator.keys(key)
            await at(operator, page)
        assert typed(operator, "word") == DOMAIN[:9]


async def test_where_the_plan_changed_the_word_is_asked_for_again_and_that_is_said(
    tmp_path: Path,
) -> None:
    copied.with_set(tmp_path / "p", form="cluster")
    settings = resolve_settings(practice=str(tmp_path / "p"), environment={})
    async with opened(settings) as operator:
        await operator.keys("r")
        await operator.sees("✓ complete")
        await operator.keys("enter")
        await operator.until(lambda: operator.focused == "role-0", "the roles")
        await operator.keys("space")
        for page in ("checks", "steps", "confirm"):
            await operator.until(lambda: wizard(operator).may_turn(), "the way on")
            await operator.keys("n")
            await at(operator, page)
        await operator.type(DOMAIN)
        await operator.sees("✓ it matches")
        await operator.keys("escape", "escape", "escape")
        await at(operator, "which")
        operator.page.query_one("#role-1").focus()
        await operator.keys("space")
        for page in ("checks", "steps", "confirm"):
            await operator.until(lambda: wizard(operator).may_turn(), "the way on")
            await operator.keys("n")
            await at(operator, page)
        assert typed(operator, "word") == ""
        await operator.sees(f"the plan has changed since: type {DOMAIN} again")
        assert operator.page.query_one("#go").disabled
        await operator.type(DOMAIN)
        await operator.sees("✓ it matches")
        await back_and_forth(operator, "n")
        assert typed(operator, "word") == DOMAIN
        await operator.sees("✓ it matches")


async def test_a_backup_s_pages_keep_what_was_typed_and_chosen(settings: Settings) -> None:
    async with opened(settings) as operator:
        for _ in range(2):
            await operator.keys("b")
            await operator.until(lambda: operator.focused == "label", "the label")
            await operator.until(lambda: wizard(operator).may_turn(), "the roles")
            if not typed(operator, "label"):
                await operator.type("before-upgrade")
                await operator.keys("tab", "down", "space", "n")
                await at(operator, "checks")
                await back_and_forth(operator, "enter")
                await operator.until(lambda: wizard(operator).may_turn(), "the checks")
                await operator.keys("n")
                await at(operator, "steps")
                await operator.keys("escape", "escape")
                await at(operator, "what")
            assert typed(operator, "label") == "before-upgrade"
            assert operator.page.query_one("#hold", RadioSet).pressed_index == 1
            await operator.keys("escape")
            await operator.on("OverviewScreen")


async def test_the_rules_and_the_word_of_a_prune_stay(with_set: Settings) -> None:
    async with opened(with_set) as operator:
        for word in ("", "prac"):
            await operator.keys("s")
            await operator.sees("✓ complete")
            await operator.keys("D")
            await operator.sees("of the last sets")
            if not word:
                await operator.type("7")
            assert typed(operator, "last") == "7"
            await operator.keys("enter")
            await at(operator, "steps")
            await operator.keys("escape")
            await at(operator, "rules")
            assert typed(operator, "last") == "7"
            await operator.keys("escape", "escape")
            await operator.on("OverviewScreen")


async def left_and_asked_again(operator: Operator, key: str, *, by: str) -> None:
    """Type a part of the domain, leave, ask again."""
    await operator.on("TypeToConfirm")
    await operator.type(DOMAIN[:8])
    await operator.keys(*(["tab", "enter"] if by == "the button" else ["escape"]))
    await operator.sees("Nothing was done.")
    await operator.keys(key)
    await operator.on("TypeToConfirm")
    assert typed(operator, "word") == DOMAIN[:8]
    question = operator.app.screen
    assert isinstance(question, TypeToConfirm)
    assert question.query_one("#yes").disabled


@pytest.mark.parametrize("by", ["the button", "escape"])
async def test_what_was_typed_for_an_undo_and_a_release_is_there_when_it_is_asked_again(
    with_set: Settings, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    from pryv_tui.operations.site import open_site

    (backup,) = open_site(with_set).vault.sets()
    perform(with_set, "20260102T000000Z-aa", "restore", monkeypatch, set_id=backup.id)
    async with opened(with_set) as operator:
        await operator.keys("u")
        await operator.sees("restore")
        await operator.keys("down")
        await operator.sees("U Undo")
        for key in ("U", "D"):
            await operator.keys(key)
            await left_and_asked_again(operator, key, by=by)
            await operator.keys("escape")
            await operator.sees("Nothing was done.")
        # It is another question with another screen: nobody else's word lies ready there.
        await operator.keys("escape", "u")
        await operator.sees("restore")
        await operator.keys("down")
        await operator.sees("U Undo")
        await operator.keys("U")
        await operator.on("TypeToConfirm")
        assert typed(operator, "word") == ""


async def test_what_a_container_is_stopped_for_is_asked_again_where_that_changed(
    settings: Settings, platform: PracticePlatform
) -> None:
    async with opened(settings) as operator:
        await operator.keys("enter")
        await operator.sees("If it stops")
        await operator.keys("X")
        await left_and_asked_again(operator, "X", by="the button")
        question = operator.app.screen
        assert isinstance(question, TypeToConfirm)
        before = question.typed_word
        await operator.keys("escape")
        assert before is not None
        page = operator.page
        page._typed = {asked: one._replace(act="it") for asked, one in page._typed.items()}
        await operator.keys("X")
        await operator.on("TypeToConfirm")
        assert typed(operator, "word") == ""
        await operator.sees("the plan has changed since: type")


@pytest.mark.parametrize(
    ("asked", "other"),
    [
        ("the set 20260101T000000Z-nightly", "the set 20260102T000000Z-nightly"),
        ("the set 20260101T000000Z", "the set 20260102T000000Z-by-hand"),
        ("the run 20260101T000000Z-restore-0a1b", "the run 20260102T000000Z-restore-0a1b"),
    ],
)
async def test_what_is_typed_for_one_set_or_run_is_not_kept_for_another(
    settings: Settings, asked: str, other: str
) -> None:
    async with opened(settings) as operator:
        acts = [
            TypeToConfirm(
                operator.page.desk, "Undo", f"Undo {it}.", word="w", yes="Undo"
            ).typed_word
            for it in (asked, asked, other)
        ]
    assert acts[0] == acts[1] != acts[2]


@pytest.mark.parametrize(
    ("keys", "question", "field"),
    [
        (("n",), "NoteDialog", "note"),
        (("s", "P"), "AskWhy", "why"),
        (("s", "f"), "AskPattern", "pattern"),
        (("s", "A"), "AskFolder", "folder"),
        (("l", "s"), "Since", "since"),
    ],
)
async def test_what_was_typed_in_a_question_is_there_when_it_is_asked_again(
    with_set: Settings, keys: tuple[str, ...], question: str, field: str
) -> None:
    async with opened(with_set) as operator:
        for key in keys:
            await operator.keys(key)
            if key in "sl" and key != keys[-1]:
                await operator.sees("complete" if key == "s" else "line")
        await operator.on(question)
        await operator.type("abc")
        await operator.keys("escape")
        await operator.until(lambda: type(operator.app.screen).__name__ != question, "left")
        await operator.keys(keys[-1])
        await operator.on(question)
        assert typed(operator, field) == "abc"
        # It goes on where it was: nothing is typed over it.
        await operator.type("d")
        assert typed(operator, field) == "abcd"


async def test_a_note_that_was_written_is_no_draft_any_more(with_set: Settings) -> None:
    async with opened(with_set) as operator:
        await operator.keys("n")
        await operator.on("NoteDialog")
        await operator.type("core is gone")
        await operator.keys("enter")
        await operator.on("OverviewScreen")
        await operator.keys("n")
        await operator.on("NoteDialog")
        assert typed(operator, "note") == ""


async def test_a_wrong_word_is_not_kept(settings: Settings) -> None:
    async with opened(settings) as operator:
        await operator.keys("enter")
        await operator.sees("If it stops")
        for _ in range(2):
            await operator.keys("X")
            await operator.on("TypeToConfirm")
            assert typed(operator, "word") == ""
            await operator.type("wrong")
            await operator.keys("escape")
            await operator.sees("Nothing was done.")


@pytest.mark.parametrize("opens", [("b",), ("r",), ("s", "D")])
async def test_enter_alone_leads_over_each_page_to_the_button_and_presses_it_never(
    with_set: Settings, opens: tuple[str, ...]
) -> None:
    from pryv_tui.runs.record.history import all_runs

    async with opened(with_set) as operator:
        for key in opens:
            await operator.keys(key)
            await operator.sees("✓ complete" if key in "sr" else "[x]" if key == "b" else "Keep")
        if opens[-1] == "D":
            await operator.type("1")
            operator.page.query_one("#shrink", Input).value = "0"
        runs = len(all_runs(Path(with_set.state)))
        for at in range(len(wizard(operator).PAGES) - 1):
            if wizard(operator).PAGES[at][0] == "which":
                await operator.sees("as chosen:")
            if opens[-1] == "D" and at == 1:
                # The only set stays: it says why there is nothing to go on with.
                await operator.keys("enter")
                await operator.sees("There is nothing to continue with")
                return
            await operator.until(lambda: wizard(operator).may_turn(), "the way on")
            await operator.keys("enter")
            await operator.until(lambda at=at: wizard(operator).at == at + 1, "the next page")  # type: ignore[misc]
        await operator.until(lambda: wizard(operator).plan is not None, "the plan")  # type: ignore[attr-defined]
        if operator.focused == "word":
            await operator.keys("enter")
            await operator.sees("Enter does nothing yet")
            await operator.type(DOMAIN)
        await operator.until(lambda: wizard(operator).may_start(), "the button")
        await operator.keys("enter")
        assert operator.focused == "go"
        await operator.keys("enter", "enter")
        await operator.sees("Enter starts nothing here: Space presses the button")
        assert len(all_runs(Path(with_set.state))) == runs
