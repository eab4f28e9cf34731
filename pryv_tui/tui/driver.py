"""Textual's driver for a terminal, with frames made thin."""

from __future__ import annotations

from textual.drivers.linux_driver import LinuxDriver

from pryv_tui.tui.thrift import Shown


class ThriftyDriver(LinuxDriver):
    """Sends what the terminal does not show already."""

    _shown: Shown | None = None

    def write(self, data: str) -> None:
        if self._shown is None:
            self._shown = Shown()
        sent = self._shown.thin(data, *self._app.size)
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
        """The terminal may show anything: somebody else wrote on it, or its size has changed."""
        if self._shown is not None:
            self._shown.forget()
