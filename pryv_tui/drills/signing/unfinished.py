"""Find signatures, debriefs and reviews that were written only in part (disk full, crash).

The list of hashes is written last. If a record is on the list and a signature beside it is not, the
signature was not written completely: it does not count, and signing again replaces it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from pryv_tui.drills.files import RECORD, Filed
from pryv_tui.drills.model import Paper
from pryv_tui.drills.signing.papers import (
    DEBRIEF,
    DEBRIEF_SIGNATURE,
    DEBRIEF_SPACE,
    ONCE,
    RECORD_SPACE,
    REVIEW,
    REVIEW_SIGNATURE,
    REVIEW_SPACE,
    SIGNATURE,
    SIGNERS,
    allowed_spaces,
    digest,
    listed,
)
from pryv_tui.reading import read_whole

Named = Collection[tuple[str, str]]
"""(drill, file) of each paper that a later record names; those were written completely."""


class Signing(NamedTuple):
    """One kind of signature, and its files."""

    space: str
    signature: str
    paper: str
    """The signed file; empty if that is the record."""
    words: str
    again: str
    """The command that writes the signature again, with `{}` in place of the drill."""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.signature, self.paper)))


OF_RECORD = Signing(RECORD_SPACE, SIGNATURE, "", "signature", "pryv-tui drill sign {} --key KEY")
OF_DEBRIEF = Signing(
    DEBRIEF_SPACE, DEBRIEF_SIGNATURE, DEBRIEF, "debrief", "pryv-tui drill sign {} --key KEY"
)
OF_REVIEW = Signing(
    REVIEW_SPACE, REVIEW_SIGNATURE, REVIEW, "review", "pryv-tui drill review {} --key KEY"
)
EVERY = (OF_RECORD, OF_DEBRIEF, OF_REVIEW)


def unfinished(
    folder: Path, of: Signing, *, named: Named = (), known: Mapping[str, str] | None = None
) -> bool:
    """Whether a drill's folder has a signature of this kind that was not written completely.

    Args:
        known: the list of hashes; None: read it.
    """
    if not (folder / of.signature).exists():
        return False
    if _all(named, folder, of):
        return False
    known = listed(folder.parent) if known is None else known
    if not (folder / of.paper).exists():
        # A paper on the list was complete. So was a debrief whose key is among the signers, since
        # the key is written after it. Such a paper was removed: other checks report that.
        there = of is OF_DEBRIEF and DEBRIEF_SPACE in allowed_spaces(folder)
        return not there and f"{folder.name}/{of.paper}" not in known
    if f"{folder.name}/{RECORD}" not in known:
        # The record is not on the list, so the list can't show whether the signature is complete.
        return False
    return any(f"{folder.name}/{name}" not in known for name in of.names)


def stands(folder: Path, of: Signing, *, named: Named = ()) -> bool:
    """Whether a complete signature of this kind is beside a record. The signature is not
    verified."""
    return (folder / of.signature).exists() and not unfinished(folder, of, named=named)


def named_in(records: Iterable[Filed]) -> set[tuple[str, str]]:
    """Return (drill, file) of each paper that one of these records names."""
    return {(told.drill, told.name) for one in records for told in one.record.chain.papers}


def since(before: Sequence[Filed]) -> tuple[Paper, ...]:
    """Return the papers beside these records that none of them names, for the chain of the next
    record.

    A paper's hash is taken from the list if it is there, so that an edited paper is noticed.
    """
    named = named_in(before)
    known = listed(before[0].folder.parent) if before else {}
    found = []
    for one in before:
        left = {
            name
            for of in EVERY
            if unfinished(one.folder, of, named=named, known=known)
            for name in of.names
        }
        for name in ONCE:
            if (one.folder.name, name) in named or name in left:
                continue
            with suppress(OSError):
                made = digest(one.folder / name)
                was = known.get(f"{one.folder.name}/{name}", made)
                found.append(Paper(drill=one.folder.name, name=name, sha256=was))
    return tuple(found)


def proves_nothing(paper: Paper, named: Named) -> bool:
    """Whether a paper is a signature whose signed file no record names. An earlier version named
    even leftovers of an interrupted write; they prove nothing."""
    of = next((one for one in EVERY if one.signature == paper.name), None)
    return of is not None and bool(of.paper) and (paper.drill, of.paper) not in named


def in_signers(
    folder: Path, told: str, *, named: Named, known: Mapping[str, str]
) -> tuple[Signing, ...]:
    """Return the missing or incomplete signatures whose keys are already in a drill's
    `allowed_signers`. Empty if these keys are not the only reason why that file differs from the
    list of hashes.

    Args:
        told: the hash of `allowed_signers` on the list.
    """
    left = {
        of.space: of
        for of in EVERY
        if not (folder / of.signature).exists() or unfinished(folder, of, named=named, known=known)
    }
    found: dict[str, Signing] = {}
    kept = []
    try:
        lines = read_whole(folder / SIGNERS, follow=False).decode("ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return ()
    for line in lines:
        begin, mark, rest = line.partition(' namespaces="')
        spaces, end, key = rest.partition('" ')
        every = spaces.split(",")
        found |= {space: left[space] for space in every if space in left}
        if stay := [space for space in every if space not in left]:
            kept.append("".join([begin, mark, ",".join(stay), end, key]))
    made = ("\n".join(kept) + "\n").encode()
    return tuple(found.values()) if hashlib.sha256(made).hexdigest() == told else ()


def _all(named: Named, folder: Path, of: Signing) -> bool:
    return all((folder.name, name) in named for name in of.names)
