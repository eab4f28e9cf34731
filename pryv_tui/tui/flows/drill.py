"""The dialogs of a drill: debrief, finding, breaking off, signing, review."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple, TypeVar

from textual import on
from textual.widget import Widget
from textual.widgets import Button, Input

from pryv_tui.drills.findings import Usual, need_to_come
from pryv_tui.drills.signing.papers import Verdict
from pryv_tui.incidents.events import AnyEvent, FindingNoted
from pryv_tui.incidents.files import LONGEST_TEXT
from pryv_tui.tui.base.dialog import Dialog
from pryv_tui.tui.session import Desk
from pryv_tui.tui.widgets.field import Field, Named, NextField

T = TypeVar("T")


class Finding(NamedTuple):
    """One finding of a drill: something that went well, or that has to be fixed."""

    text: str
    good: bool
    owner: str = ""
    due: str = ""
    retest: str = ""

    @property
    def words(self) -> str:
        """The finding in one line: its kind, its text, who fixes it until when."""
        if self.good:
            return f"{GOOD}: {self.text}"
        who = ", ".join(filter(None, [self.owner, f"due {self.due}" if self.due else ""]))
        shown = f"; shown by {self.retest}" if self.retest else ""
        return f"{BAD}: {self.text}" + (f" ({who}{shown})" if who or shown else "")


def findings_in(events: Iterable[AnyEvent]) -> list[Finding]:
    """Return the findings in the events of a drill, in their order."""
    return [
        Finding(one.text, one.good, one.owner, one.due, one.retest)
        for one in events
        if isinstance(one, FindingNoted)
    ]


GOOD, BAD = "Went well", "To be fixed"


def _who_and_when(usual: Usual) -> Iterable[Widget]:
    """Yield the fields: who fixes it, until when, and which drill shows that it is fixed."""
    yield Named(NextField(usual.owner, what="Who fixes it", id="owner"))
    yield Named(NextField(usual.due, "such as 2026-03-31", what="Until when", id="due"))
    yield Named(NextField(usual.retest, what="Which drill shows it", id="retest"))


def _typed_in(dialog: Widget, text: str, *, good: bool) -> Finding:
    """Read a finding from the dialog's fields. If something went well, nobody has to fix it.

    Args:
        text: what was found.
    """
    if good:
        return Finding(text, good)
    owner, due, retest = (
        dialog.query_one(name, Input).value.strip() for name in ("#owner", "#due", "#retest")
    )
    return Finding(text, good, owner, due, retest)


class DebriefDialog(Dialog[bool]):
    """A dialog that asks for findings, one by one, before a drill is closed. The answer True closes
    the drill.

    The dialog stays while a finding is written, so that keys typed then reach no other screen.
    """

    AUTO_FOCUS = "#note"

    def __init__(
        self,
        desk: Desk,
        written: Iterable[Finding],
        write: Callable[[Finding], str],
        usual: Usual,
    ) -> None:
        """
        Args:
            written: the findings so far.
            write: writes a finding, in a thread, and returns a message about what is left out of
                the evidence. If it fails, the error is shown, and the text stays.
            usual: the first values of the fields: who fixes it, until when, what shows it.
        """
        self._usual = usual
        self._written = [one.words for one in written]
        self._write = write
        super().__init__(desk, "Debrief", self._said())

    def _said(self) -> str:
        asked = (
            "Before it is closed: what went well, and what has to be fixed? One thing at a time;"
            " below it who fixes it, until when, and which drill shows that it is fixed.\nEsc"
            " leaves the drill open."
        )
        return "\n".join([asked, *([""] if self._written else []), *self._written])

    def keys(self) -> Sequence[tuple[str, str]]:
        enter = "To the buttons" if isinstance(self.focused, Input) else "Press"
        return [("esc", "Back"), ("enter", enter), ("tab", "Next")]

    def fields(self) -> Iterable[Widget]:
        yield Named(Field(what="One thing", max_length=LONGEST_TEXT, id="note"))
        yield from _who_and_when(self._usual)

    def buttons(self) -> Iterable[Button]:
        yield Button(GOOD, id="good")
        yield Button(BAD, id="bad")
        yield Button("Close it", id="close")

    @on(Input.Submitted, "#note")
    def to_the_buttons(self) -> None:
        # Enter once more means "to be fixed". A mistake then does no harm, since the finding stays
        # on the list until it is closed; nobody would follow up a finding that "went well".
        if self._typed:
            self.query_one("#bad").focus()

    @on(Button.Pressed, "#good")
    def went_well(self) -> None:
        self._take(good=True)

    @on(Button.Pressed, "#bad")
    def did_not(self) -> None:
        self._take(good=False)

    @on(Button.Pressed, "#close")
    def close_it(self) -> None:
        if self._typed:
            # A text that is still in the field was meant to be written: write it first.
            self._take(good=False, last=True)
        elif not self.at_work:
            self.dismiss(True)

    @property
    def _typed(self) -> str:
        return self.query_one("#note", Input).value.strip()

    def _take(self, *, good: bool, last: bool = False) -> None:
        finding = _typed_in(self, self._typed, good=good)
        field = self.query_one("#note", Input)
        if self.at_work:
            return
        field.focus()
        if finding.text:
            # So that the next finding can be typed at once.
            field.value = ""
            self.attempt(
                partial(_write_down, self._write, finding),
                lambda left_out: self._noted(finding, left_out, last=last),
                lambda _error: self._failed(finding),
            )

    def _noted(self, finding: Finding, left_out: str, *, last: bool) -> None:
        self._written += [finding.words, *([left_out] if left_out else [])]
        if last:
            self.dismiss(True)
            return
        self.show_text(self._said())
        self.on_mount()

    def on_mount(self) -> None:
        """Scroll to the newest finding, which people look for."""
        if self._written:
            self.call_after_refresh(self.query_one(".text").scroll_end, animate=False)

    def _failed(self, finding: Finding) -> None:
        field = self.query_one("#note", Input)
        field.value = f"{finding.text} {field.value}" if self._typed else finding.text


def _write_down(write: Callable[[Finding], T], finding: Finding) -> T:
    """Write a finding down.

    Raises:
        PryvTuiError: `usage`, its due day is not a date, or is past; what `write` raises.
    """
    need_to_come(finding.due)
    return write(finding)


class FindingDialog(Dialog[str]):
    """A dialog that asks for one finding, and for who fixes it until when. The answer is a
    sentence: that it is written, and what of it is left out of the evidence."""

    AUTO_FOCUS = "#text"

    def __init__(
        self, desk: Desk, write: Callable[[Finding], str], usual: Usual, *, signed: bool
    ) -> None:
        """
        Args:
            write: writes the finding, in a thread, and returns a message that says so. If it fails,
                the error is shown, and the text stays.
            usual: the first values of the fields: who fixes it, until when, what shows it.
            signed: whether the debrief is signed, or the drill reviewed; then the dialog says so.
        """
        self._write = write
        self._usual = usual
        late = (
            " Its debrief is signed, or the drill reviewed: this stands in the list of what is to"
            " be done alone."
        )
        super().__init__(
            desk,
            "Finding",
            "One thing that went well, or did not; who fixes it, until when, and which drill shows"
            " it." + (late if signed else ""),
        )

    def keys(self) -> Sequence[tuple[str, str]]:
        return [("esc", "Back"), ("tab", "Next")]

    def fields(self) -> Iterable[Widget]:
        yield Named(NextField(what="What was found", max_length=LONGEST_TEXT, id="text"))
        yield from _who_and_when(self._usual)

    def buttons(self) -> Iterable[Button]:
        yield Button("Back", id="no")
        yield Button("Went well", id="good")
        yield Button("To be fixed", id="bad")

    @on(Button.Pressed, "#good")
    def went_well(self) -> None:
        self._say(good=True)

    @on(Button.Pressed, "#bad")
    def did_not(self) -> None:
        self._say(good=False)

    def _say(self, *, good: bool) -> None:
        text = self.query_one("#text", Input).value.strip()
        if text:
            found = _typed_in(self, text, good=good)
            self.attempt(partial(_write_down, self._write, found), self.dismiss)
        else:
            self.query_one("#text").focus()


class BreakOffDialog(Dialog[str]):
    """A dialog that asks why a drill is broken off; the answer may be empty. Escape continues the
    drill."""

    AUTO_FOCUS = "#why"

    def __init__(self, desk: Desk, *, platform: bool) -> None:
        """
        Args:
            platform: whether the drill has its own practice platform, which is removed too.
        """
        goes = "Its practice platform is removed, and the" if platform else "The"
        super().__init__(
            desk,
            "Break off",
            f"{goes} drill is recorded as broken off, with the reason. To continue later instead,"
            " press Esc twice: the drill stays open.",
        )

    def keys(self) -> Sequence[tuple[str, str]]:
        return [("esc", "Continue"), ("tab", "Buttons")]

    def fields(self) -> Iterable[Widget]:
        yield Field(what="Why", max_length=LONGEST_TEXT, id="why")

    def buttons(self) -> Iterable[Button]:
        yield Button("Continue", id="no")
        yield Button("Break it off", id="yes", variant="warning")

    @on(Input.Submitted, "#why")
    def to_the_buttons(self) -> None:
        # Enter alone does not end the drill.
        self.query_one("#no").focus()

    @on(Button.Pressed, "#yes")
    def break_it_off(self) -> None:
        self.dismiss(self.query_one("#why", Input).value.strip())


class KeyDialog(Dialog[str]):
    """A dialog that asks for the file of the key that signs a record."""

    AUTO_FOCUS = "#key"

    def __init__(self, desk: Desk, usual: str) -> None:
        """
        Args:
            usual: the first value of the field.
        """
        self._usual = usual
        super().__init__(
            desk,
            "Sign",
            "Here the person who held the drill confirms its record, and what was found since. With"
            " which key, made by ssh-keygen? Its passphrase is asked for on the terminal.",
        )

    def keys(self) -> Sequence[tuple[str, str]]:
        return [("esc", "Back"), ("enter", "Sign"), ("tab", "Buttons")]

    def fields(self) -> Iterable[Widget]:
        yield Field(value=self._usual, what="The key's file", id="key")

    def buttons(self) -> Iterable[Button]:
        yield Button("Back", id="no")
        yield Button("Sign", id="yes")

    @on(Button.Pressed, "#yes")
    @on(Input.Submitted, "#key")
    def sign(self) -> None:
        key = self.query_one("#key", Input).value.strip()
        if key:
            self.dismiss(key)


class Signing(NamedTuple):
    """A review, and the key that signs it."""

    text: str
    key: str
    verdict: Verdict


class ReviewDialog(Dialog[Signing]):
    """A dialog that asks for a review, and for the key that signs it."""

    AUTO_FOCUS = "#text"

    def __init__(self, desk: Desk, text: str = "", key: str = "") -> None:
        """
        Args:
            text: the first value of the field for the review.
            key: the first value of the field for the key's file.
        """
        self._said = text, key
        super().__init__(
            desk,
            "Review",
            "Say in a sentence what you looked at and what you found. It is signed with your own"
            " key: another one than the operator's.",
        )

    def keys(self) -> Sequence[tuple[str, str]]:
        return [("esc", "Back"), ("tab", "Next")]

    def fields(self) -> Iterable[Widget]:
        text, key = self._said
        yield NextField(value=text, what="What you looked at", max_length=LONGEST_TEXT, id="text")
        yield NextField(value=key, what="Your key's file", id="key")

    def buttons(self) -> Iterable[Button]:
        yield Button("Back", id="no")
        yield Button("Reject", id="reject", variant="warning")
        yield Button("Accept", id="accept")

    @on(Button.Pressed, "#accept")
    def accept(self) -> None:
        self._say("accepted")

    @on(Button.Pressed, "#reject")
    def reject(self) -> None:
        self._say("rejected")

    def _say(self, verdict: Verdict) -> None:
        text, key = (self.query_one(name, Input).value.strip() for name in ("#text", "#key"))
        if key:
            self.dismiss(Signing(text, key, verdict))
        else:
            self.query_one("#key").focus()
