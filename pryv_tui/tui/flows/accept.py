"""Accepting a warning as it is: choose it, read it in full, confirm. Who accepted it and when is
recorded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, OptionList

from pryv_tui.operations.acceptance import WHOSE, Acceptable, Acceptance
from pryv_tui.operations.commands import typed
from pryv_tui.operations.emptied.gone import GONE
from pryv_tui.operations.sets.known_vaults import KEY as VAULT
from pryv_tui.tui.actions import bindings
from pryv_tui.tui.base.confirm import Confirm
from pryv_tui.tui.base.page import Page
from pryv_tui.tui.session import Desk
from pryv_tui.tui.widgets.field import NextField
from pryv_tui.tui.widgets.panes import ListPane, Pane

if TYPE_CHECKING:
    from pryv_tui.operations.guards.line import GuardLine


MOST_WHY = 200
"""The largest number of characters of a reason."""


class ConfirmWhy(Confirm):
    """The question before a warning is accepted, with a field for the reason, which may stay
    empty."""

    def __init__(self, desk: Desk, title: str, text: str) -> None:
        super().__init__(desk, title, text, no="No", yes="Accept it as it is")
        self.why = ""

    def keys(self) -> Sequence[tuple[str, str]]:
        return [*super().keys(), ("shift+tab", "Why")]

    def fields(self) -> Iterable[Widget]:
        # Enter in the field moves the focus to No.
        yield NextField("", placeholder="may stay empty", what="Why", id="why", max_length=MOST_WHY)

    @on(Input.Changed, "#why")
    def keep_why(self, event: Input.Changed) -> None:
        self.why = event.value


class AcceptScreen(Page):
    """The warnings that can be accepted, each with its full text."""

    TITLE_TEXT = "Accept"
    HERE = ("accept_this", "back", "help", "quit")
    BINDINGS: ClassVar[list[BindingType]] = bindings(HERE)
    WORDS = (
        ("accept", "The warning is a note from then on, with who accepted it and when, until what"
         " it is about changes: then it is a warning again."),
        ("withdraw", "To make it a warning again: pryv-tui accept --withdraw, and its name."),
    )  # fmt: skip

    def __init__(self, desk: Desk, items: Sequence[Acceptable]) -> None:
        super().__init__(desk)
        self._items = {item.key: item for item in items}

    def content(self) -> Iterable[Widget]:
        yield ListPane("What can be accepted as it is", id="items")
        yield Pane("What it says", id="words")

    def begin(self) -> None:
        self._show()
        self.query_one("#items").focus()

    def _show(self) -> None:
        rows = [
            (key, Content.assemble((f" {key}", "bold"), f"  {item.text}"), True)
            for key, item in self._items.items()
        ]
        self.query_one("#items", ListPane).show_rows(rows)
        self._show_words()

    @on(OptionList.OptionHighlighted, "#items")
    def _show_words(self) -> None:
        chosen = self._items.get(self.query_one("#items", ListPane).chosen)
        text = chosen.text if chosen else "There is nothing to accept now."
        self.query_one("#words", Pane).show(text)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "accept_this" and self.children:
            return bool(self._items)
        return True

    @on(OptionList.OptionSelected, "#items")
    def action_accept_this(self) -> None:
        item = self._items.get(self.query_one("#items", ListPane).chosen)
        if item is None:
            return
        command = typed(self.desk.settings.given, "accept", item.key)
        text = f"{item.text}\n\n{self._what(item)}\nThe same by hand: {command}"
        question = ConfirmWhy(self.desk, f"Accept {item.key}", text)
        self.confirm(question, lambda: self._accept(item, question.why))

    def _what(self, item: Acceptable) -> str:
        if item.key.startswith(f"{WHOSE}/"):
            return (
                "Accepted, that set counts as one of this platform: it can be restored, drilled and"
                " compared here. A restore moves aside what is here now, as usual."
            )
        if item.key == VAULT:
            return "Accepted, what is there now counts as the vault: the next backup goes there."
        if item.key.startswith(f"{GONE}/"):
            return (
                "Accepted, it was erased or started again on purpose: the role counts as serving"
                " without it, in the open incident too. It is an alarm again if more is gone, or if"
                " it comes back and is gone once more."
            )
        return (
            "Accepted, it is a note until it changes; no backup ends with a warning because of it."
        )

    def _accept(self, item: Acceptable, why: str) -> None:
        # Imported only here: this loads the checks of a backup, which the first screen does not
        # need.
        from pryv_tui.runs.accepting import accept_keys

        site = self.desk.site
        self.ask("accept", lambda: accept_keys(site, [item.key], [item], why=why), self._accepted)

    def _accepted(self, made: list[Acceptance]) -> None:
        for one in made:
            self._items.pop(one.key, None)
            self.keybar.remark(f"{one.key}: {one.words}.", 15.0)
        self._show()
        self.refresh_keys()


class AcceptPage(Page):
    """A screen that may show warnings that can be accepted."""

    def acceptable(self) -> Sequence[Acceptable]:
        """Return the warnings on this screen that can be accepted."""
        return ()

    def action_accept(self) -> None:
        items = self.acceptable()
        if items:
            self.go_to("accept", items)
        else:
            self.keybar.remark("Nothing that is shown here is to be accepted.")


def answerable(lines: Iterable[GuardLine] | None) -> list[Acceptable]:
    """Return the checks that FAILED and that a person can accept, for example that a set which
    looks like another platform's belongs to this platform."""
    return [
        Acceptable(key=one.key, about=one.about, text=f"{one.name}: {one.text}")
        for one in lines or ()
        if one.key and one.outcome == "failed"
    ]
