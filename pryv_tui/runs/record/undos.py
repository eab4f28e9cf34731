"""Undos that belong together: one that was stopped half-way, and the one that came to its end.

One more undo, of the last of them, can bring back what they moved aside. So nothing that was
written between a restore and its undo is lost.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from pryv_tui import own_folder
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.kind import kind_of
from pryv_tui.operations.root.aside import is_aside, still_aside
from pryv_tui.operations.root.kept import Brought
from pryv_tui.operations.root.marker import read_marker
from pryv_tui.operations.sets.own import told_domain
from pryv_tui.operations.site import Site
from pryv_tui.reading import Remembered
from pryv_tui.runs.record.history import (
    RunRecord,
    all_runs,
    debts_of,
    keeps_something,
    request_of,
)
from pryv_tui.runs.record.journal import NAME as JOURNAL
from pryv_tui.runs.record.journal import JournalReader, done_at

CAME_TO_ITS_END = ("complete", "warnings")


def undone_of(record: RunRecord) -> str:
    """Return the run that an undo undoes; empty for a run of another kind."""
    request = request_of(record) if record.kind == "undo" else None
    return request.undone_run if request is not None else ""


def done_when(record: RunRecord) -> str:
    """Return when a run came to a good end; for a run that failed or died, when it had completed
    its purpose. Empty if it did neither."""
    if record.outcome in CAME_TO_ITS_END:
        return record.finished
    stopped = record.state in ("died", "ended")
    return _DONE.of((record.kind, record.folder), record.journal) if stopped else ""


def _read_done(of: tuple[str, str]) -> str:
    kind, folder = of
    return done_at(kind, JournalReader(Path(folder) / JOURNAL).read())


_DONE = Remembered(_read_done)
"""Remembered, since each look at a platform needs it for the same runs several times."""


def came_to_its_end(undo: RunRecord) -> bool:
    """Whether an undo has put all former content back. This may be true even if the undo failed or
    died later, while it started containers or checked the platform."""
    return undo.outcome in CAME_TO_ITS_END or bool(done_when(undo))


def undone_by(state: Path) -> dict[str, str]:
    """Return the restores and undos that were undone, each with the undo that did it. An undo that
    was itself undone does not count."""
    found: dict[str, str] = {}
    for record in reversed(all_runs(state)):
        undone = undone_of(record)
        if undone and record.id not in found and came_to_its_end(record):
            found.setdefault(undone, record.id)
    return found


def undos_of(state: Path, run: str, records: Sequence[RunRecord] | None = None) -> list[RunRecord]:
    """Return the undos of a run, newest first."""
    every = all_runs(state) if records is None else records
    return [one for one in reversed(every) if one.kind == "undo" and undone_of(one) == run]


def together(
    state: Path, record: RunRecord, records: Sequence[RunRecord] | None = None
) -> list[RunRecord]:
    """Return an undo together with the unfinished undos of the same run that it continued, and
    those that continued it, up to the one that came to its end. Newest first."""
    found: list[RunRecord] = []
    for one in reversed(undos_of(state, undone_of(record), records)):
        if found and came_to_its_end(found[0]):
            if any(each.id == record.id for each in found):
                break
            found = []
        found.insert(0, one)
    return found if any(one.id == record.id for one in found) else [record]


def begun(state: Path, run: str) -> list[RunRecord]:
    """Return the undos of a run that did not come to their end, since the last one that did; newest
    first. The next undo continues them."""
    found: list[RunRecord] = []
    for one in undos_of(state, run):
        if came_to_its_end(one):
            break
        found.append(one)
    return found


def set_aside_by(undos: Sequence[RunRecord]) -> list[Owed]:
    """Return what undos that belong together have moved aside.

    There is one entry for each folder, in the form in which a restore records it. A root whose
    moved content is gone has an entry too.

    Args:
        undos: newest first.
    """
    found: dict[tuple[str, str], list[Owed]] = {}
    for record in undos:
        for owed in debts_of(record).owed:
            if owed.kind == "return":
                place = own_folder.undone(Path(owed.what), record.id)
                one = Owed(kind="aside", host=owed.host, what=owed.what, where=str(place))
                found.setdefault((owed.host, owed.what), []).append(one)
    return [
        each
        for many in found.values()
        for each in [one for one in many if still_aside(Path(one.where))] or many[:1]
    ]


def asides_gone(owed: Iterable[Owed], released_by: str = "") -> tuple[str, ...]:
    """Return the folders of moved content that no longer exist.

    A folder below an empty root counts only if a run removed it: perhaps a disk is not mounted.

    Args:
        owed: the debts that the run recorded.
        released_by: the run that removed the folders for good; empty if none.
    """
    places = {one.where: one.what for one in owed if one.kind == "aside" and one.where}
    return tuple(
        one for one, root in places.items() if _is_gone(one) and (released_by or _holds(root))
    )


def _is_gone(place: str) -> bool:
    """Whether a path is known not to exist; False if that can't be checked."""
    try:
        os.lstat(place)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return False


