"""Restores that belong together: one that was stopped half-way, and those that continued it.

Together they are one change of the platform. What was there before is in a folder named after the
run that moved it, even if another run of the chain came to the end.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.debts import ROOT_DEBTS, Owed
from pryv_tui.operations.facts import NewerFound
from pryv_tui.operations.root.aside import still_aside
from pryv_tui.operations.root.marker import read_marker
from pryv_tui.operations.site import Site
from pryv_tui.runs.on_disk import aside_of, asides_of_run
from pryv_tui.runs.record.events import NewerCounted, RunFinished
from pryv_tui.runs.record.history import (
    RunRecord,
    all_runs,
    can_be_undone,
    debts_of,
    request_of,
    resolve_run,
    runs_folder,
)
from pryv_tui.runs.record.journal import JournalReader
from pryv_tui.runs.record.undos import (
    CAME_TO_ITS_END,
    brings_back,
    came_to_its_end,
    keeps,
    together,
    undone_by,
)

_RAN = ("running", "restarting", "paused")
_GONE = "The content that it had moved aside is not there any more; the text below is older"


def chain_of(state: Path, record: RunRecord) -> list[RunRecord]:
    """Return a run and the unfinished runs that it continues, newest first.

    A run continues another run if it was asked to, and also if it leaves that run's moved content
    in its place."""
    found = {record.id: record}
    ahead = [record]
    while ahead:
        one = ahead.pop()
        request = request_of(one)
        names = {Path(owed.where).name for owed in debts_of(one).owed if owed.kind == "aside"}
        if request is not None and request.continues:
            names.add(request.continues)
        for name in names - found.keys():
            with contextlib.suppress(PryvTuiError):
                found[name] = resolve_run(state, name)
                ahead.append(found[name])
    return sorted(found.values(), key=lambda one: one.asked, reverse=True)


def taken_over(state: Path, records: Collection[RunRecord] | None = None) -> dict[str, str]:
    """Return the restores whose moved content a later restore took over, by id.

    With each is the last restore that took it over; that one may be alive or dead.

    Args:
        records: all runs, oldest first, if the caller has read them already.
    """
    found: dict[str, str] = {}
    every = all_runs(state) if records is None else records
    # The first restore, usually the only one, continued no other: its journal need not be read.
    for record in [one for one in every if one.kind == "restore"][1:]:
        debts = debts_of(record)
        # A cancelled restore has put back what it had moved: that is settled.
        if any(one.kind == "aside" for one in debts.outstanding):
            found |= {one.id: record.id for one in chain_of(state, record) if one.id != record.id}
    return found


def brought_to_its_end(state: Path, records: Collection[RunRecord] | None = None) -> dict[str, str]:
    """Return the restores that were stopped half-way, each with the run that finished it.

    Args:
        records: all runs, oldest first, if the caller has read them already.
    """
    found: dict[str, str] = {}
    for record in all_runs(state) if records is None else records:
        if record.kind == "restore" and record.outcome in CAME_TO_ITS_END:
            chain = chain_of(state, record)
            ended = [
                one for one in chain if one.id != record.id and one.outcome not in CAME_TO_ITS_END
            ]
            found |= {one.id: record.id for one in ended}
    return found


def released_by(state: Path, records: Collection[RunRecord]) -> dict[str, str]:
    """Return the restores and undos whose moved content was removed, each with the run that did it.

    All runs of a chain are included, if their journals are there.

    Args:
        records: all runs.
    """
    known = {record.id: record for record in records}
    found: dict[str, str] = {}
    for record in records:
        if record.kind != "release" or record.outcome not in CAME_TO_ITS_END:
            continue
        request = request_of(record)
        released = known.get(request.released_run) if request is not None else None
        if released is not None:
            whole = chain_of if released.kind == "restore" else together
            chain = whole(state, released)
            found |= {one.id: record.id for one in chain}
    return found


class Since(NamedTuple):
    """One event that concerned a run after its end, for a list of runs."""

    word: str
    by: str
    """The run that caused the event."""
    who: str = ""
    """The person who asked for that run; empty if not known."""

    @property
    def words(self) -> str:
        return f"{self.word} by {self.by}" + (f" ({self.who})" if self.who else "")


def since(state: Path, records: Collection[RunRecord]) -> dict[str, list[Since]]:
    """Return what happened to each run after its end. Runs to which nothing happened are left out.

    Args:
        records: all runs, oldest first.
    """
    found: dict[str, list[Since]] = {}
    who = {one.id: one.by.short for one in records if one.by is not None}
    for word, runs in (
        ("undone", undone_by(state)),
        ("brought to its end", brought_to_its_end(state, records)),
        ("released", released_by(state, records)),
    ):
        for run, by in runs.items():
            found.setdefault(run, []).append(Since(word, by, who.get(by, "")))
    return found


def undoable(state: Path) -> list[RunRecord]:
    """Return the restores and undos that can be undone now, oldest first; of each chain only the
    last."""
    records = all_runs(state)
    over = taken_over(state, records)
    return [
        one
        for one in records
        if (one.id not in over and can_be_undone(one)) or brings_back(state, one, records)
    ]


def since_its_end(state: Path, record: RunRecord) -> str:
    """Return what became of a restore or an undo after its end, in a sentence, so that nobody takes
    its result for the present state. Empty if the result is still right."""
    if record.kind == "undo" and came_to_its_end(record):
        if by := undone_by(state).get(record.id):
            return f"Undone by {by}. The text below is older."
        return "" if keeps(state, record) else f"{_GONE}."
    if record.kind != "restore" or record.state not in ("ended", "died"):
        return ""
    undone = undone_by(state)
    if record.id in undone:
        return f"Undone by {undone[record.id]}. The text below is older."
    last = taken_over(state).get(record.id)
    if last in undone:
        return f"Undone by {undone[last]}, together with {last}, which had continued it."
    if last:
        return f"{last} continued this run: to undo both together, undo {last}."
    owed = [one for one in debts_of(record).owed if one.kind == "aside"]
    if record.outcome in CAME_TO_ITS_END and owed and not can_be_undone(record):
        return f"{_GONE}; it can't be undone."
    return ""


def asides_of(chain: Sequence[RunRecord]) -> list[Owed]:
    """Return what a chain moved aside, one entry for each root, from the newest run that moved
    it."""
    found: dict[tuple[str, str], Owed] = {}
    for record in chain:
        for owed in debts_of(record).owed:
            if owed.kind == "aside":
                found.setdefault((owed.host, owed.what), owed)
    return list(found.values())


def known_or_aside(site: Site, deployment: Deployment, name: str) -> RunRecord:
    """Return the run with a name, also if its record is lost but its moved content is there.

    Raises:
        PryvTuiError: `run-unknown`.
    """
    try:
        return resolve_run(site.state, name)
    except PryvTuiError as error:
        if error.name != "run-unknown" or not asides_of_run(deployment, name):
            raise
    return RunRecord(
        id=name,
        folder=str(runs_folder(site.state) / name),
        kind="restore",
        state="died",
        pid=None,
        asked="",
        started="",
        problems=(
            "its record is not in this state folder; what it has moved aside is still there",
        ),
    )


def asides_on_disk(deployment: Deployment, run: str) -> list[Owed]:
    """Return what is in the folder of moved content with a run's name, in the form in which the
    run's journal would have it."""
    return [
        Owed(kind="aside", host=host, what=root, where=where)
        for host, (root, where) in asides_of_run(deployment, run).items()
    ]


