"""What a full disk or a machine that stopped has left of a signature, a debrief or a review.

The list of all records is written last. What lies beside a record that is on that list, and is not
on it itself, was not written to its end: it counts for nothing, and signing anew takes its place.
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
"""Drill and file of each paper that a later record names: what a record names was written."""


class Signing(NamedTuple):
    """One kind of signature, and its files."""

    space: str
    signature: str
    paper: str
    """What it is of, where that is not the record."""
    words: str
    again: str
    """The command that writes it anew, with `{}` for the drill."""

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
    """Whether a signature lies in a drill's folder that was not written to its end.

    Args:
        known: the list of all records; read where it is not given.
    """
    if not (folder / of.signature).exists():
        return False
    if _all(named, folder, of):
        return False
    known = listed(folder.parent) if known is None else known
    if not (folder / of.paper).exists():
        # What is on the list was there, and so was a debrief whose key is written down, which is
        # done after it: that it is gone is told as that.
        there = of is OF_DEBRIEF and DEBRIEF_SPACE in allowed_spaces(folder)
        return not there and f"{folder.name}/{of.paper}" not in known
    if f"{folder.name}/{RECORD}" not in known:
        # There is no list that could tell it.
        return False
    return any(f"{folder.name}/{name}" not in known for name in of.names)


def stands(folder: Path, of: Signing, *, named: Named = ()) -> bool:
    """Whether a record is signed, debriefed or reviewed, as far as files tell."""
    return (folder / of.signature).exists() and not unfinished(folder, of, named=named)


def named_in(records: Iterable[Filed]) -> set[tuple[str, str]]:
    """Drill and file of each paper that one of these records names."""
    return {(told.drill, told.name) for one in records for told in one.record.chain.papers}


def since(before: Sequence[Filed]) -> tuple[Paper, ...]:
    """What lies beside these records and none of them names, for the chain of the next one.

    The list says what each of them was: one that was edited meanwhile is not taken over.
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
    """Whether a paper that a record names is a signature whose text was not there then: an earlier
    version named what a full disk had left, too."""
    of = next((one for one in EVERY if one.signature == paper.name), None)
    return of is not None and bool(of.paper) and (paper.drill, of.paper) not in named


def in_signers(
    folder: Path, told: str, *, named: Named, known: Mapping[str, str]
) -> tuple[Signing, ...]:
    """Of which signatures that were not written to their end a drill's list of signers has the key
    already; none where it is another one than the list of all says for any other reason.

    Args:
        told: the hash that the list of all has of it.
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