def _holds(folder: str) -> bool:
    """Whether a folder can be read and is not empty."""
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is not None
    except OSError:
        return False


def keeps(state: Path, record: RunRecord) -> bool:
    """Whether content that this run moved aside is still there, in any state. For an undo, the
    undos that belong together with it count as well."""
    every = together(state, record) if record.kind == "undo" else [record]
    return any(keeps_something(one) for one in every)


def half_way(undos: Sequence[RunRecord]) -> bool:
    """Whether these undos have not put everything back yet, or one of their roots is half-way for
    another reason. Then what they moved aside is incomplete."""
    names = {one.id for one in undos}
    returned = [o for one in undos for o in debts_of(one).owed if o.kind == "return"]
    for owed in returned:
        marker = read_marker(Path(owed.what))
        # The mark of an undo of these undos: it was stopped half-way.
        if still_aside(Path(owed.where)) or (marker is not None and marker.undoes not in names):
            return True
    return False


def brings_back(state: Path, record: RunRecord, records: Sequence[RunRecord] | None = None) -> bool:
    """Whether an undo can itself be undone. For that it has to be the last of those that belong
    together, and what they moved aside has to be in one folder for each root."""
    if record.kind != "undo" or record.state not in ("ended", "died"):
        return False
    if record.outcome == "refused":
        return False
    undos = together(state, record, records)
    places = [one for one in set_aside_by(undos) if is_aside(Path(one.where))]
    roots = {(one.host, one.what) for one in places}
    return (
        undos[0].id == record.id
        and bool(places)
        and len(roots) == len(places)
        and not half_way(undos)
        and not unfinished(record, all_runs(state) if records is None else records)
    )


def unfinished(undo: RunRecord, records: Sequence[RunRecord]) -> str:
    """Return the restore that an undo has undone, if it is not on record as completed: what the
    undo moved aside may be a half-restored root. Empty if it is, or nothing is known of it."""
    known = {one.id: one for one in records}
    one = known.get(undone_of(undo))
    while one is not None and one.kind == "undo":
        one = known.get(undone_of(one))
    if one is None or not is_unfinished(one) or set_former_aside(undo, records):
        return ""
    return one.id


def is_unfinished(record: RunRecord) -> bool:
    """Whether this is a restore that ended, and whose journal does not tell that the content was
    back by then; a journal that can't be read tells nothing."""
    return record.kind == "restore" and record.state in ("ended", "died") and not done_when(record)


def kept_by(state: Path, run: str) -> str:
    """Return the undo that now keeps what a run moved aside: another undo had put that content
    back, and this one moved it aside again. Empty if there is none, or that content is gone."""
    records = all_runs(state)
    whole = [one for one in records if one.kind == "undo" and came_to_its_end(one)]
    by = {undone_of(one): one for one in whole}
    last: RunRecord | None = None
    name = run
    while (back := by.get(name)) is not None and (again := by.get(back.id)) is not None:
        last, name = again, again.id
    return last.id if last is not None and brings_back(state, last, records) else ""


