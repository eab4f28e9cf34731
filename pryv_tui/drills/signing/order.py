"""Checks across the records of a state folder: the list of hashes, what later records name, and
the numbering."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import combinations, groupby
from pathlib import Path
from typing import Literal, NamedTuple

from pryv_tui.drills.files import RECORD, Filed
from pryv_tui.drills.signing.papers import ONCE, PAGE, PAGES, SIGNERS, SUMS, digest, listed
from pryv_tui.drills.signing.unfinished import Named, in_signers, named_in, proves_nothing
from pryv_tui.operations.plan import quote

Level = Literal["ok", "note", "failed"]


class Line(NamedTuple):
    """The result of one check."""

    level: Level
    drill: str
    text: str
    unfinished: bool = False
    """Whether the cause is an interrupted write; `text` then names the command that repairs it."""
    way: str = ""
    """What the operator can do; empty if nothing is needed, or if `text` says it."""
    about: str = ""
    """The drill whose record has the fault, if that is not `drill`; `-` for a gap in the
    numbers."""
    page: bool = False
    """Whether only pages are affected, and the record itself is unchanged."""


def put_back(drill: str, *names: str) -> str:
    """Return the remedy for files that were changed or are missing: to copy them back.

    Args:
        drill: the drill that the files belong to; another drill may report them.
        names: paths below the folder of all drills.
    """
    told = " and ".join(names)
    return (
        f"Put {told} back from a copy of the state folder (the list {SUMS} has its hash), then"
        f" check again: pryv-tui drill verify. Without a copy nothing of the drill {drill}"
        " counts; to hold another: pryv-tui drill run"
    )


def sound(lines: Sequence[Line]) -> list[Line]:
    """Correct the lines about another record in which the reporting record has a fault of its own.
    Such a record proves nothing about the other one, and the remedy is the one for its own
    fault."""
    own: dict[str, str] = {}
    for line in lines:
        if line.level == "failed" and not (line.about or line.unfinished or line.page):
            own.setdefault(line.drill, line.way)
    return [
        line._replace(
            text=f"{line.text}; or this drill's own record is wrong, which has other faults",
            way=own[line.drill],
        )
        if line.about.strip(_OF_THE_ORDER) and line.drill in own
        else line
        for line in lines
    ]


def named_later(drills: Path, filed: Collection[Filed], only: str) -> Iterator[Line]:
    """Compare signatures, debriefs and reviews with their hashes in later records."""
    named = named_in(filed)
    for later in filed:
        for paper in later.record.chain.papers:
            if only and only not in (paper.drill, later.folder.name):
                continue
            if proves_nothing(paper, named):
                continue
            if "/" in paper.drill or paper.name not in ONCE:
                text = (
                    f"its record lists {paper.drill}/{paper.name} among the signatures, debriefs"
                    " and reviews of earlier drills, but that file can't be one"
                )
                way = put_back(later.folder.name, f"{later.folder.name}/{RECORD}")
                yield Line("failed", later.folder.name, text, way=way)
                continue
            try:
                now = digest(drills / paper.drill / paper.name)
            except OSError:
                text = f"{paper.name} is missing, but existed when the record of {{}} was made"
            else:
                text = f"{paper.name} has changed since the record of {{}} was made"
                if now == paper.sha256:
                    continue
            way = put_back(paper.drill, f"{paper.drill}/{paper.name}")
            yield Line("failed", paper.drill, text.format(later.record.id), way=way)


def on_the_list(drills: Path, only: str, named: Named) -> Iterator[Line]:
    """Compare the files on the list of hashes with their hashes there. Check that each record is on
    it."""
    known = listed(drills)
    missing: dict[str, list[str]] = {}
    for path, told in known.items():
        drill, _, file = path.partition("/")
        if only and drill != only:
            continue
        now = ""
        with suppress(OSError):
            now = digest(drills / path)
        if now == told:
            continue
        if not now and not (drills / drill / RECORD).exists():
            # If a record is missing, the files beside it are put back with it: one line for all of
            # them.
            missing.setdefault(drill, []).append(file)
            continue
        text = f"{file} does not match the list {SUMS}"
        if not now:
            text = f"{file} is on the list {SUMS}, but missing"
        way = _way_out(drills / drill, file, told, named, known) if now or file in PAGES else ""
        yield Line(
            "failed",
            drill,
            text + way,
            unfinished=bool(way),
            way="" if way else _out_of(drills, drill, file),
            page=file in PAGES,
        )
    for drill, files in missing.items():
        files.sort(key=lambda file: (file != RECORD, file))
        verb = "is" if len(files) == 1 else "are"
        text = f"{' and '.join(files)} {verb} on the list {SUMS}, but missing"
        way = put_back(drill, *(f"{drill}/{file}" for file in files))
        yield Line("failed", drill, text, way=way)
    for place in sorted(drills.glob(f"*/{RECORD}")):
        drill = place.parent.name
        if f"{drill}/{RECORD}" not in known and (not only or drill == only):
            way = _unwritten(place.parent)
            text = f"its record is not on the list {SUMS}{way}"
            # Its writer stopped before listing the record, or is about to list it.
            yield Line(
                "failed", drill, text, way="" if way else put_back(drill, SUMS), page=bool(way)
            )
        elif not only or drill == only:
            there = [name for name in PAGES if (place.parent / name).exists()]
            loose = [name for name in there if f"{drill}/{name}" not in known]
            if loose:
                text = f"pages not compared, since the list {SUMS} lacks them: {', '.join(loose)}"
                yield Line("note", drill, text)


def _way_out(folder: Path, file: str, told: str, named: Named, known: Mapping[str, str]) -> str:
    """Explain how an interrupted write made a file differ from the list, and name the command that
    repairs it; empty if no interrupted write explains it."""
    if file in PAGES:
        return _unwritten(folder)
    found = in_signers(folder, told, named=named, known=known) if file == SIGNERS else ()
    if not found:
        return ""
    ways = "; ".join(dict.fromkeys(of.again.format(folder.name) for of in found))
    words = " and ".join(of.words for of in found)
    return (
        f": it has the key of a {words} that was not completely written. To make it again: {ways}"
    )


def _out_of(drills: Path, drill: str, file: str) -> str:
    """Return the remedy for a file that differs from the list. Pages are written again from the
    record; other files, and all files if the record is missing, are copied back."""
    if file in PAGES and (drills / drill / RECORD).exists():
        return _anew(drills / drill)
    return put_back(drill, f"{drill}/{file}")


def _anew(folder: Path) -> str:
    """The commands that write changed pages again from the record."""
    gone = quote("rm", str(folder / PAGE))
    return f"To write the pages again from the record: {gone}; then: pryv-tui drill list"


def _unwritten(folder: Path) -> str:
    """Say that not all pages of a record were written, and which command writes them; empty if
    `PAGE`, which is written last, exists, or if the record is missing."""
    if (folder / PAGE).exists() or not (folder / RECORD).exists():
        return ""
    return (
        f". {PAGE} is missing: it was removed, or not all pages of the record were written. To"
        " write the pages again from the record: pryv-tui drill list"
    )


_OF_THE_ORDER = "-"
"""The value of `Line.about` for a missing number, which does not show whose record was edited."""


def in_order(drills: Path, filed: Iterable[Filed]) -> Iterator[Line]:
    """Yield a line for each gap, and each number used twice, in the records of each platform.

    A record that was missing or unreadable when the next one was written has the same number as
    that one after it is put back. Both are good if both match the list, and the later one names the
    other as missing.
    """
    known, filed = listed(drills), list(filed)
    yield from numbered_twice(drills, filed)
    for chain in _chains(filed):
        wanted = 1
        before: Filed | None = None
        for one in chain:
            number = one.record.chain.number
            # `numbered_twice` has judged two records that both match the list.
            if number != wanted and not _both_listed(before, one, known):
                text = (
                    f"its record has the number {number}, but the next of its platform is {wanted}"
                )
                way = (
                    "Find out which record is missing, or there twice, and put it back from a"
                    " copy of the state folder"
                )
                yield Line("failed", one.folder.name, text, way=way, about=_OF_THE_ORDER)
            wanted, before = number + 1, one


def numbered_twice(drills: Path, filed: Iterable[Filed]) -> Iterator[Line]:
    """Judge records that share a number and match the list: an intruder who can write to the folder
    can also add a forged record to the list.

    All pairs that share a number are compared, not only neighbours: by its name, a third record may
    be sorted between the two.
    """
    known = listed(drills)
    for chain in _chains(filed):
        followed = {one.record.chain.previous for one in chain}
        told: set[str] = set()
        good = [one for one in chain if _as_listed(one, known)]
        for _number, same in groupby(good, lambda one: one.record.chain.number):
            for first, second in combinations(same, 2):
                # A record that fails beside several others is reported once.
                for line in _of_two(first, second, followed):
                    if line.level == "note" or line.drill not in told:
                        yield line
                    told |= {line.drill} if line.level == "failed" else set()


def _of_two(first: Filed, second: Filed, followed: Collection[str]) -> Iterator[Line]:
    """Judge two records that share a number and match the list.

    Args:
        followed: names of the records that a later record names as the one before it.
    """
    names = first.folder.name, second.folder.name
    number = second.record.chain.number
    # The later one of the two must say that it was written without the other.
    if names[0] in second.record.chain.without or names[1] in first.record.chain.without:
        text = (
            f"its record has the number {number}, like that of {names[0]}: one of the two was"
            " written while the other was missing or damaged"
        )
        yield Line("note", names[1], text)
        return
    strange = [name for name in names if name not in followed]
    # If a later record follows one of the two, only the other is suspect.
    for name in strange if len(strange) == 1 else names:
        (other,) = {*names} - {name}
        text = (
            f"its record has the number {number}, like that of {other}, but neither was written"
            " while the other was missing: one of the two was not written by pryv-tui"
        )
        way = (
            f"Put {name} and {SUMS} back from a copy of the state folder, remove what the copy"
            " does not have, then check again: pryv-tui drill verify. Without a copy nothing of"
            f" the drill {name} counts; hold another: pryv-tui drill run"
        )
        yield Line("failed", name, text, way=way)


def _chains(filed: Iterable[Filed]) -> list[list[Filed]]:
    """Return the records of each platform, in the order of their numbers."""
    chains: dict[str, list[Filed]] = {}
    for one in filed:
        chains.setdefault(one.record.chain.platform, []).append(one)
    return [
        sorted(chain, key=lambda one: (one.record.chain.number, one.folder.name))
        for chain in chains.values()
    ]


def _both_listed(before: Filed | None, one: Filed, known: Mapping[str, str]) -> bool:
    """Whether two neighbouring records share a number and both match the list."""
    if before is None or before.record.chain.number != one.record.chain.number:
        return False
    return _as_listed(one, known) and _as_listed(before, known)


def _as_listed(one: Filed, known: Mapping[str, str]) -> bool:
    return known.get(f"{one.folder.name}/{RECORD}") == one.sha256