def ran_before(chain: Collection[RunRecord]) -> dict[str, list[str]]:
    """Return, by machine, the containers that ran before the first run of a chain.

    If the first run died half-way, later runs stopped the remaining containers, so the names of all
    runs are joined. A container that a later run stopped does not count if it was not running when
    the first run began: then an earlier run of the chain had started it.
    """
    found: dict[str, list[str]] = {}
    first: dict[str, set[str]] = {}
    for record in sorted(chain, key=lambda one: one.asked):
        debts = debts_of(record)
        for host, containers in debts.seen.items():
            ran = {one.name for one in containers if one.state in _RAN}
            first.setdefault(host, ran)
        for host, names in debts.ran.items():
            found[host] = sorted({*found.get(host, []), *names})
    return {
        host: [name for name in names if host not in first or name in first[host]]
        for host, names in found.items()
    }


def unwell_before(chain: Sequence[RunRecord]) -> dict[str, dict[str, str]]:
    """Return, by machine, the containers that were unwell before a chain's first run, and why.

    The oldest record counts, since what a later run found may be caused by an earlier one.

    Args:
        chain: newest first.
    """
    found: dict[str, dict[str, str]] = {}
    for record in chain:
        for host, containers in debts_of(record).seen.items():
            found[host] = {c.name: c.unwell for c in containers if c.unwell}
    return found