class Change(NamedTuple):
    """A restore or an undo, with the facts that decide which content is in the roots. Runs of other
    kinds change no content."""

    id: str
    kind: str
    roles: Collection[str]
    undoes: str
    """For an undo: the run whose moved content it puts back."""
    stands: bool
    """Whether the run completed its purpose."""
    half: bool = False
    """Whether the run left a root half-changed."""


Content = dict[str, tuple[str, ...]]
"""For each role, the restores that made its present content, each over the one before. A role
without an entry has no restored content. A run that left the role half-changed comes last."""


def contents(changes: Iterable[Change]) -> list[Content]:
    """Return the content of the roots after each of the given runs.

    Only this function decides which restore is in place, for the overview and for reports.

    Args:
        changes: oldest first, including refused and unfinished ones: an undo of one of them brings
            back what was there before it.
    """
    now: Content = {}
    before: dict[str, Content] = {}
    stood: set[str] = set()
    found: list[Content] = []
    for one in changes:
        former = before.get(one.undoes, {}) if one.kind == "undo" else {}
        if kind_of(one.kind).moves_roots:
            # A change over a half-changed root continues with what the earlier run had moved aside.
            own = before[one.id] = {
                role: _whole(now.get(role, ()), stood) for role in {*(one.roles or ("",)), *former}
            }
            if one.stands:
                stood.add(one.id)
            if one.stands and one.kind == "undo":
                now = {**now, **{role: former.get(role, ()) for role in own}}
            elif one.stands or one.half:
                now = {**now, **{role: (*lies, one.id) for role, lies in own.items()}}
            now = {role: lies for role, lies in now.items() if lies}
        found.append(now)
    return found


def _whole(lies: tuple[str, ...], stood: Collection[str]) -> tuple[str, ...]:
    """Return the restores without those at the end that left the role half-changed."""
    while lies and lies[-1] not in stood:
        lies = lies[:-1]
    return lies


def in_place_now(records: Sequence[RunRecord], done: Collection[str]) -> dict[str, list[str]]:
    """Return the restores whose content is in place now, with their roles, oldest first.

    Roles whose content is not from a restore are not included.

    Args:
        records: oldest first.
        done: the ids of the runs that completed their purpose.
    """
    after = contents(
        Change(one.id, one.kind, one.roles, undone_of(one), one.id in done) for one in records
    )
    last = after[-1] if after else {}
    found = {one.id: [role for role in last if last[role][-1] == one.id] for one in records}
    return {run: roles for run, roles in found.items() if roles}


def brought_back(
    site: Site,
    deployment: Deployment,
    also: Collection[str] = (),
    *,
    records: Sequence[RunRecord] | None = None,
) -> dict[str, Brought]:
    """Return, for each role, the set whose restored content is in place now.

    A role without restored content is left out. The role is empty for runs that named none. Runs
    that are known to be another platform's do not count.

    Args:
        also: other domains whose runs count too: earlier names of the platform.
        records: all runs, oldest first; None: they are read here.
    """
    domain = told_domain(deployment)
    changes = [
        one
        for one in (all_runs(site.state) if records is None else records)
        if kind_of(one.kind).moves_roots
        and (not one.domain or not domain or one.domain in (domain, *also))
    ]
    done = {one.id: at for one in changes if (at := done_when(one))}
    found = {}
    for run, roles in in_place_now(changes, done).items():
        (backup,) = (one.set for one in changes if one.id == run)
        for role in roles:
            on_it = [one for one in changes if one.id in done and role in (one.roles or ("",))]
            found[role] = Brought(backup, max([done[run], *(done[one.id] for one in on_it)]))
    return found


def set_former_aside(undo: RunRecord, records: Sequence[RunRecord]) -> bool:
    """Whether an undo moved aside content that is not from the restore: content from before the
    restore, or from later. This is true for the undo of an undo, and for every second undo after
    it."""
    known = {one.id: one for one in records}
    former, one = True, known.get(undone_of(undo))
    while one is not None and one.kind == "undo":
        former, one = not former, known.get(undone_of(one))
    return not former
