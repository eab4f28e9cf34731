"""The question since when a log is wanted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from pryv_tui.clock import utc_now
from pryv_tui.operations.ages import EXAMPLES, since
from pryv_tui.tui.base.dialog import Dialog
from pryv_tui.tui.session import Desk
from pryv_tui.tui.widgets.field import Field


class Since(Dialog[datetime]):
    """A dialog that asks for a time or an age, and shows the resulting time beside the field."""

    AUTO_FOCUS = "#since"
    KEYS = (("esc", "Back"), ("enter", "Take it"))

    def __init__(self, desk: Desk) -> None:
        text = f"A time, or how long ago: {EXAMPLES}. Times are UTC."
        super().__init__(desk, "Since when", text)
        self._remark = Static(classes="remark", markup=False)

    def fields(self) -> Iterable[Widget]:
        yield Field(placeholder="10m", what="Since when", id="since")
        yield self._remark

    def buttons(self) -> Iterable[Button]:
        yield Button("Back", id="no")

    @on(Input.Changed, "#since")
    def tell(self, event: Input.Changed) -> None:
        if not event.value.strip():
            self._remark.update("")
            return
        try:
            found = since(event.value, utc_now())
        except ValueError as error:
            self._remark.update(Content.assemble((f"✗ {error}", "$text-error")))
        else:
            told = f"✓ since {found:%Y-%m-%d %H:%M:%S} UTC"
            self._remark.update(Content.assemble((told, "$text-success")))

    @on(Input.Submitted, "#since")
    def take(self, event: Input.Submitted) -> None:
        try:
            self.dismiss(since(event.value, utc_now()))
        except ValueError as error:
            self._remark.update(Content.assemble((f"✗ {error}", "$text-error")))
