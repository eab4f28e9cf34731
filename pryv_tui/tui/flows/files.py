"""Restoring single files of a set beside the present ones: a pattern, the plan, a question."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from pryv_tui.operations.plan import Plan
from pryv_tui.runs.planning.request import plan_files
from pryv_tui.runs.record.history import RunRecord
from pryv_tui.runs.start import start_run
from pryv_tui.tui.base.confirm import Confirm
from pryv_tui.tui.base.dialog import Dialog
from pryv_tui.tui.base.page import Page
from pryv_tui.tui.navigation import show_dialog
from pryv_tui.tui.session import Desk
from pryv_tui.tui.text.plan import act_text, commands_text, hosts_of
from pryv_tui.tui.widgets.field import Field

EXPLAINED = (
    "Which files? A path below the root, of a file or of a folder with all that is in it; * stands"
    " for anything, also for /. Such as pryv/nginx/conf, or *.crt.\n\n"
    "They are put beside what is there, never over it. What is meant is shown before anything is"
    " done."
)


class AskPattern(Dialog[str]):
    """A field for a pattern. Enter only leads to the plan."""

    AUTO_FOCUS = "#pattern"
    KEYS = (("esc", "Back"), ("enter", "Next: see what is meant"), ("tab", "Buttons"))

    def __init__(self, desk: Desk, before: str) -> None:
        super().__init__(desk, "Bring files back", EXPLAINED)
        self._remark = Static(classes="remark", markup=False)
        self._before = before

    def fields(self) -> Iterable[Widget]:
        yield Field(
            self._before, placeholder="type a path or a pattern", what="Which files", id="pattern"
        )
        yield self._remark

    def buttons(self) -> Iterable[Button]:
        yield Button("Back", id="no")
        yield Button("Next", id="next")

    @on(Input.Changed, "#pattern")
    def typed(self) -> None:
        self._remark.update("")

    @on(Input.Submitted, "#pattern")
    @on(Button.Pressed, "#next")
    def take(self) -> None:
        pattern = self.query_one("#pattern", Field)
        if wanted := pattern.value.strip():
            self.dismiss(wanted)
            return
        self._remark.update(
            Content.assemble(("✗ nothing is typed yet: a path, such as pryv/nginx/conf",
                              "$text-error"))
        )  # fmt: skip
        pattern.focus()


class FilesPage(Page):
    """A screen on which single files of a set can be restored."""

    _pattern = ""

    def bring_files(self, set_id: str) -> None:
        """Ask which files are wanted; the field contains the pattern of the last time."""
        self.problem.clear()
        show_dialog(
            self.app, AskPattern(self.desk, self._pattern), partial(self._plan_files, set_id)
        )

    def _plan_files(self, set_id: str, pattern: str | None) -> None:
        if not pattern:
            return
        self._pattern = pattern

        def work() -> Plan:
            return plan_files(self.desk.site, self.desk.look(), set_id, [pattern])

        self.ask("plan", work, partial(self._confirm_files, set_id, pattern), opens=True)

    def _confirm_files(self, set_id: str, pattern: str, plan: Plan) -> None:
        what = f"Files of the set {set_id} that {pattern} means."
        self.confirm(
            Confirm(
                self.desk,
                "Bring files back",
                act_text(what, plan, typed=False),
                no="No",
                yes=f"Bring them to {hosts_of(plan)}",
                commands=commands_text(what, plan),
            ),
            partial(self._begin_files, set_id, pattern),
        )

    def _begin_files(self, set_id: str, pattern: str) -> None:
        work = partial(start_run, self.desk.settings, "files", set_id=set_id, files=(pattern,))
        self.ask("start", work, self._files_started, opens=True)

    def _files_started(self, record: RunRecord) -> None:
        self.show_run(record)
