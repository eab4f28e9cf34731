"""What was left half-done, according to a run's journal or the root itself, and what is not
known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import msgspec

from pryv_tui import own_folder
from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.hosts.engine import NO_RESTART
from pryv_tui.operations.advice import Advice, Facts, Way, advise
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
from pryv_tui.operations.overview.backup_words import TAKE_ONE
from pryv_tui.operations.plan import quote
from pryv_tui.operations.root.aside import still_aside
from pryv_tui.operations.root.marker import read_marker
from pryv_tui.operations.site import Site
from pryv_tui.phrases import counted
from pryv_tui.runs.half_done import (
    of_debts,
    of_moved,
    of_root,
    out_of_sight,
    with_story,
)
from pryv_tui.runs.on_disk import HalfRoot, half_roots
from pryv_tui.runs.record.history import (
    RunRecord,
    all_runs,
    debts_of,
    request_of,
    untold,
)
from pryv_tui.runs.record.report import Aftermath
from pryv_tui.runs.record.stops import stops_of, story_of
from pryv_tui.runs.record.tries import made_since, never_began

Choice: TypeAlias = Way


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """The work that one run left half-done, and the choices to settle it."""

    run: str
    kind: str
    died: bool
    """Whether the run's worker is gone without a recorded end. False: the run ended, but a root is
    half-restored, or a dump folder was not put back."""
    set_id: str
    text: str
    outstanding: tuple[Owed, ...]
    choices: dict[str, str]
    """The safe choices, and in words what each does."""
    default: Choice
    untold: bool = False
    """No journal here has the run; only the root itself shows that something is half-done."""
    advice: Advice
    """Advice: what is known about the half-done work, and what each choice costs."""
    earlier: tuple[Left, ...] = ()
    """What earlier runs left on the same roots, before this run continued their work."""

    @property
    def replaces(self) -> bool:
        """Whether a choice replaces the content of a root, as a restore and an undo do."""
        return bool(of_roots(self.outstanding))


def half_root(site: Site, deployment: Deployment, half: HalfRoot) -> Left:
    """Return what a run left in a root, if no journal here has that run."""
    owed = Owed(
        kind="return" if half.undoes else "aside",
        host=half.host,
        what=half.root,
        where=half.aside,
    )
    return _left_of(
        of_root(site, deployment, half),
        died=True,
        set_id=half.set_id,
        outstanding=(owed,),
        untold=True,
    )


def _left_of(
    facts: Facts,
    *,
    died: bool,
    set_id: str,
    outstanding: tuple[Owed, ...],
    untold: bool = False,
) -> Left:
    """Return what was left, with the advice that follows from these facts."""
    made = advise(facts)
    natural: Choice = "finish" if "finish" in facts.ways else "roll-back"
    return Left(
        run=facts.run,
        kind=facts.kind,
        died=died,
        set_id=set_id,
        text=facts.what,
        outstanding=outstanding,
        choices={way: choice.does for way, choice in facts.ways.items()},
        default=made.advised or natural,  # type: ignore[arg-type]
        untold=untold,
        advice=made,
    )


def unread(site: Site, records: Sequence[RunRecord]) -> list[Attention]:
    """Return one warning for each run record that can't be read any more.

    Only the journals of dead runs are read for this: a run that ended has recorded what it left.
    """
    found = []
    for record in records:
        problems = list(record.problems)
        if record.state == "died" and (lines := debts_of(record).unread):
            problems.append(
                f"{lines} {'line' if lines == 1 else 'lines'} of its journal can't be read; what"
                " it still had to put back may be written there"
            )
        if record.state == "died" and (doubted := debts_of(record).doubted):
            problems.append(
                f"somebody has changed its journal: {counted(doubted, 'entry', 'entries')} in it"
                " can't be from this program, which moves content into its own folders. No such"
                " entry is acted on"
            )
        away = (
            "Everything else works without it. Once everything that should run is running, move"
            f" the run's folder away: {quote('mv', record.folder, f'{site.state}/')}"
        )
        if what := _untold(record, records):
            found.append(Attention("info", what, TAKE_ONE if record.kind == "backup" else away))
        for problem in problems:
            found.append(Attention("warning", f"The {record.kind} {record.id}: {problem}.", away))
    return found


def _untold(record: RunRecord, records: Sequence[RunRecord]) -> str:
    """Return a sentence that it is not known what the run did; empty if known, or if irrelevant.

    For a backup, a set that was made later shows the present state. A backup that never began is
    reported as an attempt that made no set.
    """
    if not (why := untold(record)):
        return ""
    never = never_began(record)
    if record.kind == "backup" and (never or made_since(record, records)):
        return ""
    what = f"The {record.kind} {record.id}"
    if never:
        return f"{what} was requested, but never began."
    return f"{what} died, and it is not known what it did: {why}."


def left_behind(site: Site, deployment: Deployment, *, but: str = "") -> list[Left]:
    """Return what earlier runs left half-done, newest first; empty while the platform is in use.

    Args:
        but: the id of a run to skip: the run that asks.
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
            left = _left(site, deployment, record, request, records)
            if left is not None and not _told_with(left, found):
                found.append(left)
        later.append((record, request))
    found = [left for left in found if not _told_by_whose(left, found, later)]
    told = {root for left in found for root in roots_changed(left.outstanding)}
    # Journals may be lost, so each root's own folders are read too.
    found += [half_root(site, deployment, half) for half in half_roots(deployment, told)]
    # While a root is half-restored nothing is started on it, even if another run owes a start:
    # finishing or rolling back that root starts what has to run.
    halves = [left for left in found if left.replaces]
    return halves or found


