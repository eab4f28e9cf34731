"""A wizard that compares a set with the live platform, in threads. Each result is shown at once."""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace
from textual import on
from textual.content import Content
from textual.widgets import Checkbox

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.comparing.look import Looker
from pryv_tui.operations.comparing.model import Comparison, Newer
from pryv_tui.tui.base.long_texts import LongTexts
from pryv_tui.tui.base.plan_wizard import PlanWizard
from pryv_tui.tui.session import Desk
from pryv_tui.tui.text.comparing import compared_text


class ComparingWizard(LongTexts, PlanWizard):
    """A wizard that compares accounts first, and again when other roles are chosen; other data
    takes longer."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._looker: Looker | None = None
        self._about: tuple[str, ...] = ()
        """The roles of the last request about accounts."""
        self._told_of: tuple[str, ...] = ()
        """The roles of the last result about accounts."""
        self._compared: Comparison | None = None
        self._newer: tuple[Newer, ...] | None = None
        self.not_compared = ""
        """Why nothing can be compared; empty if the comparison is possible."""

    def show_compared(self) -> None:
        """Show the results of the comparison so far."""

    @property
    def newer_by_now(self) -> tuple[Newer, ...]:
        """The live data that is known so far to be newer than the set."""
        return (*(self._compared.newer if self._compared else ()), *(self._newer or ()))

    @property
    def asking_accounts(self) -> bool:
        """Whether the comparison of accounts is still running."""
        return not self.not_compared and self._looker is not None and self._compared is None

    def begin_to_compare(self, looker: Looker | None) -> None:
        """Begin a comparison, and drop the results of an earlier one. None: only drop them."""
        self._looker, self._compared, self._newer, self.not_compared = looker, None, None, ""
        if looker is not None:
            self._ask_accounts(looker)
            self.ask(
                "newer",
                looker.data,
                partial(self._take_newer, looker),
                partial(self._can_not_compare, looker),
            )

    def _ask_accounts(self, looker: Looker) -> None:
        self._about = self.roles
        self.ask(
            "accounts",
            partial(looker.accounts, self._about or None),
            partial(self._take_accounts, looker),
            partial(self._can_not_compare, looker),
        )

    def _take_accounts(self, looker: Looker, found: Comparison) -> None:
        if looker is not self._looker:
            return  # It was requested for another set, or before the platform was read again.
        self._compared, self._told_of = found, self._about
        self.show_compared()
        if self._about != self.roles:
            self._ask_accounts(looker)

    def _take_newer(self, looker: Looker, found: tuple[Newer, ...]) -> None:
        if looker is self._looker:
            self._newer = found
            self.show_compared()

    def _can_not_compare(self, looker: Looker, error: PryvTuiError) -> None:
        if looker is self._looker:
            self.not_compared = error.what
            self.show_compared()

    @on(Checkbox.Changed)
    def choice_of_roles_changed(self) -> None:
        # A request that is still running is repeated for the new choice when its result arrives.
        if self._looker is not None and self._compared is not None and self._about != self.roles:
            self._ask_accounts(self._looker)
            self.show_compared()

    def compared_text(self) -> Content:
        """Return the results so far for the roles that are chosen now."""
        found = self._compared if self._about_now else None
        if found is not None:
            found = replace(found, newer=self.newer_by_now)
        return compared_text(
            found,
            self.roles,
            self.keyed,
            problem=self.not_compared,
            asking=self._newer is None,
        )

    @property
    def _about_now(self) -> bool:
        """Whether the known accounts are those of the roles that are chosen now."""
        return self._compared is not None and self._told_of == self.roles
