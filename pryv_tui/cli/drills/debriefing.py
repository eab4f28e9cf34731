"""Ask for a drill's debrief at a terminal, before the drill's record is signed."""

from __future__ import annotations

from pathlib import Path

import click

from pryv_tui.cli.base.asking import ask_findings, ask_who_mends
from pryv_tui.cli.base.output import say
from pryv_tui.drills.files import Filed
from pryv_tui.drills.findings import Usual, note, usual
from pryv_tui.drills.noting.written import kept_words
from pryv_tui.drills.signing.papers import DEBRIEF
from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents.files import read_events
from pryv_tui.operations.plan import quote
from pryv_tui.operations.settings.resolve import Settings


def ask_debrief(settings: Settings, filed: Filed, key: Path | None) -> None:
    """Ask what was found, if no finding is recorded.

    Otherwise ask, for each finding that has to be fixed and is not yet signed, what is missing: who
    fixes it, until when, which drill will show it.

    Args:
        key: the key on the command line; the error's remedy names it too.

    Raises:
        PryvTuiError: `cancelled`: nobody answered; what was typed before is recorded.
    """
    drill = filed.record.id
    before = read_events(filed.folder)
    try:
        _ask(settings, filed)
    except click.Abort:
        kept = (
            "; the answers given until then are kept" if read_events(filed.folder) != before else ""
        )
        named = f" --key {quote(str(key))}" if key is not None else ""
        raise PryvTuiError(
            "cancelled",
            f"nothing of the drill {drill} was signed{kept}",
            f"Sign it: pryv-tui drill sign {drill}{named}",
        ) from None


def _ask(settings: Settings, filed: Filed) -> None:
    from pryv_tui.drills.record.signing import found_since

    drill, story = filed.record.id, filed.record.scenario
    meant = usual(story.name if story is not None else "")
    found = found_since(filed)
    if not found and not filed.record.actions:

        def take(text: str, good: bool, asked: Usual) -> None:
            made = note(settings, drill, text, good=good, **asked._asdict())
            if left := kept_words(settings, drill, made.text, made.owner, made.retest):
                say(left)

        ask_findings(take, meant)
        return
    if (filed.folder / DEBRIEF).exists():
        return  # the debrief is signed and stays as it is
    for one in found:
        if one.good or one.closed or (one.owner and one.due and one.retest):
            continue
        click.echo(f"{one.name}, to be fixed: {one.text}")
        asked = ask_who_mends(
            Usual(one.owner or meant.owner, one.due or meant.due, one.retest or meant.retest)
        )
        note(settings, drill, one.name, **asked._asdict())
