"""A scroll bar made of glyphs: Textual's own is made of background colours, which not every theme
has."""

from __future__ import annotations

from math import ceil

from rich.color import Color
from rich.segment import Segment, Segments
from rich.style import Style
from textual.scrollbar import ScrollBarRender

THUMB, TRACK = "█", "│"
_BLACK, _WHITE = Color.parse("black"), Color.parse("white")


class GlyphBar(ScrollBarRender):
    """A thin track with a thick part at the position of the view; only whole cells."""

    @classmethod
    def render_bar(
        cls,
        size: int = 25,
        virtual_size: float = 50,
        window_size: float = 20,
        position: float = 0,
        thickness: int = 1,
        vertical: bool = True,
        back_color: Color = _BLACK,
        bar_color: Color = _WHITE,
    ) -> Segments:
        width = thickness if vertical else 1
        track = TRACK if vertical else "─"
        cells: list[tuple[str, dict[str, str]]] = [(track, {})] * int(size)
        if window_size and size and virtual_size > window_size:
            # A part of the text is hidden: a cell of the track shows that.
            thumb = max(1, min(int(size) - 1, ceil(size * window_size / virtual_size)))
            most = int(size) - thumb
            start = min(most, round(most * position / (virtual_size - window_size)))
            up, grab, down = (
                {"@mouse.down": what} for what in ("scroll_up", "grab", "scroll_down")
            )
            cells = [
                *[(track, up)] * start, *[(THUMB, grab)] * thumb, *[(track, down)] * (most - start)
            ]  # fmt: skip
        segments = [
            Segment(glyph * width, Style(color=bar_color, bgcolor=back_color, meta=meta))
            for glyph, meta in cells
        ]
        if vertical:
            return Segments(segments, new_lines=True)
        return Segments([*segments, Segment.line()] * thickness, new_lines=False)