def left_by(site: Site, deployment: Deployment, record: RunRecord, ended: RunRecord) -> Left | None:
    """Return what one run left half-done; None if it left nothing.

    Args:
        record: that run.
        ended: the record of a run as it will be when it has written its end, which it is about to
            do. It is `record` itself, or a run that was to settle what `record` left.
    """
    records = [ended if one.id == ended.id else one for one in all_runs(site.state)]
    request = request_of(record)
    return _left(site, deployment, record, request, records) if request is not None else None


def look_after(site: Site, record: RunRecord) -> Aftermath | None:
    """Return what is left of a run whose process is gone. None for a run that doesn't use the
    platform, and if this can't be checked."""
    if not kind_of(record.kind).holds_platform:
        return None
    try:
        return aftermath(site, site.discover(), record)
    except (PryvTuiError, OSError):
        return None


def aftermath(site: Site, deployment: Deployment, record: RunRecord) -> Aftermath:
    """Return what is left of a run whose process is gone, and whether another run has settled
    it."""
    every = all_runs(site.state)
    for one in left_behind(site, deployment):
        if record.id in {each.run for each in (one, *one.earlier)}:
            return Aftermath(one.advice)
        if any(stop.run == record.id for stop in stops_of(one.kind, _story(one, every))):
            return Aftermath(one.advice)
    for other in every:
        request = request_of(other) if other.asked > record.asked else None
        if request is None or other.state == "died":
            continue
        if other.state != "ended" and kind_of(other.kind).holds_platform:
            return Aftermath(
                instead=f"What it left is not checked while the {other.kind} {other.id} is"
                f" running: pryv-tui attach {other.id}"
            )
        if other.outcome in ("complete", "warnings") and record.id in (
            request.recovers,
            request.continues,
            request.undone_run,
        ):
            return Aftermath(instead=f"The {other.kind} {other.id} has settled what the run left.")
    return Aftermath()


def _story(left: Left, records: Sequence[RunRecord]) -> list[RunRecord]:
    record = next((one for one in records if one.id == left.run), None)
    return story_of(record, records) if record is not None else []


def _told_with(left: Left, later: list[Left]) -> bool:
    """Whether a later run continued this one's work on all of its roots. If so, this one is added
    to that run's `earlier`."""
    roots = roots_changed(left.outstanding)
    for place, one in enumerate(later):
        if roots and roots <= roots_changed(one.outstanding):
            later[place] = msgspec.structs.replace(one, earlier=(*one.earlier, left))
            return True
    return False


