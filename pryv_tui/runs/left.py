"""What was left half-done, by a run or as a root alone tells it, and what of that is not known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.hosts.engine import NO_RESTART
from pryv_tui.operations.debts import (
    DOWN_DEBTS,
    ROOT_DEBTS,
    UNSEEN_DEBTS,
    Owed,
    of_roots,
    roots_changed,
)
from pryv_tui.operations.kind import Request, kind_of
from pryv_tui.operations.overview.attention import Attention
from pryv_tui.operations.plan import quote
from pryv_tui.operations.root.aside import still_aside
from pryv_tui.operations.root.marker import read_marker
from pryv_tui.operations.site import Site
from pryv_tui.runs.on_disk import HalfRoot, half_roots
from pryv_tui.runs.record.history import (
    RunRecord,
    all_runs,
    debts_of,
    request_of,
)

Choice = Literal["finish", "roll-back"]


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """What one run left half-done, and what can be done about it."""

    run: str
    kind: str
    died: bool
    """Its worker is gone without a last word; False: it ended, with a root half-restored or a
    dump folder that was not given back."""
    set_id: str
    text: str
    outstanding: tuple[Owed, ...]
    choices: dict[str, str]
    """The safe choices and what each does."""
    default: Choice
    untold: bool = False
    """No journal here tells of it, only the root itself."""

    @property
    def replaces(self) -> bool:
        """Whether a choice replaces what is in a root, as a restore and an undo do."""
        return bool(of_roots(self.outstanding))


def half_root(site: Site, half: HalfRoot) -> Left:
    """What a root is left in by a run of which no journal here tells."""
    kind = "undo" if half.undoes else "restore"
    choices: dict[str, str] = {}
    default: Choice = "roll-back"
    if half.undoes and half.aside:
        choices["finish"] = "Go on putting the former content back, then start what ran."
        default = "finish"
    elif half.aside:
        choices["roll-back"] = (
            f"Put back what lies in {half.aside}, and start the containers of the machine: which"
            " of them ran before is not known. What is in the root now is moved aside."
        )
    if not half.undoes and half.set_id and set_is_there(site, half.set_id):
        choices["finish"] = (
            f"Restore the set {half.set_id} to the end; what is in the root now is moved aside."
        )
        default = "finish"
    why = "it has the mark of one" if half.marked else f"{half.aside} is on its way"
    owed = Owed(
        kind="return" if half.undoes else "aside",
        host=half.host,
        what=half.root,
        where=half.aside,
    )
    return Left(
        run=half.run,
        kind=kind,
        died=True,
        set_id=half.set_id,
        text=f"{half.root} on {half.host} is left half-way by the {kind} {half.run}: {why}, and no"
        " journal here tells of it.",
        outstanding=(owed,),
        choices=choices,
        default=default,
        untold=True,
    )


def unread(site: Site, records: Sequence[RunRecord]) -> list[Attention]:
    """What runs have written down and can't be read any more, a line each.

    Of runs that came to their end the debts are settled: their journals are not read for this.
    """
    found = []
    for record in records:
        problems = list(record.problems)
        if record.state == "died" and (lines := debts_of(record).unread):
            problems.append(
                f"{lines} {'line' if lines == 1 else 'lines'} of its journal can't be read; what it"
                " still had to put back may be told there"
            )
        if record.state == "died" and (doubted := debts_of(record).doubted):
            problems.append(
                f"{doubted} {'debt' if doubted == 1 else 'debts'} in its journal can't be ours,"
                " since what is moved lies in a folder of ours; nothing is done about it, and"
                " somebody has changed that journal"
            )
        for problem in problems:
            found.append(
                Attention(
                    "warning",
                    f"The {record.kind} {record.id}: {problem}.",
                    "Everything else goes on without it. When all runs that has to, move the run's"
                    f" folder away: {quote('mv', record.folder, f'{site.state}/')}",
                )
            )
    return found


def set_is_there(site: Site, set_id: str) -> bool:
    """Whether a set can be restored from now."""
    try:
        return site.vault.resolve(set_id).why_not("restore") is None
    except PryvTuiError:
        return False


def left_behind(site: Site, deployment: Deployment, *, but: str = "") -> list[Left]:
    """What earlier runs left half-done, the newest first; nothing while a run holds the platform.

    Args:
        but: a run that is not looked at: the one that asks.
    """
    records = [record for record in all_runs(site.state) if record.id != but]
    going = [record for record in records if record.state in ("running", "starting")]
    if any(kind_of(record.kind).holds_platform for record in going):
        return []
    later: list[tuple[RunRecord, Request]] = []
    found: list[Left] = []
    for record in reversed(records):
        request = request_of(record)
        if request is None:
            continue
        if not _taken_care_of(record, later):
            left = _left(site, deployment, record, request)
            if left is not None:
                found.append(left)
        later.append((record, request))
    told = {root for left in found for root in roots_changed(left.outstanding)}
    # Whether a root is whole is for the root to say, whatever the journals have lost.
    found += [half_root(site, half) for half in half_roots(deployment, told)]
    # While a root is half-restored nothing is started on it, whatever another run still owes: the
    # finish or the roll-back of that root starts what has to run.
    halves = [left for left in found if left.replaces]
    return halves or found


def _taken_care_of(record: RunRecord, later: list[tuple[RunRecord, Request]]) -> bool:
    """Whether a later run that came to its end took this one's debts over."""
    for other, request in later:
        if other.outcome not in ("complete", "warnings"):
            continue
        if record.id in (request.recovers, request.continues, request.undone_run):
            return True
        # A whole restore or undo of the same roots says what they are; what it left is history.
        if kind_of(record.kind).moves_roots and kind_of(other.kind).moves_roots:
            roots = _roots(record)
            if roots and roots <= _roots(other):
                return True
    return False


