"""Textual's driver for a terminal, with frames made thin and made to fit."""

from __future__ import annotations

from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Size

from pryv_tui.tui.thrift import Shown, TooLarge


class ThriftyDriver(LinuxDriver):
    """Sends what the terminal does not show already, and never what it has no room for."""

    _shown: Shown | None = None
    incomplete = False
    """Whether something was not sent, or may lie over what was: all has to be drawn again."""

    @property
    def terminal_size(self) -> Size:
        """The terminal's size now; the app hears of a change a moment later."""
        return Size(*self._get_terminal_size())

    def write(self, data: str) -> None:
        if self._shown is None:
            self._shown = Shown()
        size = self.terminal_size
        try:
            sent = self._shown.thin(data, *size)
        except TooLarge:
            self.incomplete = True
            if size != self._app.size or size != self._app.screen.outer_size:
                # Of before a change of size: where it has no room, its lines would scroll away
                # what is there.
                return
            sent = data
        if sent:
            super().write(sent)

    @property
    def has_mouse(self) -> bool:
        """Whether the terminal reports the mouse to us."""
        return self._mouse

    def take_mouse(self, wanted: bool) -> bool:
        """Have the mouse reported to us, or leave it to the terminal; which of both it is now."""
        # Both of Textual's own do nothing without the mouse, which is why it is set in between.
        if wanted:
            self._mouse = True
            self._enable_mouse_support()
        else:
            self._disable_mouse_support()
            self._mouse = False
        return self._mouse

    def forget(self) -> None:
        """The terminal may show anything: all is about to be drawn again."""
        self.incomplete = False
        if self._shown is not None:
            self._shown.forget()
