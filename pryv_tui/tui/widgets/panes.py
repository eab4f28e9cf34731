"""Panels: a bordered, scrollable text, a bordered list, and the panel that shows a problem."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.strip import Strip
from textual.visual import VisualType
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from pryv_tui.errors import PryvTuiError
from pryv_tui.tui.text.lines import Para, hang_of

READING = "reading …"
READING_SETS = "Reading the sets …"
NOT_READ = "It could not be read."


def paragraphs(content: Content) -> list[Para]:
    """Make a paragraph of each line. If it is wrapped, its further lines begin below its first
    word: after an indent, an item's mark or number, or a shell's prompt."""
    return [Para(hang_of(line.plain), line) for line in content.split("\n", allow_blank=True)]


def broken(text: Content, width: int) -> list[Content]:
    """Break a text into lines of at most `width` cells, at blanks. A word that is longer than a
    line is broken where it reads well: a path after a slash, an id after its time."""
    plain = text.plain
    if text.cell_length != len(plain):
        # If characters take two cells or none, a position in the text is not a column on the
        # screen.
        return [line.rstrip() for line in text.wrap(width)]
    lines: list[Content] = []
    start = 0
    while len(plain) - start > width:
        end = start + width
        blank, slash = plain.rfind(" ", start + 1, end + 1), plain.rfind("/", start + 1, end) + 1
        word = plain.find(" ", blank + 1) if blank > 0 else -1
        long = (word if word >= 0 else len(plain)) - blank - 1 > width
        joint = slash or plain.find("-", start + width // 3, end) + 1
        at = blank if blank > start and not (long and slash > blank + 2) else joint or end
        lines.append(text[start:at].rstrip())
        start = at + (plain[at : at + 1] == " ")
    return [*lines, text[start:].rstrip()]


class Said(Static):
    """A text. Showing the same text again does nothing; Textual would lay out the whole screen."""

    def update(self, content: VisualType = "", *, layout: bool = True) -> None:
        was = self.content
        same = isinstance(was, Content) and isinstance(content, Content) and content.is_same(was)
        if not same:
            super().update(content, layout=layout)


class Hanging(Said):
    """A text whose wrapped lines begin under the text of their first line."""

    def __init__(self, content: Content | str) -> None:
        super().__init__(markup=False)
        self._text = Content()
        self._width = 0
        self.show(content)

    def show(self, content: Content | str) -> None:
        """Show another text."""
        self._text = Content(content) if isinstance(content, str) else content
        self._lay_out()

    def _lay_out(self) -> None:
        if self._width:
            lines = (hung(para, self._width) for para in paragraphs(self._text))
            self.update(Content("\n").join(lines))
        else:
            self.update(self._text)

    def on_resize(self) -> None:
        if self.size.width != self._width:
            self._width = self.size.width
            self._lay_out()


def hung(para: Para, width: int) -> Content:
    """Return a paragraph as lines of at most `width` cells."""
    hang = min(para.hang, width // 2)
    if para.text.cell_length <= width:
        return para.text
    lines = broken(para.text[hang:], width - hang)
    blank = Content(" " * hang)
    first = [para.text[:hang] + line for line in lines[:1]]
    return Content("\n").join([*first, *(blank + line for line in lines[1:])])


def folded(text: Content, width: int, hang: int | None = None) -> Content:
    """Return a text as lines of at most `width` cells.

    Args:
        width: cells; 0 if not known: then the text stays unchanged.
        hang: the indent of further lines, in cells; None: each line's own.
    """
    if not width:
        return text
    paras = paragraphs(text) if hang is None else [Para(hang, text)]
    return Content("\n").join(hung(para, width) for para in paras)


class Pane(VerticalScroll, can_focus=True):
    """A panel with text that can be scrolled."""

    DEFAULT_CSS = """
    Pane {
        border: round $border; border-title-color: $text-muted; padding: 0 0 0 1;
        background: $background; height: 1fr; scrollbar-size-vertical: 1; scrollbar-gutter: stable;
    }
    Pane:focus { border: heavy $primary; border-title-color: $text-primary; }
    Pane > Static { width: 1fr; height: auto; padding: 0 1 0 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", show=False),
        Binding("k", "scroll_up", show=False),
    ]

    def __init__(self, title: str, *, hint: str = "", id: str | None = None) -> None:
        self._text = Said(markup=False)
        self.heading = title
        """The title, without the hint."""
        self._shown: tuple[Para, ...] = ()
        self._width = 0
        self._least = 0
        """How many lines the text had when it was last laid out."""
        self._make: Callable[[int], Content] | None = None
        self._then: Callable[[], None] | None = None
        """Where to scroll after the text is laid out: the line depends on the width."""
        super().__init__(self._text, id=id)
        self.border_title = f"{title} ({hint})" if hint else title

    def show(self, content: Content | str | Sequence[Para]) -> None:
        """Show this text. Do nothing if it is shown already."""
        self._make = None
        self._take(content)

    def show_for(self, make: Callable[[int], Content]) -> None:
        """Show a text that is made for the pane's width, and made again when the width changes."""
        self._make = make
        self._width = self.room
        if self._width:
            self._take(make(self._width))

    @property
    def room(self) -> int:
        """The width of a line in cells; one cell stays free beside the scroll bar."""
        return max(0, self.scrollable_content_region.width - 1)

    def _take(self, content: Content | str | Sequence[Para]) -> None:
        text = Content(content) if isinstance(content, str) else content
        paras = tuple(paragraphs(text) if isinstance(text, Content) else text)
        if len(paras) != len(self._shown) or not all(
            new.hang == old.hang and new.text.is_same(old.text)
            for new, old in zip(paras, self._shown, strict=True)
        ):
            self._shown, self._then = paras, None
            self._lay_out()

    def _lay_out(self) -> None:
        self._width = self.room
        if not self._width:
            # The pane has no size yet; it lays the text out when it has one.
            return
        width = max(10, self._width)
        content = Content("\n").join(hung(para, width) for para in self._shown)
        self._least = content.plain.count("\n") + 1
        self._text.update(content)
        # If two texts come within one frame, the second may keep the first one's height.
        self.call_after_refresh(self._see_all)
        self.call_after_refresh(self._scroll)

    def _see_all(self) -> None:
        if 0 < self._text.size.height < self._least:
            self._text.refresh(layout=True)

    def on_resize(self) -> None:
        if self.room != self._width:
            if self._make is not None:
                self.show_for(self._make)
            self._lay_out()
            # Filled before the screen had its classes, it may keep the height of its earlier
            # content.
            self.call_after_refresh(self._text.refresh, layout=True)

    def bring_up(self, words: str) -> None:
        """Scroll the first paragraph that begins with these words to the top."""
        self._then = partial(self._bring_up, words)
        self.call_after_refresh(self._scroll)

    def _scroll(self) -> None:
        if self._width and (then := self._then) is not None:
            self._then = None
            then()

    def _bring_up(self, words: str) -> None:
        above = 0
        width = max(10, self._width)
        for para in self._shown:
            if para.text.plain.startswith(words):
                self.call_after_refresh(self.scroll_to, y=above, animate=False)
                return
            above += len(hung(para, width).wrap(width))

    def bring_into_view(self, words: str) -> None:
        """Show the text from its top. But if the first paragraph that begins with these words, or
        the one after it, would be below the edge, scroll it to the top."""
        self._then = partial(self._bring_into_view, words)
        self.call_after_refresh(self._scroll)

    def _bring_into_view(self, words: str) -> None:
        ends, width = 0, max(10, self._width)
        found = False
        for para in self._shown:
            ends += len(hung(para, width).wrap(width))
            if found:
                break
            found = para.text.plain.startswith(words)
        if found and ends > self.scrollable_content_region.height:
            self._bring_up(words)
        else:
            self.scroll_home(animate=False)

    @property
    def plain(self) -> str:
        """The content of the pane, as plain text."""
        return "\n".join(para.text.plain for para in self._shown)