def _roots(record: RunRecord) -> frozenset[tuple[str, str]]:
    return roots_changed(debts_of(record).owed)


def _left(site: Site, deployment: Deployment, record: RunRecord, request: Request) -> Left | None:
    outstanding = tuple(debts_of(record).outstanding)
    moved = [
        owed
        for owed in outstanding
        if (owed.kind in ROOT_DEBTS and _half_done(owed, record.id))
        or (owed.kind == "return" and still_aside(Path(owed.where)))
    ]
    died = record.state == "died"
    if moved:
        # Late: as a rule nothing is left, and the first screen waits for this.
        from pryv_tui.runs.record.resume import copied_back

        kept = all(
            (state := deployment.host(owed.host)) is not None and copied_back(record, state)
            for owed in moved
        )
        return _half_restored(site, record, request, moved, outstanding, died=died, kept=kept)
    small = tuple(owed for owed in outstanding if _still_owed(owed, deployment))
    if not died:
        # It has told of what else it left.
        small = tuple(owed for owed in small if owed.kind in UNSEEN_DEBTS)
    if not small:
        return None
    names = ", ".join(_in_words(small))
    how = "died. It still had to" if died else "has ended and could not"
    return Left(
        run=record.id,
        kind=record.kind,
        died=died,
        set_id=record.set,
        text=f"The {record.kind} {record.id} {how} put back: {names}.",
        outstanding=small,
        choices={"roll-back": "Start what ran before, give the dump folders back as they were."},
        default="roll-back",
    )


def _in_words(debts: Sequence[Owed]) -> list[str]:
    """What is owed, restart policies as one thing a host: they are as many as its containers."""
    words = [f"{owed.what} on {owed.host}" for owed in debts if owed.kind != "restart-policy"]
    hosts = [owed.host for owed in debts if owed.kind == "restart-policy"]
    words += [f"{hosts.count(host)} restart policies on {host}" for host in dict.fromkeys(hosts)]
    return words


def _half_restored(
    site: Site,
    record: RunRecord,
    request: Request,
    moved: list[Owed],
    outstanding: tuple[Owed, ...],
    *,
    died: bool,
    kept: bool,
) -> Left:
    """What a restore or an undo left on these roots.

    Args:
        kept: all its files are back, and nothing has run on them since but the databases.
    """
    roots = ", ".join(f"{owed.what} on {owed.host}" for owed in moved)
    how = "died" if died else f"ended ({record.outcome})"
    choices: dict[str, str] = {}
    default: Choice = "roll-back"
    if record.kind == "undo":
        choices["finish"] = "Go on putting the former content back, then start what ran."
        default = "finish"
    else:
        if all(still_aside(Path(owed.where)) for owed in moved):
            choices["roll-back"] = "Put back what was there before the restore, start what ran."
        if set_is_there(site, request.set_id):
            choices["finish"] = f"Restore the set {request.set_id} to the end; " + (
                "files and databases that are back are kept and compared."
                if kept
                else "files are verified and copied again where they are not known to be back; what"
                " was written there since it stopped is moved aside."
            )
            default = "finish"
    return Left(
        run=record.id,
        kind=record.kind,
        died=died,
        set_id=record.set,
        text=f"The {record.kind} {record.id} {how} half-way: {roots}.",
        outstanding=outstanding,
        choices=choices,
        default=default,
    )


def _half_done(owed: Owed, run: str) -> bool:
    """Whether a root is marked because of this very run, or of one that went on with it."""
    root = Path(owed.what)
    marker = read_marker(root) if root.is_dir() else None
    if marker is None:
        return False
    theirs = owed.kind == "aside" and marker.aside == owed.where
    return theirs or marker.run in (run, "unknown")


def _still_owed(owed: Owed, deployment: Deployment) -> bool:
    if owed.kind == "dump":
        return still_aside(Path(owed.where))
    if owed.kind in DOWN_DEBTS:
        state = deployment.host(owed.host)
        container = state.named(owed.what) if state else None
        if container is None:
            return False
        return container.state == "paused" if owed.kind == "unpause" else not container.running
    if owed.kind == "restart-policy":
        state = deployment.host(owed.host)
        container = state.named(owed.what) if state else None
        return container is not None and container.restart_policy == NO_RESTART
    return False