def _told_by_whose(
    left: Left, found: Sequence[Left], asked: Sequence[tuple[RunRecord, Request]]
) -> bool:
    """Whether this is what a recovery could not put back, so that it is already reported for the
    recovered run."""
    if left.kind != "recover" or left.died:
        return False
    recovered = {request.recovers for record, request in asked if record.id == left.run}
    return any(one.run in recovered for one in found)


def _taken_care_of(record: RunRecord, later: list[tuple[RunRecord, Request]]) -> bool:
    """Whether a later run that came to its end took over this run's debts."""
    for other, request in later:
        if other.outcome not in ("complete", "warnings"):
            continue
        if record.id in (request.recovers, request.continues, request.undone_run):
            return True
        # A whole restore or undo of the same roots settles them; what this run left is history.
        if kind_of(record.kind).moves_roots and kind_of(other.kind).moves_roots:
            roots = _roots(record)
            if roots and roots <= _roots(other):
                return True
    return False


def _roots(record: RunRecord) -> frozenset[tuple[str, str]]:
    return roots_changed(debts_of(record).owed)


def _left(
    site: Site,
    deployment: Deployment,
    record: RunRecord,
    request: Request,
    records: Sequence[RunRecord],
) -> Left | None:
    outstanding = tuple(debts_of(record).outstanding)
    moved = [
        owed
        for owed in outstanding
        if (owed.kind in ROOT_DEBTS and _half_done(owed, record.id))
        or (owed.kind == "return" and still_aside(Path(owed.where)))
    ]
    died = record.state == "died"
    if moved:
        # Checked last: usually nothing is left, and the first screen waits for this.
        from pryv_tui.runs.record.resume import copied_back

        kept = all(
            (state := deployment.host(owed.host)) is not None and copied_back(record, state)
            for owed in moved
        )
        facts = of_moved(site, deployment, record, request, moved, kept=kept)
        return _left_of(
            with_story(facts, deployment, record, records, outstanding),
            died=died,
            set_id=record.set,
            outstanding=outstanding,
        )
    if away := _out_of_sight(record, outstanding):
        facts = out_of_sight(record, away, deployment)
        return _left_of(
            with_story(facts, deployment, record, records, outstanding),
            died=died,
            set_id=record.set,
            outstanding=tuple(away),
        )
    small = tuple(owed for owed in outstanding if _still_owed(owed, deployment))
    if not died:
        # A run that ended has itself told of everything else that it left.
        small = tuple(owed for owed in small if owed.kind in UNSEEN_DEBTS)
    if not small:
        return None
    names = ", ".join(_in_words(small))
    facts = of_debts(record, names, deployment)
    return _left_of(
        with_story(facts, deployment, record, records, small),
        died=died,
        set_id=record.set,
        outstanding=small,
    )


def _out_of_sight(record: RunRecord, outstanding: Sequence[Owed]) -> list[Owed]:
    """Return the roots that a run left half-way and whose own folder is gone now, so that neither a
    mark nor moved content can be seen. Nothing may be started on what is there instead."""
    if record.outcome in ("complete", "warnings"):
        return []
    return [
        owed
        for owed in outstanding
        if owed.kind in ROOT_DEBTS and not own_folder.of(Path(owed.what)).is_dir()
    ]


def _in_words(debts: Sequence[Owed]) -> list[str]:
    """Return the debts in words. Restart policies are only counted per machine, since there are as
    many as containers."""
    words = [f"{owed.what} on {owed.host}" for owed in debts if owed.kind != "restart-policy"]
    hosts = [owed.host for owed in debts if owed.kind == "restart-policy"]
    words += [f"{hosts.count(host)} restart policies on {host}" for host in dict.fromkeys(hosts)]
    return words


def _half_done(owed: Owed, run: str) -> bool:
    """Whether a root has the mark of this run, or of a run that continued its work."""
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
