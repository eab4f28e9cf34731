"""Choices to tick or to pick, whose marks are visible without colours too.

Textual's own widgets have the same mark for on and off, in different colours.
"""

from __future__ import annotations

from typing import ClassVar

from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Checkbox, RadioButton, RadioSet


class Pick(RadioButton):
    """One of several exclusive choices: (●)."""

    def __init__(self, label: str, value: bool = False) -> None:
        super().__init__(Content(label), value)

    @property
    def _button(self) -> Content:
        mark = "(●)" if self.value else "( )"
        return Content.assemble((mark, self.get_visual_style("toggle--button")))


class Picks(RadioSet, inherit_bindings=False):
    """Exclusive choices: Space takes one. Enter is left to the page, as on a `Tick`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "toggle_button", show=False),
        Binding("down,right,j", "next_button", show=False),
        Binding("up,left,k", "previous_button", show=False),
    ]


class Tick(Checkbox, inherit_bindings=False):
    """A choice that can be combined with others: [x]. Space changes it. Enter is left to the page,
    as elsewhere in a wizard: going to the next page must not remove a tick."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "toggle_button", show=False),
        Binding("down,j", "go(1)", show=False),
        Binding("up,k", "go(-1)", show=False),
    ]

    def action_go(self, step: int) -> None:
        """Go to the tick below (1) or above (-1). After the last one, the key is left to the
        page."""
        ticks = [one for one in self.screen.query(Tick) if one.focusable]
        at = ticks.index(self) + step
        if not 0 <= at < len(ticks):
            raise SkipAction
        ticks[at].focus()

    def __init__(
        self, label: str, value: bool = False, *, id: str | None = None, disabled: bool = False
    ) -> None:
        super().__init__(Content(label), value, id=id, disabled=disabled)

    @property
    def _button(self) -> Content:
        mark = "[x]" if self.value else "[ ]"
        return Content.assemble((mark, self.get_visual_style("toggle--button")))
