"""Fetching a set from a repository, or sending one to it, after a question."""

from __future__ import annotations

from functools import partial
from typing import Literal

from pryv_tui.operations.plan import Plan
from pryv_tui.runs.planning.request import plan_fetch, plan_send
from pryv_tui.runs.record.history import RunRecord
from pryv_tui.runs.start import start_run
from pryv_tui.tui.base.confirm import Confirm
from pryv_tui.tui.base.page import Page
from pryv_tui.tui.text.plan import act_text, commands_text

PLANS = {"fetch": plan_fetch, "send": plan_send}


class TransferPage(Page):
    """A screen on which sets can be fetched and sent."""

    def transfer(self, act: Literal["fetch", "send"], set_id: str) -> None:
        """Plan the fetch or the send, then ask."""
        self.problem.clear()

        def work() -> Plan:
            return PLANS[act](self.desk.site, self.desk.look(), set_id)

        self.ask("plan", work, partial(self._confirm_transfer, act, set_id), opens=True)

    def _confirm_transfer(self, act: Literal["fetch", "send"], set_id: str, plan: Plan) -> None:
        title = "Fetch a set" if act == "fetch" else "Send a set"
        way = "from" if act == "fetch" else "to"
        what = f"The set {set_id}, {way} {self.desk.site.vault.repository}."
        self.confirm(
            Confirm(
                self.desk,
                title,
                act_text(what, plan, typed=False),
                no="No",
                yes=act.capitalize(),
                commands=commands_text(what, plan),
            ),
            partial(self._begin_transfer, act, set_id),
        )

    def _begin_transfer(self, act: Literal["fetch", "send"], set_id: str) -> None:
        work = partial(start_run, self.desk.settings, act, set_id=set_id)
        self.ask("start", work, self._transfer_started, opens=True)

    def _transfer_started(self, record: RunRecord) -> None:
        self.show_run(record)