def newer_before(chain: Sequence[RunRecord], set_id: str) -> list[NewerFound]:
    """Return what the runs of a chain counted as newer than a set, for each store.

    The newest count of a store is used, since no run counts a store again whose replacement has
    begun. If no run has a number, the reason given by the oldest run stays.

    Args:
        chain: newest first. Runs of another set are skipped.
    """
    found: dict[tuple[str, str, str], NewerFound] = {}
    for record in chain:
        counted: list[NewerFound] = []
        for event in JournalReader(record.journal).read() if record.set == set_id else ():
            if isinstance(event, NewerCounted | RunFinished):
                counted = event.newer or counted
        for one in counted:
            known = found.get((one.host, one.role, one.what))
            if known is None or known.number is None:
                found[one.host, one.role, one.what] = one
    return list(found.values())


def half_done(
    site: Site, deployment: Deployment, continues: str, *, but: str = ""
) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Return what a half-done restore moved aside, and which containers ran before; by machine.

    Args:
        but: the id of the run that asks.
    """
    asides, chain = half_done_chain(site, deployment, continues, but=but)
    return asides, ran_before(chain)


def half_done_chain(
    site: Site, deployment: Deployment, continues: str, *, but: str = ""
) -> tuple[dict[str, str], list[RunRecord]]:
    """Return what a half-done restore moved aside, by machine, and its runs, newest first.

    A restore over a half-restored root continues with that root's moved content, even if it was not
    asked to: the half-done copy must never be taken for the former content. The same applies to a
    root that the stopped restore had already completed.

    Args:
        but: the id of the run that asks.
    """
    asides: dict[str, str] = {}
    names = {continues} if continues else set()
    bare: dict[tuple[str, str], str] = {}
    for state in deployment.hosts:
        if not state.root or not state.root_exists:
            continue
        marker = read_marker(Path(state.root))
        if marker is None:
            bare[state.name, state.root] = state.name
        elif not marker.undoes:
            aside = aside_of(Path(state.root), marker)
            if aside is not None:
                asides[state.name] = str(aside)
            names.add(marker.run)
    chain: list[RunRecord] = []
    for name in sorted(names, reverse=True):
        try:
            chain += chain_of(site.state, resolve_run(site.state, name))
        except PryvTuiError:
            continue
    for owed in asides_of(chain):
        host = bare.get((owed.host, owed.what))
        if host and still_aside(Path(owed.where)) and _the_last(site.state, owed, but):
            asides[host] = owed.where
    return asides, sorted(chain, key=lambda one: one.asked, reverse=True)


def _the_last(state: Path, owed: Owed, but: str) -> bool:
    """Whether this debt is the newest of its root: no other run has moved content aside there
    since, or put it back."""
    last = ""
    for record in all_runs(state):
        if record.id == but:
            continue
        for one in debts_of(record).owed:
            if one.kind in ROOT_DEBTS and (one.host, one.what) == (owed.host, owed.what):
                last = one.where
    return last == owed.where
