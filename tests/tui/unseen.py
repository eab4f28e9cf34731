"""Frames of a test's interface that nobody sees, which are not drawn.

Without a terminal Textual renders each frame and drops it: a third of what the tests of the
interface cost. What a test looks at is drawn when it looks.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from rich.segment import Segment
from textual._context import visible_screen_stack
from textual.app import App
from textual.screen import Screen


@contextmanager
def frames_unseen() -> Iterator[None]:
    """While it lasts, an application without a terminal draws no frame by itself."""
    refresh = Screen._compositor_refresh

    def dropped(self: Screen[object]) -> None:
        if not self.app.is_headless or self.app.is_inline or self is not self.app.screen:
            refresh(self)
            return
        visible_screen_stack.set(self.app._background_screens)
        self._compositor._dirty_regions.clear()
        self._dirty_widgets.clear()

    with patch.object(Screen, "_compositor_refresh", dropped):
        yield


def drawn(app: App[int]) -> list[list[Segment]]:
    """What a terminal would show now, line by line."""
    visible_screen_stack.set(app._background_screens)
    return [list(strip) for strip in app.screen._compositor.render_strips(app.size)]
