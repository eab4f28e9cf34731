"""What a copy of a root noted on its way, as a run tells it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pryv_tui.operations.acceptance import ACCESS, fingerprint, key_of, or_accept
from pryv_tui.operations.context import RunContext
from pryv_tui.phrases import counted
from pryv_tui.vault.files.types import CopyNote
from pryv_tui.vault.manifest import Finding

NOTES_KEPT = 200
NOTES_TOLD = 20
_DEEP = 3
"""Names of a service's folder in a root: `pryv/core/data`."""


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
        where: the file of the set that is made, which keeps more of them than are told; empty where
            none is made.
    """
    if not notes:
        return
    facts = ctx.facts.of(host)
    facts.notes += in_words(notes[: max(0, NOTES_KEPT - len(facts.notes))])
    _tell_access(ctx, host, notes, of_set=bool(where))
    quiet = in_words(note for note in notes if not note.torn)
    for line in quiet[:NOTES_TOLD]:
        ctx.report.note(line)
    if len(quiet) > NOTES_TOLD:
        kept = f", kept in {where}" if where else ""
        ctx.report.note(f"and {len(quiet) - NOTES_TOLD} more such notes{kept}")


def _tell_access(ctx: RunContext, host: str, notes: Sequence[CopyNote], *, of_set: bool) -> None:
    """A warning; of a set one that can be accepted: a vault's disk holds access lists, or it does
    not, and every backup would warn of that."""
    access = [note for note in notes if note.access]
    if not access:
        return
    first, many = in_words(access[:1])[0], counted(len(access), "entry", "entries")
    least = "at least " if any(note.rest for note in notes) else ""
    text = f"{host}: of {least}{many} it could not be kept who may read and write"
    text += (
        f", the first is {first}; a disk that holds access lists, as ext4 and XFS do, keeps them"
    )
    text += ", and root keeps groups"
    if not of_set:
        ctx.warn(text)
        return
    key = key_of(ACCESS, host)
    about = fingerprint(host, *_lost_access(access))
    ctx.find(Finding(key=key, about=about, text=text), or_accept("", key))


def _lost_access(notes: Iterable[CopyNote]) -> list[str]:
    """What an acceptance hangs on: what could not be kept, and in which folder of a service.

    One more file that got the list of its folder is the same case, every night; a list or a group
    of another kind, or of files that nobody spoke of, such as keys, is another one.
    """
    return sorted({f"{'/'.join(note.path.split('/')[:-1][:_DEEP])}: {note.what}" for note in notes})
