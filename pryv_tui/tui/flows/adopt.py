"""Making a set from a backup that was made by hand: ask for its folder, show the plan, confirm."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path

from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from pryv_tui.operations.adopting.folder import AdoptChoices
from pryv_tui.operations.plan import Plan
from pryv_tui.runs.planning.request import plan_adopt
from pryv_tui.runs.record.history import RunRecord
from pryv_tui.runs.start import start_run
from pryv_tui.tui.base.confirm import Confirm
from pryv_tui.tui.base.dialog import Dialog
from pryv_tui.tui.base.page import Page
from pryv_tui.tui.navigation import show_dialog
from pryv_tui.tui.session import Desk
from pryv_tui.tui.text.plan import act_text, commands_text
from pryv_tui.tui.widgets.field import Field

EXPLAINED = (
    "Which folder? One that holds what was copied by hand: a root (pryv, config-leader …), or"
    " several in folders beside each other, with the dumps of the databases in it.\n\n"
    "It is only read: the set is a copy of it. What is found, and what it can't tell, is shown"
    " before anything is done. Dumps that lie elsewhere are named on the command line:"
    " pryv-tui adopt --help"
)


class AskFolder(Dialog[str]):
    """A field for a folder. Enter only leads to the plan."""

    AUTO_FOCUS = "#folder"
    KEYS = (("esc", "Back"), ("enter", "Next: see what is in it"), ("tab", "Buttons"))

    def __init__(self, desk: Desk, before: str) -> None:
        super().__init__(desk, "Adopt a backup made by hand", EXPLAINED)
        self._remark = Static(classes="remark", markup=False)
        self._before = before

    def fields(self) -> Iterable[Widget]:
        yield Field(
            self._before, placeholder="type the folder's whole path", what="The folder", id="folder"
        )
        yield self._remark

    def buttons(self) -> Iterable[Button]:
        yield Button("Back", id="no")
        yield Button("Next", id="next")

    @on(Input.Changed, "#folder")
    def typed(self) -> None:
        self._remark.update("")

    @on(Input.Submitted, "#folder")
    @on(Button.Pressed, "#next")
    def take(self) -> None:
        folder = self.query_one("#folder", Field)
        wanted = folder.value.strip()
        if wanted and Path(wanted).is_absolute():
            self.dismiss(wanted)
            return
        said = "type the whole path, such as /backup/by-hand" if wanted else "nothing is typed yet"
        self._remark.update(Content.assemble((f"✗ {said}", "$text-error")))
        folder.focus()


class AdoptPage(Page):
    """A screen on which a folder can be made a set."""

    _folder = ""

    def adopt(self) -> None:
        """Ask for the folder; the field contains the folder of the last time."""
        self.problem.clear()
        show_dialog(self.app, AskFolder(self.desk, self._folder), self._plan_adopt)

    def _plan_adopt(self, folder: str | None) -> None:
        if not folder:
            return
        self._folder = folder
        choices = AdoptChoices(folder=folder)

        def work() -> Plan:
            return plan_adopt(self.desk.site, self.desk.look(), choices)

        self.ask("plan", work, partial(self._confirm_adopt, choices), opens=True)

    def _confirm_adopt(self, choices: AdoptChoices, plan: Plan) -> None:
        what = f"{choices.folder} becomes the set {plan.set_id}."
        self.confirm(
            Confirm(
                self.desk,
                "Adopt a backup made by hand",
                act_text(what, plan, typed=False),
                no="No",
                yes="Make it a set",
                commands=commands_text(what, plan),
            ),
            partial(self._begin_adopt, choices),
        )

    def _begin_adopt(self, choices: AdoptChoices) -> None:
        work = partial(start_run, self.desk.settings, "adopt", adopt=choices)
        self.ask("start", work, self._adopt_started, opens=True)

    def _adopt_started(self, record: RunRecord) -> None:
        self.show_run(record)
