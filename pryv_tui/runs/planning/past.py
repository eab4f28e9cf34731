"""What earlier runs left, read from their journals for plans."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pryv_tui.clock import timestamp
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.activity import GoingOn
from pryv_tui.operations.facts import Begun, LeftBy, Moved
from pryv_tui.operations.kind import kind_of
from pryv_tui.operations.site import Site
from pryv_tui.runs.now import going_on
from pryv_tui.runs.planning.durations import last_seconds
from pryv_tui.runs.record.chain import (
    asides_of,
    asides_on_disk,
    chain_of,
    half_done_chain,
    known_or_aside,
    newer_before,
    ran_before,
    taken_over,
    undoable,
    unwell_before,
)
from pryv_tui.runs.record.history import (
    RunRecord,
    all_runs,
    debts_of,
    policies_owed,
    request_of,
    resolve_run,
)
from pryv_tui.runs.record.resume import copied_back, stores_back
from pryv_tui.runs.record.undos import (
    begun,
    half_way,
    is_unfinished,
    kept_by,
    set_aside_by,
    set_former_aside,
    together,
    undos_of,
    unfinished,
)

if TYPE_CHECKING:
    from pryv_tui.operations.plan import Likeness


class Journals:
    """What earlier runs left, in the form in which plans ask for it: see `operations.kind.Past`."""

    def __init__(self, site: Site, deployment: Deployment) -> None:
        self._site = site
        self._deployment = deployment

    def seconds(
        self, kind: str, roles: Collection[str] = (), depth: str = ""
    ) -> dict[Likeness, float]:
        return last_seconds(self._site.state, kind, roles, depth)

    def policies(self) -> dict[tuple[str, str], str]:
        return policies_owed(self._site.state)

    def going_on(self) -> GoingOn | None:
        going = [
            run
            for run in all_runs(self._site.state)
            if run.state in ("running", "starting") and kind_of(run.kind).holds_platform
        ]
        return going_on(going[-1]) if going else None

    def over(self, kind: str) -> list[str]:
        known = [run for run in all_runs(self._site.state) if run.kind == kind]
        return [run.id for run in known if run.state not in ("running", "starting")]

    def left_by(self, run: str) -> LeftBy:
        record = resolve_run(self._site.state, run)
        outstanding = tuple(debts_of(record).outstanding)
        return LeftBy(record.id, outstanding, unwell_before([record]), _last_word(record))

    def begun(self, run: str, continues: str, set_id: str) -> Begun:
        asides, chain = half_done_chain(self._site, self._deployment, continues, but=run)
        kept: dict[str, frozenset[str]] = {}
        record = resolve_run(self._site.state, continues) if continues else None
        if record is not None and record.set == set_id:
            states = [state for state in self._deployment.hosts if state.name in asides]
            kept = {
                state.name: stores_back(record, state.name)
                for state in states
                if copied_back(record, state)
            }
        newer = newer_before(chain, set_id)
        return Begun(asides, ran_before(chain), unwell_before(chain), kept, newer)

    def moved(self, run: str) -> Moved:
        record = known_or_aside(self._site, self._deployment, run)
        if record.kind == "undo":
            return self._moved_by_undo(record)
        chain = chain_of(self._site.state, record)
        # The journal may be lost or damaged. If a folder of moved content has the run's name, that
        # run moved it.
        there = asides_on_disk(self._deployment, record.id)
        told = asides_of(chain)
        debts = {one.id: debts_of(one) for one in chain}
        readable = not any(one.unread or one.doubted for one in debts.values())
        readable = readable and not any(one.problems for one in chain)
        owed = [owed for one in debts.values() for owed in one.owed if owed.kind == "aside"]
        return Moved(
            run=record.id,
            kind=record.kind,
            goes_on=record.state in ("running", "starting"),
            set_id=record.set,
            domain=record.domain,
            asides=tuple(told or there),
            places=frozenset(one.where for one in (*owed, *there)),
            runs=tuple(debts),
            ran=ran_before(chain),
            all_told=bool(told) and readable,
            readable=readable,
            unwell=unwell_before(chain),
            gone_on_with_by=taken_over(self._site.state).get(record.id, ""),
            returned=self._returned(record.id),
            ended=record.finished,
            began=min((one.asked for one in chain if one.asked), default=""),
            newer=newer_before(undos_of(self._site.state, record.id), record.set),
            begun_in=tuple(one.id for one in begun(self._site.state, record.id)),
            kept_by=kept_by(self._site.state, record.id),
            half=is_unfinished(record),
        )

    def _moved_by_undo(self, record: RunRecord) -> Moved:
        """Return what an undo moved aside, together with the unfinished undos that belong to it."""
        state = self._site.state
        chain = together(state, record)
        owed = set_aside_by(chain)
        debts = {one.id: debts_of(one) for one in chain}
        readable = not any(one.unread or one.doubted for one in debts.values())
        return Moved(
            run=record.id,
            kind=record.kind,
            goes_on=record.state in ("running", "starting"),
            set_id=record.set,
            domain=record.domain,
            asides=tuple(owed),
            places=frozenset(one.where for one in owed),
            runs=tuple(debts),
            ran=ran_before(chain),
            all_told=readable,
            readable=readable and not any(one.problems for one in chain),
            unwell=unwell_before(chain),
            gone_on_with_by=chain[0].id if chain[0].id != record.id else "",
            returned=self._returned(record.id),
            ended=record.finished,
            began=min((one.asked for one in chain if one.asked), default=""),
            newer=newer_before(undos_of(state, record.id), record.set),
            begun_in=tuple(one.id for one in begun(state, record.id)),
            former=set_former_aside(record, all_runs(state)),
            not_now=self._not_now(record, chain),
            kept_by=kept_by(state, record.id),
        )

    def _not_now(self, undo: RunRecord, chain: Sequence[RunRecord]) -> tuple[str, str] | None:
        """Return why what an undo moved aside can't be brought back now, and what to do."""
        if half_way(chain):
            return (
                f"the undo {undo.id} is not complete, or its root is half-restored again",
                "Finish it, or put back what was there before: pryv-tui recover",
            )
        if restore := unfinished(undo, all_runs(self._site.state)):
            return (
                f"what the undo {undo.id} moved aside may be half-restored: the restore {restore}"
                " is not on record as completed",
                "Restore the set again instead. To see the sets: pryv-tui list",
            )
        return None

    def _returned(self, run: str) -> frozenset[str]:
        return frozenset(
            owed.where
            for other in all_runs(self._site.state)
            if (asked := request_of(other)) and asked.undone_run == run
            for owed in debts_of(other).settled
            if owed.kind == "return"
        )

    def newest_undoable(self) -> str:
        newest = next(reversed(undoable(self._site.state)), None)
        return newest.id if newest is not None else ""

    def half_done(self, *, but: str) -> str:
        # Loaded here: only acts on containers need it, and advice is slow to load.
        from pryv_tui.runs.left import left_behind

        # If only a dump folder has to be put back, no container has to be started, and the program
        # that dumps into it may end only when its container is stopped. For a run that died this is
        # known only after a recovery of it has ended.
        recovered = {
            asked.recovers
            for record in all_runs(self._site.state)
            if record.state == "ended" and (asked := request_of(record))
        }
        left = [
            one
            for one in left_behind(self._site, self._deployment, but=but)
            if (one.died and one.run not in recovered)
            or any(owed.kind != "dump" for owed in one.outstanding)
        ]
        return left[0].text if left else ""


def _last_word(record: RunRecord) -> str:
    """Return when a journal was last written, RFC 3339; empty if that can't be found out."""
    try:
        return timestamp(datetime.fromtimestamp(record.journal.stat().st_mtime, UTC))
    except OSError:
        return ""
