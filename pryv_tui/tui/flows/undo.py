"""Undoing a restore or an undo, for every screen that shows one: first the plan, then the typed
domain."""

from __future__ import annotations

from functools import partial

from pryv_tui.operations.plan import Plan
from pryv_tui.runs.costs import with_undo_costs
from pryv_tui.runs.planning.request import plan_undo
from pryv_tui.runs.record.history import RunRecord
from pryv_tui.runs.start import start_run
from pryv_tui.tui.base.confirm import TypeToConfirm
from pryv_tui.tui.base.page import Page
from pryv_tui.tui.text.plan import act_text, commands_text, hosts_of


class UndoPage(Page):
    """A screen on which a restore can be undone."""

    def undo(self, record: RunRecord) -> None:
        """Plan the undo, then ask. If it is refused, the refusal is shown instead of the
        question."""
        self.problem.clear()

        def work() -> Plan:
            found = self.desk.look()
            plan = plan_undo(self.desk.site, found, record.id)
            return with_undo_costs(self.desk.site, found, plan)

        self.ask("plan", work, partial(self._confirm_undo, record), opens=True)

    def _confirm_undo(self, record: RunRecord, plan: Plan) -> None:
        hosts = hosts_of(plan)
        what = f"Put back what the {record.kind} {record.id} moved aside, on {hosts}."
        self.confirm(
            TypeToConfirm(
                self.desk,
                "Undo an undo" if record.kind == "undo" else "Undo a restore",
                act_text(what, plan),
                word=plan.domain,
                commands=commands_text(what, plan),
                yes=f"Undo it on {hosts}",
            ),
            partial(self._undo, record, plan.domain),
        )

    def _undo(self, record: RunRecord, word: str) -> None:
        work = partial(
            start_run,
            self.desk.settings,
            "undo",
            undone_run=record.id,
            word=word,
            confirmed="dialog",
        )
        self.ask("start", work, self.undo_started, opens=True)

    def undo_started(self, record: RunRecord) -> None:
        """Show the undo, which has begun."""
        self.show_run(record)
