"""Releasing (removing for good) what a restore or an undo moved aside: first the plan, then the
typed domain."""

from __future__ import annotations

from functools import partial

from pryv_tui.operations.plan import Plan
from pryv_tui.runs.planning.request import plan_release
from pryv_tui.runs.record.history import RunRecord
from pryv_tui.runs.start import start_run
from pryv_tui.tui.base.confirm import TypeToConfirm
from pryv_tui.tui.base.page import Page
from pryv_tui.tui.text.plan import act_text, commands_text, hosts_of


class ReleasePage(Page):
    """A screen on which what a run moved aside can be removed for good."""

    def release(self, record: RunRecord) -> None:
        """Plan the release, then ask. If it is refused, the refusal is shown instead of the
        question."""
        self.problem.clear()

        def work() -> Plan:
            return plan_release(self.desk.site, self.desk.look(), record.id)

        self.ask("plan", work, partial(self._confirm_release, record), opens=True)

    def _confirm_release(self, record: RunRecord, plan: Plan) -> None:
        hosts = hosts_of(plan)
        what = f"Remove for good what the {record.kind} {record.id} moved aside, on {hosts}."
        self.confirm(
            TypeToConfirm(
                self.desk,
                f"Release what the {record.kind} moved aside",
                act_text(what, plan),
                word=plan.domain,
                commands=commands_text(what, plan),
                yes=f"Remove it for good on {hosts}",
            ),
            partial(self._release, record),
        )

    def _release(self, record: RunRecord) -> None:
        work = partial(
            start_run, self.desk.settings, "release", released_run=record.id, confirmed="dialog"
        )
        self.ask("start", work, self.release_started, opens=True)

    def release_started(self, record: RunRecord) -> None:
        """Show the release, which has begun."""
        self.show_run(record)
