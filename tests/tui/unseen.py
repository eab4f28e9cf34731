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
from textual.geometry import Region
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


def read(app: App[int]) -> str:
    """The words of what a terminal would show now.

    The widgets in front come first, and one of which nothing is left to see is not drawn: most
    containers lie whole behind what they contain.
    """
    visible_screen_stack.set(app._background_screens)
    width, height = app.size
    unread = [[(0, width)] for _ in range(height)]
    """Of each line, from which cell to which nothing was read yet."""
    parts: list[list[tuple[int, str]]] = [[] for _ in range(height)]
    for widget, (region, clip) in app.screen._compositor.visible_widgets.items():
        seen = region.intersection(clip)
        left, right = seen.column_span
        rows = [
            y
            for y in seen.line_range
            if y < height and any(start < right and left < end for start, end in unread[y])
        ]
        if not rows:
            continue
        top, bottom = rows[0], rows[-1] + 1
        strips = widget.render_lines(
            Region(seen.x - region.x, top - region.y, seen.width, bottom - top)
        )
        for y in rows:
            strip, still = strips[y - top], []
            for start, end in unread[y]:
                first, last = max(start, left), min(end, right)
                if first >= last:
                    still.append((start, end))
                    continue
                parts[y].append((first, strip.crop(first - left, last - left).text))
                still += [one for one in ((start, first), (last, end)) if one[0] < one[1]]
            unread[y] = still
    return "\n".join("".join(text for _x, text in sorted(line)) for line in parts)
