"""Questions that a command asks, if there is a person to ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import click

from pryv_tui.cli.base.options import is_quiet
from pryv_tui.cli.base.output import say
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
    """The confirmation of an act."""

    word: str
    """The word that was typed or given; empty if none was."""
    how: str
    """How the act was confirmed, as a request stores it; empty if it was not confirmed."""


def sure_of_what_lacks(
    made: Plan,
    confirm: str | None,
    command: str,
    *,
    as_json: bool,
    begun: bool = False,
    kept: str = UNCHANGED,
) -> Sure:
    """Return the confirmation of an act after which a role is gone again, or that undoes an undo.

    The word comes from the option. Or it is asked for, if a person is there and was told what will
    be missing.

    Args:
        begun: the act continues a stopped undo.
        kept: what was left unchanged, in words.

    Raises:
        PryvTuiError: `refused`: a word is needed and none was given; or the word is not the domain,
            even if none was needed.
    """
    how = "option" if confirm is not None else ""
    told = not as_json and not is_quiet()
    if confirm is None and needs_word(made, begun=begun) and told and somebody_was_here():
        how = "typed"
        confirm = _typed(f"Type {made.domain} to continue")
    need_word(made, confirm or "", command, begun=begun, kept=kept)
    if confirm is not None and confirm != made.domain:
        raise PryvTuiError(
            "refused",
            f"{confirm!r} is not the domain of this platform; {kept}",
            f"To do it anyway: {command}{confirm_words(made.domain)}",
        )
    return Sure(confirm or "", how)


def ask_which(left: Left, *, as_json: bool) -> Choice | None:
    """Return the way that a person at a terminal chooses, who was told what each does and costs.

    None if there is nobody to ask, or nothing to choose.

    Enter chooses nothing: a command may be typed only to read what it prints.

    Raises:
        PryvTuiError: `refused`: what was typed is not one of the ways.
    """
    ways = [way for way in WAYS if way in left.choices]
    if not ways or as_json or is_quiet() or not at_terminal():
        return None
    typed = _typed(f"Type {' or '.join(ways)} to do it; Enter alone leaves it as it is").strip()
    for way in ways:
        if typed == way:
            return way
    raise not_chosen(left, f"{typed!r} is not one of the choices" if typed else NONE)


def of_it_unchanged(left: Left) -> str:
    """Return words for: what this run left is unchanged. What another run left may have been
    settled."""
    return f"nothing that the run {left.run} left was changed"


def not_chosen(left: Left, why: str, because: str = "") -> PryvTuiError:
    """Return the error for: what a run left is unchanged, since nobody has chosen what to do.

    Args:
        because: why nothing is done without a choice.
    """
    options = left.advice.options[:-1]
    first = next((one.first.rstrip(".") for one in options if one.first), "")
    if because and left.advice.repeats and first:
        because = f"{because.rstrip('.')}: {first}"
    told = f": {because}" if because else ""
    return PryvTuiError(
        "refused",
        f"{why} for what the run {left.run} left, and nothing of that was changed{told}",
        f"Say which: {'; or: '.join(one.command for one in options)}",
    )


def ask_findings(take: Callable[[str, bool, Usual], object], usual: Usual) -> None:
    """Ask what went well and what did not, one finding at a time, until nothing more is typed.

    For each finding to be fixed, also ask who does it, until when, and which drill will show it.

    Args:
        take: called with each text, whether it went well, and the other answers, which are empty
            for what went well.
        usual: the answers that Enter alone stands for.

    Raises:
        click.Abort: Ctrl+C, or the terminal is gone; that does not mean "nothing more". `take` was
            called with everything typed before.
    """
    nothing = usual._replace(owner="", due="", retest="")
    for question, good in (("What went well?", True), ("What has to be fixed?", False)):
        while text := click.prompt(
            f"{question} (Enter: nothing more)", default="", show_default=False
        ).strip():
            try:
                rest = nothing if good else ask_who_mends(usual)
            except click.Abort:
                take(text, good, nothing)
                raise
            try:
                take(text, good, rest)
            except PryvTuiError as error:
                if error.name != "usage":
                    raise
                # What was typed can't be a finding: it is asked for again, as a day is.
                say(f"{error.what}. {error.remedy}")


def ask_who_mends(usual: Usual) -> Usual:
    """Ask who fixes something, until when, and which drill will show it, as the interface does.

    Args:
        usual: the answers that Enter alone stands for.

    Raises:
        click.Abort: Ctrl+C, or the terminal is gone.
    """
    from pryv_tui.drills.findings import need_to_come

    owner = _or_usual("Who fixes it?", usual.owner)
    while True:
        due = _or_usual("Until when?", usual.due)
        try:
            need_to_come(due)
            break
        except PryvTuiError as error:
            click.echo(f"{error.what}. {error.remedy}")
    retest = _or_usual("Which drill will show it?", usual.retest)
    return usual._replace(owner=owner, due=due, retest=retest)


def _or_usual(question: str, usual: str) -> str:
    return str(click.prompt(question, default=usual, show_default=bool(usual))).strip()


def said_yes(question: str) -> bool:
    """Whether a person answers yes to a question; the default answer is no."""
    try:
        return click.confirm(question, err=True)
    except click.Abort:
        return False  # Ctrl+C, or the terminal is gone: not a yes


def _typed(question: str) -> str:
    try:
        return str(click.prompt(question, default="", show_default=False, err=True))
    except click.Abort:
        return ""  # Ctrl+C, or the terminal is gone: not a yes
