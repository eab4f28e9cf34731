"""The application: opens the overview, and leaves the terminal as it found it."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress

from textual.app import App

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.site import Settings, open_site
from pryv_tui.tui.desk import Desk
from pryv_tui.tui.screens.overview import OverviewScreen
from pryv_tui.tui.screens.page import Page
from pryv_tui.tui.terminal import terminal_problem
from pryv_tui.tui.theme import CALM_DARK


class Interface(App[int]):
    """Views of one platform."""

    TITLE = "pryv-tui"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = False
    ANIMATION_LEVEL = "none"

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.animation_level = "none"

    def on_mount(self) -> None:
        self.register_theme(CALM_DARK)
        self.theme = CALM_DARK.name
        self._leave_on_signals()
        self.push_screen(OverviewScreen(self.desk))

    def _leave_on_signals(self) -> None:
        """A hang-up or an end asked for from outside gives the terminal back first."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGHUP, signal.SIGTERM):
            # Not in the main thread (tests): nobody sends signals there.
            with suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, self.exit, 128 + number)

    async def action_quit(self) -> None:
        """Ctrl+Q and Ctrl+C leave as `q` does."""
        if isinstance(self.screen, Page):
            self.screen.action_quit()
        else:
            self.exit(0)

    def action_help_quit(self) -> None:
        if isinstance(self.screen, Page):
            self.screen.action_quit()


def run_interface(settings: Settings, *, mouse: bool = True) -> int:
    """Open the interface and return the exit code when it was left.

    Raises:
        PryvTuiError: `no-terminal`, or what opening the site raises.
    """
    problem = terminal_problem()
    if problem is not None:
        raise PryvTuiError("no-terminal", problem)
    app = Interface(Desk(settings, open_site(settings)))
    code = app.run(mouse=mouse)
    # A fault of the interface itself has been printed by now; it is no good end.
    return code if isinstance(code, int) else app.return_code or 0
