"""Report the notes that the copy of a root made about single entries."""

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
"""The number of path components of a service's folder in a root, as in `pryv/core/data`."""


def in_words(notes: Iterable[CopyNote]) -> list[str]:
    """Return one line for each note: path and text. The root itself has an empty path."""
    return [note.what if note.rest else f"{note.path or 'the root'}: {note.what}" for note in notes]


def tell_odd(ctx: RunContext, host: str, notes: Sequence[CopyNote], where: str = "") -> None:
    """Add the notes of a copy to the host's facts, and report the first of those that are no
    warnings.

    Lost access rights are reported as a warning, because others may be able to read or write the
    copy.

    Args:
        ctx: the run's context.
        host: a host, or the part of a set with its name.
        notes: what the copy noted.
        where: the file of the new set that contains more notes than are reported; empty: no set is
            made.
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
    """Warn of lost access rights.

    For a set, a person can accept the warning: otherwise each backup would warn if the vault's disk
    can't store access lists.
    """
    access = [note for note in notes if note.access]
    if not access:
        return
    first, many = in_words(access[:1])[0], counted(len(access), "entry", "entries")
    least = "at least " if any(note.rest for note in notes) else ""
    text = f"{host}: access rights of {least}{many} could not be kept; the first: {first}."
    text += " Access lists need a disk that holds them, as ext4 and XFS do"
    text += "; groups need root"
    if not of_set:
        ctx.warn(text)
        return
    key = key_of(ACCESS, host)
    about = fingerprint(host, *_lost_access(access))
    ctx.find(Finding(key=key, about=about, text=text), or_accept("", key))


def _lost_access(notes: Iterable[CopyNote]) -> list[str]:
    """Return what a person accepts with the warning: folders of services, and what was lost there.

    The acceptance covers other files with the same access list in the same folder. Another kind of
    list or group, or another folder (such as keys), has to be accepted again.
    """
    return sorted({f"{'/'.join(note.path.split('/')[:-1][:_DEEP])}: {note.what}" for note in notes})
