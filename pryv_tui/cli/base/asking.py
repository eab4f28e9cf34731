"""Questions that a command asks where there is somebody to ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import click

from pryv_tui.cli.base.options import is_quiet
from pryv_tui.cli.base.streams import at_terminal, somebody_was_here
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.advice import WAYS
from pryv_tui.operations.commands import confirm_words
from pryv_tui.operations.plan import Plan
from pryv_tui.operations.sets.gone_again import UNCHANGED, need_word, needs_word
from pryv_tui.runs.left import Choice, Left

if TYPE_CHECKING:
    from pryv_tui.drills.findings import Usual

NONE = "no way was chosen"


class Sure(NamedTuple):
    """That something was confirmed."""

    word: str
    """What was typed or given; empty where nothing was."""
    how: str
    """How, in the word that a request keeps; empty where nothing was."""


def sure_of_what_lacks(
    made: Plan,
    confirm: str | None,
    command: str,
    *,
    as_json: bool,
    begun: bool = False,
    kept: str = UNCHANGED,
) -> Sure:
    """The word of whoever brings a disaster back, or undoes an undo, and has to mean it: given, or
    asked for where there is somebody to ask, who was told what lacks.

    Args:
        begun: it goes on with an undo that was stopped.
        kept: of what nothing was changed, in words.

    Raises:
        PryvTuiError: `refused`, it is needed and there is no word; or it is not the domain, needed
            or not.
    """
    how = "option" if confirm is not None else ""
    told = not as_json and not is_quiet()
    if confirm is None and needs_word(made, begun=begun) and told and somebody_was_here():
        how = "typed"
        confirm = _typed(f"Type {made.domain} to go on")
    need_word(made, confirm or "", command, begun=begun, kept=kept)
    if confirm is not None and confirm != made.domain:
        raise PryvTuiError(
            "refused",
            f"{confirm!r} is not the domain of this platform; {kept}",
            f"To do it all the same: {command}{confirm_words(made.domain)}",
        )
    return Sure(confirm or "", how)


def ask_which(left: Left, *, as_json: bool) -> Choice | None:
    """Which way a person at a terminal takes, who was told what each does and costs; None where
    there is nobody to ask, or nothing to choose.

    Who types a command to look at what it says has chosen nothing.

    Raises:
        PryvTuiError: `refused`, none of the ways was typed.
    """
    ways = [way for way in WAYS if way in left.choices]
    if not ways or as_json or is_quiet() or not at_terminal():
        return None
    typed = _typed(f"Type {' or '.join(ways)} to do it; Enter alone leaves it as it is").strip()
    for way in ways:
        if typed == way:
            return way
    raise not_chosen(left, f"{typed!r} is no choice" if typed else NONE)


def of_it_unchanged(left: Left) -> str:
    """That nothing was changed of what one run left: what another left may have been settled."""
    return f"of what the run {left.run} left nothing was changed"


def not_chosen(left: Left, why: str, because: str = "") -> PryvTuiError:
    """That of what a run left nothing was changed, since nobody has said what is to be done.

    Args:
        because: why nothing is done without being told.
    """
    options = left.advice.options[:-1]
    first = next((one.first.rstrip(".") for one in options if one.first), "")
    if because and left.advice.repeats and first:
        because = f"{because.rstrip('.')}: {first}"
    told = f": {because}" if because else ""
    return PryvTuiError(
        "refused",
        f"{why} of what the run {left.run} left; of that nothing was changed{told}",
        f"Say which: {' or '.join(one.command for one in options)}",
    )


def ask_findings(take: Callable[[str, bool, Usual], object], usual: Usual) -> None:
    """Ask what went well and what did not, one thing at a time, until nothing more is said; of what
    has to be mended also who does it, until when, and which drill shows it.

    Args:
        take: is given each text, whether it went well, and the rest, which is empty of what did.
        usual: what is meant by Enter alone.

    Raises:
        click.Abort: Ctrl+C, or the terminal is gone: that is no "nothing more". What was said by
            then was taken.
    """
    nothing = usual._replace(owner="", due="", retest="")
    for question, good in (("What went well?", True), ("What has to be mended?", False)):
        while text := click.prompt(
            f"{question} (Enter: nothing more)", default="", show_default=False
        ).strip():
            try:
                rest = nothing if good else ask_who_mends(usual)
            except click.Abort:
                take(text, good, nothing)
                raise
            take(text, good, rest)


def ask_who_mends(usual: Usual) -> Usual:
    """Who mends something, until when, and which drill shows it, as it is asked in the interface.

    Args:
        usual: what is meant by Enter alone.

    Raises:
        click.Abort: Ctrl+C, or the terminal is gone.
    """
    from pryv_tui.drills.findings import need_to_come

    owner = _or_usual("Who mends it?", usual.owner)
    while True:
        due = _or_usual("Until when?", usual.due)
        try:
            need_to_come(due)
            break
        except PryvTuiError as error:
            click.echo(f"{error.what}. {error.remedy}")
    retest = _or_usual("Which drill shows it?", usual.retest)
    return usual._replace(owner=owner, due=due, retest=retest)


def _or_usual(question: str, usual: str) -> str:
    return str(click.prompt(question, default=usual, show_default=bool(usual))).strip()


def said_yes(question: str) -> bool:
    """Whether somebody says yes to a question, to which no is the usual answer."""
    try:
        return click.confirm(question, err=True)
    except click.Abort:
        return False  # Ctrl+C, or the terminal is gone: that is no yes


def _typed(question: str) -> str:
    try:
        return str(click.prompt(question, default="", show_default=False, err=True))
    except click.Abort:
        return ""  # Ctrl+C, or the terminal is gone: that is no yes
