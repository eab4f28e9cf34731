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

    def forget(self) -> None:
        """The terminal may show anything: somebody else wrote on it, or its size has changed."""
        if self._shown is not None:
            self._shown.forget()
