"""What earlier runs left, told to plans from their journals."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.kind import Begun, LeftBy
from pryv_tui.operations.site import Site
from pryv_tui.runs.planning.undo import plan_release, plan_undo
from pryv_tui.runs.record.chain import half_done_chain, newer_before, ran_before, unwell_before
from pryv_tui.runs.record.durations import last_seconds
from pryv_tui.runs.record.history import (
    all_runs,
    debts_of,
    policies_owed,
    resolve_run,
)
from pryv_tui.runs.record.resume import copied_back, stores_back

if TYPE_CHECKING:
    from pryv_tui.operations.acts import Act
    from pryv_tui.operations.plan import Likeness, Plan


class Journals:
    """See `operations.kind.Past`."""

    def __init__(self, site: Site, deployment: Deployment) -> None:
        self._site = site
        self._deployment = deployment

    def seconds(self, kind: str, roles: Collection[str] = ()) -> dict[Likeness, float]:
        return last_seconds(self._site.state, kind, roles)

    def policies(self) -> dict[tuple[str, str], str]:
        return policies_owed(self._site.state)

    def over(self, kind: str) -> list[str]:
        known = [run for run in all_runs(self._site.state) if run.kind == kind]
        return [run.id for run in known if run.state not in ("running", "starting")]

    def left_by(self, run: str) -> LeftBy:
        record = resolve_run(self._site.state, run)
        outstanding = tuple(debts_of(record).outstanding)
        return LeftBy(record.id, outstanding, unwell_before([record]))

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

    def undo(self, run: str, *, run_id: str, goes_on: bool) -> Plan:
        return plan_undo(self._site, self._deployment, run, run_id=run_id, goes_on=goes_on)

    def release(self, run: str) -> Plan:
        return plan_release(self._site, self._deployment, run)

    def switch(self, act: Act, container: str, host: str, *, but: str) -> Plan:
        # It looks at what earlier runs left, which is planned for here too.
        from pryv_tui.runs.planning.container import plan_switch

        return plan_switch(self._site, self._deployment, act, container, host, but=but)
