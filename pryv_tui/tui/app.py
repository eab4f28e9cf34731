"""The application: opens the overview, and leaves the terminal as it found it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

import msgspec
from textual import on
from textual.app import App
from textual.binding import Binding, BindingType
from textual.events import Event, Key, MouseEvent, Paste, Resize
from textual.filter import LineFilter, Monochrome, NoColor
from textual.screen import Screen
from textual.scrollbar import ScrollBar
from textual.widgets import Button

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.overview.first_start import remember_practice
from pryv_tui.operations.settings.resolve import Settings, resolve_settings
from pryv_tui.operations.site import open_site
from pryv_tui.programs import one_at_a_time
from pryv_tui.tui import theme
from pryv_tui.tui.base.asking import Asking
from pryv_tui.tui.base.page import Page
from pryv_tui.tui.navigation import Answer, Answered, Go, ShowRun
from pryv_tui.tui.preferences import first_theme, remember, remembered
from pryv_tui.tui.routes import page_for
from pryv_tui.tui.screens.overview import OverviewScreen
from pryv_tui.tui.session import Desk
from pryv_tui.tui.terminal.driver import TerminalLost, ThriftyDriver
from pryv_tui.tui.terminal.filters import Ascii, Harmless, NoColour
from pryv_tui.tui.terminal.in_turn import CameThrough, InTurn
from pryv_tui.tui.terminal.probe import LOST, ascii_only, give_up_later, terminal_problem
from pryv_tui.tui.widgets.scrollbar import GlyphBar
from pryv_tui.tui.widgets.too_small import too_small

ScrollBar.renderer = GlyphBar


SIZE_SECONDS = 0.25
"""How often, in seconds, the terminal's size in the kernel is compared with the screen's."""


class Interface(App[int]):
    """The application: all screens for one platform."""

    TITLE = "pryv-tui"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = False
    ANIMATION_LEVEL = "none"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+l", "redraw", show=False)]

    def __init__(self, desk: Desk) -> None:
        super().__init__(driver_class=ThriftyDriver)
        self.desk = desk
        self.in_turn = InTurn(self, self._take, self._brings)
        self._looks_at_size = False
        self.other: Settings | None = None
        """The settings to open when this interface has ended: those of a practice platform that the
        operator chose. None: the program ends."""
        self.animation_level = "none"
        # NO_COLOR has chosen the theme without colours; Textual's filter would make greys.
        self.no_color = False
        self._filters = [f for f in self._filters if not isinstance(f, Monochrome | NoColor)]
        self._no_colour, self._ascii, self._harmless = NoColour(), Ascii(), Harmless()
        asked = desk.settings.ascii
        self._ascii.enabled = ascii_only() if asked is None else asked
        for each in theme.ALL.values():
            self.register_theme(each)
        self.theme = first_theme(desk.settings)

    def on_mount(self) -> None:
        self._leave_on_signals()
        self.set_interval(SIZE_SECONDS, self.see_size)
        self.push_screen(OverviewScreen(self.desk))

    def navigate(self, wanted: Go | ShowRun) -> None:
        """Open the place or the run that a screen requests."""
        if isinstance(wanted, Go) and wanted.place == "palette":
            from pryv_tui.tui.screens.palette import open_palette

            (page,) = wanted.about
            assert isinstance(page, Page)
            open_palette(page)
            return
        page = page_for(self.desk, wanted)
        if isinstance(wanted, ShowRun) and wanted.instead:
            self.switch_screen(page)
        else:
            self.push_screen(page)

    def show_dialog(self, dialog: Screen[Answer], answered: Answered[Answer] | None = None) -> None:
        """Open a dialog over the present screen, for a screen that requests it."""
        self.push_screen(dialog, answered)

    # The look.

    def get_line_filters(self) -> Sequence[LineFilter]:
        filters = [*super().get_line_filters(), self._harmless]
        if self.theme == theme.MONOCHROME.name:
            filters.append(self._no_colour)
        if self._ascii.enabled:
            filters.append(self._ascii)
        return filters

    @property
    def ascii(self) -> bool:
        """Whether the screen is drawn only in ASCII."""
        return self._ascii.enabled

    @ascii.setter
    def ascii(self, wanted: bool) -> None:
        self._ascii.enabled = wanted
        self._invalidate_css()
        self.refresh_css(animate=False)
        self.screen.refresh()

    def open_practice(self, folder: Path) -> None:
        """Close this app, and have a practice platform opened with the same theme."""
        chosen = resolve_settings(practice=str(folder), environment={})
        self.other = msgspec.structs.replace(
            chosen, theme=self.theme, ascii=self.desk.settings.ascii
        )
        self.exit(0)

    def take_theme(self, name: str) -> bool:
        """Change the theme and remember it. Return whether it could be remembered."""
        self.theme = name
        state = Path(self.desk.settings.state)
        return remember(state, msgspec.structs.replace(remembered(state), theme=name))

    def on_resize(self) -> None:
        # Textual also reports a size at its start. That is not a change: nothing was drawn before
        # it.
        if self._looks_at_size and isinstance(self._driver, ThriftyDriver):
            # `see_size` draws everything again, as soon as the screen has its new layout.
            self._driver.incomplete = True

    def see_size(self) -> None:
        """Fit the screen to the terminal's size, even if the signal of a change was lost."""
        if not isinstance(self._driver, ThriftyDriver):
            return
        self._looks_at_size = True
        size = self._driver.terminal_size
        if size != self.size:
            self.post_message(Resize(size, size))
        elif size != self.screen.outer_size:
            # The app has the new size; its screen does not have it yet.
            self.screen.post_message(Resize(size, size))
        elif self._driver.incomplete:
            self.action_redraw()

    async def on_event(self, event: Event) -> None:
        if isinstance(event, Key | Paste) and not event.is_forwarded:
            await self.in_turn.take(event)
        else:
            await self._take(event)

    @on(CameThrough)
    async def next_in_turn(self, message: CameThrough) -> None:
        await self.in_turn.came_through(message)

    def _brings(self) -> bool:
        """Whether a requested screen or question has not appeared yet. Keys that are typed until
        then are meant for it."""
        screen = self.screen_stack[-1] if self.screen_stack else None
        if screen is None:
            return False
        return not screen.is_mounted or (isinstance(screen, Asking) and screen.brings)

    async def _take(self, event: Event) -> None:
        if isinstance(event, Key | Paste | MouseEvent) and too_small(self.size):
            # On a terminal that is too small, only leaving works, and without a question: nobody
            # could read the question.
            if isinstance(event, Key) and event.key in ("q", "ctrl+c", "ctrl+q"):
                self.exit(0)
            return
        if isinstance(event, Key) and isinstance(self.screen, Page):
            self.screen.keybar.key_pressed()
        if isinstance(event, Key) and isinstance(self.focused, Button):
            # Textual's button ignores presses for a moment after each one, to show its effect.
            self.focused.active_effect_duration = 0
        await super().on_event(event)

    def action_redraw(self) -> None:
        """Draw the whole screen again: a message from the machine may have been printed over it."""
        if isinstance(self._driver, ThriftyDriver):
            self._driver.forget()
        self.screen.refresh()

    def action_mouse(self) -> None:
        """Give the mouse to the terminal, or take it back."""
        if not isinstance(self._driver, ThriftyDriver) or not isinstance(self.screen, Page):
            return
        taken = self._driver.take_mouse(not self._driver.has_mouse)
        self.screen.keybar.remark(
            "The mouse is the interface's again." if taken
            else "The mouse is the terminal's: drag to select. m takes it back."
        )  # fmt: skip

    def _leave_on_signals(self) -> None:
        """On SIGHUP and SIGTERM, restore the terminal before the process ends."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGHUP, signal.SIGTERM):
            # Outside the main thread (tests) no handler can be set, and no signals are sent.
            with suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, self._leave, 128 + number)

    def _leave(self, code: int) -> None:
        give_up_later(code)
        self.exit(code)

    @on(TerminalLost)
    def leave_without_terminal(self) -> None:
        self.exit(LOST)

    async def action_quit(self) -> None:
        """Leave on Ctrl+Q and Ctrl+C, as on `q`."""
        if isinstance(self.screen, Page):
            self.screen.action_quit()
        else:
            self.exit(0)

    def action_help_quit(self) -> None:
        if isinstance(self.screen, Page):
            self.screen.action_quit()


def run_interface(settings: Settings, *, mouse: bool = True) -> int:
    """Open the interface. When the operator leaves it, return the exit code.

    Raises:
        PryvTuiError: `no-terminal`, or what opening the site raises.
    """
    problem = terminal_problem()
    if problem is not None:
        raise PryvTuiError("no-terminal", problem)
    # Also done here, for another program that opens the interface: looks at the platform load
    # modules in threads.
    one_at_a_time()
    while True:
        app = Interface(Desk(settings, open_site(settings)))
        if settings.practice:
            remember_practice(Path(settings.practice))
        code = app.run(mouse=mouse)
        if app.other is None:
            break
        settings = app.other
    # If the interface itself failed, the error is printed by now, and Textual has the exit code.
    return code if isinstance(code, int) else app.return_code or 0
