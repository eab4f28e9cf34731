"""The message that is shown instead of a screen while the terminal is too small for it."""

from __future__ import annotations

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

LEAST = Size(60, 20)
"""The smallest terminal on which every screen can be used."""


def too_small(size: Size) -> bool:
    """Whether screens would be cut at this size; False for an empty size, which means not known
    yet."""
    return bool(size) and (size.width < LEAST.width or size.height < LEAST.height)


class TooSmall(Widget):
    """A widget that covers a whole screen, which stays unchanged below."""

    DEFAULT_CSS = """
    TooSmall {
        layer: above; width: 100%; height: 100%; display: none;
        background: $background; color: $foreground;
    }
    TooSmall.-shown { display: block; }
    """

    def render(self) -> Content:
        # The screen's size: this widget's own size may not be updated yet.
        size = self.screen.size
        parts = [
            Content.assemble((f"{LEAST.width}x{LEAST.height} needed", "bold $text-warning")),
            Content(f"{size.width}x{size.height} here"),
            Content("Make it larger: all is as it was. A run continues meanwhile."),
            Content("q leaves."),
        ]
        return Content("\n").join(parts)