class ListPane(OptionList):
    """A panel with a list; rows have ids, and only rows that have changed are drawn again."""

    DEFAULT_CSS = """
    ListPane {
        border: round $border; border-title-color: $text-muted; padding: 0;
        background: $background; height: 1fr; scrollbar-size-vertical: 1;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    ListPane:focus { border: heavy $primary; border-title-color: $text-primary; }
    ListPane > .option-list--option-disabled { color: $text-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", show=False),
        Binding("k", "cursor_up", show=False),
    ]

    def __init__(self, title: str, *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self.border_title = title
        self._rows: list[tuple[str, Content, bool]] = []
        self._waits = READING
        self._named: dict[str, str] = {}
        """From the id of a row in Textual's list to the id that the caller gave it."""
        self._make: Callable[[int], Sequence[tuple[str, Content, bool]]] | None = None
        self._made_for = 0

    def show_rows(self, rows: Sequence[tuple[str, Content, bool]]) -> None:
        """Show rows: id, text, whether it can be chosen. Several rows may have the same id. If no
        row can be chosen, the rows are sentences, which are wrapped and not cut."""
        if any(able for _, _, able in rows):
            self._make = None
            self._take(rows)
        else:
            self.show_folded(rows)

    def wait(self, words: str = READING) -> None:
        """Say that the rows are being read, if none is shown yet."""
        if not self._rows:
            self._waits = words
            self.show_rows([("", Content(f" {words}"), False)])

    def give_up(self) -> None:
        """Say that the rows could not be read, if the list still says that they are being read."""
        if [text.plain.strip() for _, text, _ in self._rows] == [self._waits]:
            self.show_rows([("", Content(f" {NOT_READ}"), False)])

    def give_up_and(self, tell: Callable[[PryvTuiError], None]) -> Callable[[PryvTuiError], None]:
        """Return a function that calls `give_up`, and then `tell` with the error."""

        def told(error: PryvTuiError) -> None:
            self.give_up()
            tell(error)

        return told

    def show_folded(
        self, rows: Sequence[tuple[str, Content, bool]], hang: int | None = None
    ) -> None:
        """Show rows whose long texts are wrapped, not cut.

        Args:
            hang: the indent of further lines, in cells; None: each line's own.
        """
        self._show_for(
            lambda width: [(name, folded(text, width, hang), able) for name, text, able in rows]
        )

    def _show_for(self, make: Callable[[int], Sequence[tuple[str, Content, bool]]]) -> None:
        """Show rows that are made for the list's width, and made again when the width changes."""
        self._make, self._made_for = make, self._room
        self._take(make(self._room))

    @property
    def _room(self) -> int:
        """The width of a row in cells, without that of a scroll bar (shown or not); 0 without a
        size yet."""
        width = self.scrollable_content_region.width
        bar = 0 if self.show_vertical_scrollbar else self.styles.scrollbar_size_vertical
        return max(0, width - bar)

    def on_resize(self) -> None:
        if self._make is not None and self._room != self._made_for:
            self._show_for(self._make)

    def _take(self, rows: Sequence[tuple[str, Content, bool]]) -> None:
        new = _distinct(rows)
        if [(name, able) for name, _, able in new] == [(n, able) for n, _, able in self._rows]:
            for (name, text, _), (_, before, _) in zip(new, self._rows, strict=True):
                if not text.is_same(before):
                    self.replace_option_prompt(name, text)
        else:
            option = self.highlighted_option
            chosen = option.id if option is not None else None
            self.set_options([Option(text, id=name, disabled=not able) for name, text, able in new])
            able = [name for name, _, can in new if can]
            if able:
                self.highlighted = self.get_option_index(chosen if chosen in able else able[0])
        self._rows = new
        self._named = {key: name for (key, _, _), (name, _, _) in zip(new, rows, strict=True)}

    def render_line(self, y: int) -> Strip:
        """Render a line of the list. The selected row has a mark, not only a colour."""
        strip = super().render_line(y)
        at = self.scroll_offset.y + y
        if not 0 <= at < len(self._lines) or self._lines[at] != (self.highlighted, 0):
            return strip
        mark = next(iter(strip), None)
        if mark is None or not mark.text.startswith(" "):
            return strip
        style = mark.style
        return Strip([Segment("›", style), *strip.crop(1)])

    @property
    def chosen(self) -> str:
        """The id of the selected row; empty if none is selected."""
        option = self.highlighted_option
        return self._named.get(option.id or "", "") if option is not None else ""


def _distinct(rows: Sequence[tuple[str, Content, bool]]) -> list[tuple[str, Content, bool]]:
    """Return the rows with unique ids: two equal ids would make Textual fail. The first row of an
    id keeps it."""
    given = {name for name, _, _ in rows}
    used: set[str] = set()
    made: list[tuple[str, Content, bool]] = []
    for name, text, able in rows:
        key, nth = name, 1
        while key in used or (nth > 1 and key in given):
            nth += 1
            key = f"{name} ({nth})"
        used.add(key)
        made.append((key, text, able))
    return made


class ProblemPanel(Static):
    """What went wrong and what to do about it; hidden while there is no problem."""

    DEFAULT_CSS = """
    ProblemPanel {
        display: none; height: auto; max-height: 9; border: round $error; padding: 0 1;
        background: $background; border-title-color: $text-error;
    }
    ProblemPanel.-shown { display: block; }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)
        self.border_title = "✗ problem"

    def tell(self, what: str, remedy: str) -> None:
        todo = ("\n", ("What to do: ", "bold"), (remedy, "")) if remedy else ()
        self.update(Content.assemble((what, ""), *todo))
        self.add_class("-shown")

    def clear(self) -> None:
        self.remove_class("-shown")
