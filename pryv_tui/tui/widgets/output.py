"""Text that grows: a view that renders only the visible lines, with follow and search."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Input, Static

from pryv_tui.tui.text.lines import Lens, Line, LineKind, Lines, Rows
from pryv_tui.tui.text.words import count

_BAR = re.compile(r"\[[#=>.-]{8,}\]")
"""A progress bar, as mongodump and mongorestore print it."""


class LinesView(ScrollView, can_focus=True):
    """A view of `Lines`. Its cost depends on the height of the screen, not on the number of
    lines."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "lines--step",
        "lines--command",
        "lines--note",
        "lines--warning",
        "lines--failed",
        "lines--hit",
    }
    DEFAULT_CSS = """
    LinesView {
        height: 1fr; background: $background; color: $foreground; scrollbar-size: 0 1;
        scrollbar-gutter: stable;
        .lines--step { color: $text-primary; text-style: bold; }
        .lines--command { color: $text-muted; }
        .lines--note { color: $text-success; }
        .lines--warning { color: $text-warning; }
        .lines--failed { color: $text-error; }
        .lines--hit { background: $warning 40%; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", show=False),
        Binding("k", "scroll_up", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.lines = Lines()
        self.hit: int | None = None
        """The line that a search found, counted from the very first line."""
        self.following = True
        self.rows: Rows | None = None
        """Where each line begins while long lines are wrapped; None while they are cut."""
        self.by_words = False
        """Whether long lines are prose, to be wrapped between words."""

    def add(self, lines: Iterable[Line]) -> None:
        """Add lines in one batch, and follow them unless the reader has paused."""
        gone = self.lines.add(lines)
        if self.rows is not None:
            gone = self.rows.settle(self.lines, gone)
        self._measure()
        if self.following:
            self.scroll_end(animate=False, immediate=True, x_axis=False)
            # The first lines come before the view knows how many of them are visible.
            self.call_after_refresh(self._stay_at_the_end)
        elif gone:
            # The text that the reader sees stays where it is.
            self.scroll_to(y=max(0, self.scroll_offset.y - gone), animate=False, immediate=True)
        self.refresh()

    def _stay_at_the_end(self) -> None:
        if self.following and self.scroll_offset.y < self.max_scroll_y:
            self.scroll_end(animate=False, immediate=True, x_axis=False)

    def show(self, lines: Lines) -> None:
        """Show other lines: from the end if the reader follows, else from the top."""
        self.lines = lines
        self.hit = None
        if self.rows is not None:
            self.rows = Rows(self.room, by_words=self.by_words)
            self.rows.settle(lines)
        self._show_from(0)

    def _measure(self) -> None:
        if self.rows is None:
            self.virtual_size = Size(self.lines.width, len(self.lines))
        else:
            # A command is wrapped between words, and one word may be wider than the view.
            self.virtual_size = Size(max(self.rows.width, self.rows.widest), len(self.rows))

    @property
    def room(self) -> int:
        """The width of a line on the screen, in cells."""
        return self.scrollable_content_region.width

    def toggle_wrap(self) -> None:
        """Wrap long lines, or cut them. A visible hit stays visible; without one, the top line
        stays."""
        top, hit = self._at(self.scroll_offset.y)[0], self._hit_in_view()
        if self.rows is None:
            self.rows = Rows(self.room, by_words=self.by_words)
            self.rows.settle(self.lines)
        else:
            self.rows = None
        if hit is None:
            self._show_from(top)
        else:
            self._measure()
            self.jump(hit)

    def _hit_in_view(self) -> int | None:
        """Return the line that a search found, if it is visible now; else None."""
        if self.hit is None:
            return None
        line = self.hit - self.lines.dropped
        row = self._first_row(line) - self.scroll_offset.y
        return line if 0 <= row < self.scrollable_content_region.height else None

    def on_resize(self) -> None:
        self._fit()
        # Whether lines are cut depends on the width.
        self._tell()

    @property
    def _fits(self) -> bool:
        """Whether long lines are wrapped for the current width; True if they are cut."""
        return self.rows is None or self.rows.width == max(1, self.room)

    def _fit(self) -> None:
        if not self._fits:
            top = self._at(self.scroll_offset.y)[0]
            self.rows = Rows(self.room, by_words=self.by_words)
            self.rows.settle(self.lines)
            self._show_from(top)

    def _show_from(self, line: int) -> None:
        self._measure()
        self.refresh()
        if self.following:
            self.call_after_refresh(self.scroll_end, animate=False, immediate=True, x_axis=False)
        else:
            self.call_after_refresh(
                self.scroll_to, x=0, y=self._first_row(line), animate=False, immediate=True
            )

    def _at(self, row: int) -> tuple[int, int]:
        """Return the line that a row shows, and the row's number within that line, counted from
        0."""
        return (row, 0) if self.rows is None else self.rows.at(row)

    @property
    def top_line(self) -> Line | None:
        """The first visible line."""
        index = self._at(self.scroll_offset.y)[0]
        return self.lines[index] if index < len(self.lines) else None

    def _first_row(self, line: int) -> int:
        return line if self.rows is None else self.rows.first(line)

    def clear(self) -> None:
        self.lines.clear()
        if self.rows is not None:
            self.rows = Rows(self.room, by_words=self.by_words)
        self.hit = None
        self.virtual_size = Size(0, 0)
        self.refresh()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if new_value < old_value and self.following and new_value < self.max_scroll_y:
            # By scrolling up, a reader shows the wish to read.
            self.following = False
            self._tell()
        elif not self.following and new_value >= self.max_scroll_y and new_value > old_value:
            self.following = True
            self._tell()

    def _tell(self) -> None:
        parent = self.parent
        if isinstance(parent, OutputPane):
            parent.tell()

    def jump(self, index: int) -> None:
        """Scroll to a line and mark it."""
        self.following = False
        self.hit = self.lines.dropped + index
        top = max(0, self._first_row(index) - self.scrollable_content_region.height // 2)
        self.scroll_to(y=top, animate=False, immediate=True)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        if y == 0 and not self._fits:
            # The lines were wrapped for another width. On a busy machine that can happen after the
            # event with the new width.
            self.call_after_refresh(self._fit)
        scroll_x, scroll_y = self.scroll_offset
        index, part = self._at(scroll_y + y)
        width = self.room
        base = self.rich_style
        if index >= len(self.lines):
            return Strip.blank(width, base)
        line = self.lines[index]
        style = base + self._style(line.kind)
        if self.hit == self.lines.dropped + index:
            style += self.get_component_rich_style("lines--hit", partial=True)
        text = line.text
        if self.rows is None and not scroll_x and len(text) > width and _BAR.search(text):
            # The figures of a progress bar are at its end.
            text = "…" + text[len(text) - width + 1 :]
        row = self.rows.command_row(text, part) if self.rows is not None else None
        strip = Strip([Segment(row or text, style)])
        if self.rows is not None and row is None:
            start, end = self.rows.part_of(text, part)
            lead = Segment(" " * self.rows.lead_of(text, part), style)
            return Strip([lead, *strip.crop(start, end)]).extend_cell_length(width, style)
        seen = strip.crop_extend(scroll_x, scroll_x + width, style)
        # An ellipsis at an edge shows that the line continues beyond it.
        if scroll_x and strip.cell_length:
            seen = Strip([Segment("…", style), *seen.crop(1, width)])
        if strip.cell_length > scroll_x + width:
            seen = Strip([*seen.crop(0, width - 1), Segment("…", style)])
        return seen

    def _style(self, kind: LineKind) -> Style:
        if kind in ("output", "error"):
            return Style()
        return self.get_component_rich_style(f"lines--{kind}", partial=True)


class OutputPane(Vertical):
    """A panel of lines with its state and its search."""

    DEFAULT_CSS = """
    OutputPane {
        border: round $border; border-title-color: $text-muted; padding: 0 1; height: 1fr;
        background: $background;
    }
    OutputPane:focus-within { border: round $primary; border-title-color: $text-primary; }
    OutputPane Input { display: none; border: none; height: 1; padding: 0; background: $panel; }
    OutputPane.-searching Input { display: block; }
    OutputPane .state { height: 1; color: $text-muted; width: 1fr; }
    OutputPane .state.-long { height: 2; }
    """

    class Searched(Message):
        """The message that a word was searched for."""

    def __init__(self, title: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.border_title = title
        self.view = LinesView()
        self._every = self.view.lines
        self.lens: Lens | None = None
        """The filter for the lines that are shown; None: all lines."""
        self._state = Static(markup=False, classes="state")
        self._input = Input(placeholder="Search: type, Enter finds, Escape leaves", compact=True)
        self._word = ""
        self._said = ""
        self.ended = False
        """Whether no more lines come, so that there is nothing to follow."""
        self.why_ended = ""
        """Why no more lines come, if that should be shown; else empty."""
        self.remark = ""
        """A message beside the state, for example what a search found."""

    def compose(self) -> ComposeResult:
        yield self.view
        yield self._input
        yield self._state

    def on_mount(self) -> None:
        self.tell()

    def add(self, lines: Iterable[Line]) -> None:
        if self.lens is not None:
            lines = list(lines)
            self._every.add(lines)
            lines = filter(self.lens.passes, lines)
        self.view.add(lines)
        self.tell()

    def look_through(self, lens: Lens | None) -> None:
        """Show only the lines that pass the filter; None: all lines."""
        self.lens = lens
        self.view.show(self._every if lens is None else self._every.seen_through(lens))
        self.tell()

    def clear(self) -> None:
        self._every.clear()
        self.view.clear()
        self.tell()

    def tell(self) -> None:
        """Show the state: whether the view follows, how many lines it has, what a search found."""
        following = "following" if self.view.following else "paused, space follows"
        lines = self.view.lines
        state = self.why_ended if self.ended else following
        parts = [*filter(None, [state]), count(len(lines) + lines.dropped, "line")]
        if lines.dropped:
            parts.append(f"the first {lines.dropped} are in the journal")
        if self.lens is not None:
            parts.append(f"only {self.lens.name}")
        if self.view.rows is not None:
            parts.append("wrapped, w cuts")
            if self.view.rows.widest > self.view.room > 0:
                parts.append("→ reads on at …")
        elif lines.width > self.view.room > 0:
            parts.append("w wraps long lines")
        if self.remark:
            parts.append(self.remark)
        said = " · ".join(parts)
        # The state is not cut: if it is too long, it gets two lines.
        self._state.set_class(len(said) > self._state.size.width > 0, "-long")
        if said != self._said:
            self._said = said
            self._state.update(Content(said))

    def toggle_follow(self) -> None:
        self.view.following = not self.view.following
        if self.view.following:
            self.view.scroll_end(animate=False, immediate=True, x_axis=False)
        self.tell()

    def toggle_wrap(self) -> None:
        self.view.toggle_wrap()
        self.tell()

    def start_search(self) -> None:
        self.add_class("-searching")
        self._input.focus()

    @property
    def searching(self) -> bool:
        return self.has_class("-searching")

    def end_search(self) -> None:
        self.remove_class("-searching")
        self.view.focus()

    @property
    def finding(self) -> bool:
        """Whether there is a search word, so that the search can continue."""
        return bool(self._word)

    def forget_search(self) -> None:
        """Forget the search and its hit; the text stays where it is."""
        self._word = self.remark = ""
        self.view.hit = None
        self.view.refresh()
        self.tell()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._word = event.value
        self.end_search()
        # The end of a log is most interesting: the nearest hit is the last one.
        self._jump(len(self.view.lines) - 1, -1)
        self.post_message(self.Searched())

    def next_hit(self, step: int) -> None:
        """Go to the next hit (1) or the one before (-1)."""
        if not self._word:
            self.start_search()
            return
        lines = self.view.lines
        here = (self.view.hit or lines.dropped) - lines.dropped
        self._jump(here + step, step)

    def _jump(self, start: int, step: int) -> None:
        found = self.view.lines.find(self._word, start, step)
        if found is None:
            self.remark = f"no line holds {self._word!r}"
        else:
            self.view.jump(found)
            hits = self.view.lines.hits(self._word)
            around = (found - start) * step < 0
            way = (", from the top" if step > 0 else ", from the end") if around else ""
            self.remark = f"{self._word!r} {hits.index(found) + 1:,} of {len(hits):,}{way} (n, N)"
        self.tell()
