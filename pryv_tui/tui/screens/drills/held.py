"""A drill that was held: its report, its findings, who has signed and reviewed it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar, NamedTuple, TypeVar

from textual.app import SuspendNotSupported
from textual.binding import BindingType
from textual.widget import Widget

from pryv_tui.drills.files import Filed, folder_of, read_record
from pryv_tui.drills.findings import Open, note, usual
from pryv_tui.drills.model import Action
from pryv_tui.drills.noting.written import kept_words
from pryv_tui.drills.record.signing import found_since, need_said, review_drill, sign_drill
from pryv_tui.drills.report.writing import in_text
from pryv_tui.drills.signing.checking import Signatures, signatures_of
from pryv_tui.drills.signing.papers import left_out_words, read_debrief
from pryv_tui.drills.signing.standing import as_it_stands
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.sanitize import sanitized
from pryv_tui.tui.actions import bindings
from pryv_tui.tui.base.dialog import Dialog
from pryv_tui.tui.base.output import OUTPUT_ACTIONS, OutputPage
from pryv_tui.tui.flows.drill import Finding, FindingDialog, KeyDialog, ReviewDialog, Signing
from pryv_tui.tui.navigation import show_dialog
from pryv_tui.tui.session import Desk
from pryv_tui.tui.text.lines import Line
from pryv_tui.tui.widgets.output import OutputPane

T = TypeVar("T")


class Held(NamedTuple):
    """The data about a drill for this screen."""

    text: str
    signatures: Signatures
    unsigned: bool
    """Whether the record, or what was found since, is still to be signed."""
    there: bool = True
    """Whether the drill has a record: then findings can be added."""
    scenario: str = ""
    """The name of the scenario that was played; empty for a drill of a set."""
    late: bool = False
    """Whether the debrief is signed or the drill reviewed, so that no signature covers a new
    finding."""


class HeldScreen(OutputPage):
    """The screen with the report of a drill. Here the drill's record can be signed and reviewed."""

    TITLE_TEXT = "Drill held"
    HERE = (
        "add_finding",
        "sign_record",
        "review_record",
        *(name for name in OUTPUT_ACTIONS if name != "follow"),
        "back",
        "help",
        "quit",
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(HERE)
    WORDS = (
        ("signed", "Who held the drill has confirmed the record, with a key made by ssh-keygen."),
        ("reviewed", "Somebody else has looked at it, and signed with another key."),
        (
            "debrief",
            "What was found when it was over, each with who fixes it until when. It is"
            " signed beside the record, which stays what it was.",
        ),
    )

    def __init__(self, desk: Desk, drill: str) -> None:
        super().__init__(desk)
        self.drill = self.subject = drill
        self.held: Held | None = None
        self._added = False
        """Whether a finding was just added: then the end of the report is shown, where the finding
        is."""

    def content(self) -> Iterable[Widget]:
        pane = OutputPane("")
        pane.border_title = f"Drill {self.drill}"
        pane.view.following = False
        pane.view.by_words = True
        pane.ended = True
        yield pane

    def begin(self) -> None:
        self.output.view.focus()
        self.output.toggle_wrap()
        self.look()

    def look(self) -> None:
        self.ask("held", partial(_read, self.desk.settings, self.drill), self._show)

    def _show(self, held: Held) -> None:
        self.held = held
        self.output.clear()
        self.output.add(Line("output", line) for line in sanitized(held.text).split("\n"))
        if self._added:
            self._added = False
            self.call_after_refresh(self.output.view.scroll_end, animate=False)
        self.refresh_keys()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        told = self.held
        if action == "add_finding" and self.children:
            return told is not None and told.there
        if action == "sign_record" and self.children:
            return told is not None and told.unsigned
        if action == "review_record" and self.children:
            signatures = told.signatures if told is not None else None
            return signatures is not None and signatures.signed and signatures.review is None
        return super().check_action(action, parameters)

    def action_add_finding(self) -> None:
        settings, drill = self.desk.settings, self.drill

        def write(found: Finding) -> str:
            made = note(
                settings,
                drill,
                found.text,
                good=found.good,
                owner=found.owner,
                due=found.due,
                retest=found.retest,
            )
            left_out = kept_words(settings, drill, made.text, made.owner, made.retest)
            return " ".join(filter(None, [f"Written down as {made.name} of this drill.", left_out]))

        def written(told: str | None) -> None:
            if told is None:
                self.keybar.remark("Nothing was written.")
            else:
                self._written(told)

        late = self.held is not None and self.held.late
        asked = usual(self.held.scenario if self.held is not None else "")
        show_dialog(self.app, FindingDialog(self.desk, write, asked, signed=late), written)

    def _written(self, told: str) -> None:
        self.problem.clear()
        self._added = True
        self.keybar.remark(told)
        self.look()

    def action_sign_record(self) -> None:
        self._ask_key(self.desk.settings.drill_key)

    def _ask_key(self, usual: str, wrong: PryvTuiError | None = None) -> None:
        """Ask for the key to sign with; after a failed attempt, ask again, with the reason."""
        settings, drill = self.desk.settings, self.drill
        dialog = KeyDialog(self.desk, usual)

        def asked(key: str | None) -> None:
            if key:
                self._on_the_terminal(
                    key,
                    lambda: _signed(sign_drill(settings, drill, Path(key))),
                    partial(self._ask_key, key),
                    lambda: dialog.keep({"key": key}),
                )

        self._push(dialog, wrong, asked)

    def _push(
        self,
        dialog: Dialog[T],
        wrong: PryvTuiError | None,
        asked: Callable[[T | None], None],
    ) -> None:
        if wrong is not None:
            dialog.show_problem(wrong)
        show_dialog(self.app, dialog, asked)

    def action_review_record(self) -> None:
        self._ask_review("", "")

    def _ask_review(self, text: str, key: str, wrong: PryvTuiError | None = None) -> None:
        """Ask for a review; after a failed attempt, ask again, with what was typed."""
        settings, drill = self.desk.settings, self.drill
        dialog = ReviewDialog(self.desk, text, key)

        def asked(said: Signing | None) -> None:
            if said is None:
                return

            def review() -> str:
                need_said(said.verdict, said.text)
                made = review_drill(
                    settings, drill, Path(said.key), verdict=said.verdict, text=said.text
                )
                return " ".join(filter(None, [f"It is {made.verdict}.", left_out_words(made)]))

            again = partial(self._ask_review, said.text, said.key)
            self._on_the_terminal(
                said.key,
                review,
                again,
                lambda: dialog.keep({"text": said.text, "key": said.key}),
            )

        self._push(dialog, wrong, asked)

    def _on_the_terminal(
        self,
        key: str,
        act: Callable[[], str],
        again: Callable[[PryvTuiError], None],
        keep: Callable[[], None],
    ) -> None:
        """Leave the screen while signing: ssh-keygen asks for a passphrase on the terminal.

        Args:
            act: signs, and returns what was done, in words.
            again: asks once more, with what was typed and why signing failed.
            keep: saves what was typed for the next time; called if Ctrl+C interrupted signing.
        """
        told: list[PryvTuiError | None] = []
        done: list[str] = []
        self.problem.clear()

        def tried() -> None:
            # Caught here: Textual does not return to the screen if an exception is raised.
            try:
                done.append(act())
            except PryvTuiError as error:
                told.append(error)
            except KeyboardInterrupt:
                told.append(None)

        try:
            with self.app.suspend():
                # ssh-keygen's own question says neither what is signed nor which key is meant.
                print(f"\nTo sign the drill {self.drill}: the key {sanitized(key)}.")
                tried()
        except SuspendNotSupported:
            tried()
        if not told:
            self.keybar.remark(" ".join(done))
            self.look()
        elif told[0] is not None:
            again(told[0])
        else:
            # The record may be signed now, with only its pages not written.
            keep()
            self.keybar.remark("It was broken off: the page says who has signed.")
            self.look()


def _signed(filed: Filed) -> str:
    """Return that the record is signed, and what the signed debrief lacks."""
    return " ".join(filter(None, ["Signed.", left_out_words(read_debrief(filed.folder))]))


def _read(settings: Settings, drill: str) -> Held:
    folder = folder_of(Path(settings.state), drill)
    filed = read_record(folder)
    if filed is None:
        text = "It has no record yet: it has not ended."
        return Held(text, signatures_of(folder), unsigned=False, there=False)
    signatures, _wrong = as_it_stands(Path(settings.state), folder)
    signed = signatures.debrief is not None or signatures.review is not None
    found = found_since(filed)
    return Held(
        in_text(filed.record, signatures, settings.given) + _since(filed, found, signed=signed),
        signatures,
        unsigned=not signatures.signed or (bool(found) and not signed),
        late=signed,
        scenario=filed.record.scenario.name if filed.record.scenario is not None else "",
    )


def _since(filed: Filed, found: Sequence[Action], *, signed: bool) -> str:
    """List the findings that are not in the record yet, for the next person who signs."""
    new = [one for one in found if one not in filed.record.actions]
    if not new or signed:
        return ""
    words = [Open(filed.record.id, one).words if not one.good else _well(one) for one in new]
    return "\n".join(["", "Found since, not signed yet:", *(f"  - {one}" for one in words), ""])


def _well(one: Action) -> str:
    return f"{one.name}, went well: {one.text}"
