"""What a copy of a root noted on its way, as a run tells it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pryv_tui.filesystem.attributes import tells_of_access
from pryv_tui.operations.context import RunContext
from pryv_tui.phrases import counted
from pryv_tui.vault.files.types import CopyNote

NOTES_KEPT = 200
NOTES_TOLD = 20


def in_words(notes: Iterable[CopyNote]) -> list[str]:
    """A line for each; the root itself has no path."""
    return [note.what if note.rest else f"{note.path or 'the root'}: {note.what}" for note in notes]


def tell_odd(ctx: RunContext, host: str, notes: Sequence[CopyNote], where: str = "") -> None:
    """Keep them in the facts of a host, and tell the first of those that are no warnings; a person
    has to see that others may read or write a copy than its source.

    Args:
        ctx: of the run.
        host: a machine, or the part of a set that is called so.
        notes: what the copy noted.
        where: a file that keeps more of them than are told; empty where none does.
    """
    if not notes:
        return
    facts = ctx.facts.of(host)
    facts.notes += in_words(notes[: max(0, NOTES_KEPT - len(facts.notes))])
    access = [note for note in notes if tells_of_access(note.what)]
    if access:
        first, many = in_words(access[:1])[0], counted(len(access), "entry", "entries")
        ctx.warn(
            f"{host}: of {many} it could not be kept who may read and write, the first is {first};"
            " the disk that they are copied to has to hold it, as ext4 and XFS do"
        )
    quiet = in_words(note for note in notes if not note.torn)
    for line in quiet[:NOTES_TOLD]:
        ctx.report.note(line)
    if len(quiet) > NOTES_TOLD:
        kept = f", kept in {where}" if where else ""
        ctx.report.note(f"and {len(quiet) - NOTES_TOLD} more such notes{kept}")
