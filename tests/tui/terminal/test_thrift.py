"""Frames made thin show what whole frames would: compared by a terminal emulator, pyte."""

from __future__ import annotations

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pryv_tui.tui.terminal.frame import SYNC_BEGIN, SYNC_END, Look, Shown, TooLarge, change, look_of

WIDTH, HEIGHT = 12, 4
STYLES = ("", "1", "31", "1;32;44", "38;2;1;2;3;48;2;4;5;6", "7;38;2;1;2;3", "38;5;9")


class Both:
    """Two terminals: one is sent everything, the other what is left of it."""

    def __init__(self) -> None:
        self.shown = Shown()
        self.whole, self.thin = (pyte.Screen(WIDTH, HEIGHT) for _ in range(2))
        for screen in (self.whole, self.thin):
            screen.reset_mode(pyte.modes.DECAWM)
        self.sent = ""

    def show(self, data: str) -> str:
        self.sent = self.shown.thin(data, WIDTH, HEIGHT)
        pyte.Stream(self.whole).feed(data.replace("\n", "\r\n"))
        pyte.Stream(self.thin).feed(self.sent.replace("\n", "\r\n"))
        return self.sent

    def same(self) -> bool:
        cells = [
            [[screen.buffer[y][x] for x in range(WIDTH)] for y in range(HEIGHT)]
            for screen in (self.whole, self.thin)
        ]
        places = [(screen.cursor.x, screen.cursor.y) for screen in (self.whole, self.thin)]
        return cells[0] == cells[1] and places[0] == places[1]


def styled(style: str, text: str) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if style else text


pieces = st.tuples(
    st.integers(0, HEIGHT - 1),
    st.integers(0, WIDTH - 6),
    st.lists(st.tuples(st.sampled_from(STYLES), st.text("ab │█", max_size=3)), max_size=2),
)


def frame(parts: list[tuple[int, int, list[tuple[str, str]]]], cursor: int) -> str:
    text = "".join(
        f"\x1b[{y + 1};{x + 1}H" + "".join(styled(style, text) for style, text in runs)
        for y, x, runs in parts
    )
    return f"{text}\x1b[1;{cursor + 1}H"


@given(st.lists(st.tuples(st.lists(pieces, max_size=6), st.integers(0, WIDTH - 1)), max_size=8))
def test_what_is_left_of_frames_shows_the_same(
    frames: list[tuple[list[tuple[int, int, list[tuple[str, str]]]], int]],
) -> None:
    both = Both()
    for parts, cursor in frames:
        both.show(frame(parts, cursor))
        assert both.same()


@given(
    st.lists(st.lists(st.sampled_from(["a", " ", "漢", "e\u0301", "é"]), max_size=6), max_size=6)
)
def test_wide_and_combining_characters(rows: list[list[str]]) -> None:
    """Whole lines, as they are drawn: what is half covered is not ours to know."""
    both = Both()
    for row in rows:
        text = "".join(row)
        cells = sum(2 if part == "漢" else 1 for part in row)
        both.show(f"\x1b[2;1H{text}{' ' * (WIDTH - cells)}\x1b[1;1H")
        assert both.same()


def test_the_same_frame_again_costs_nothing() -> None:
    both = Both()
    data = frame([(1, 0, [("31", "abc")])], 3)
    assert both.show(data)
    assert both.show(SYNC_BEGIN) == both.show(data) == both.show(SYNC_END) == ""


def test_a_clock_costs_its_last_digit() -> None:
    both = Both()
    both.show(frame([(0, 0, [("1", "0:0"), ("1", "7")])], 0))
    sent = both.show(frame([(0, 0, [("1", "0:08")])], 0))
    assert sent == "\x1b[1;4H\x1b[0;1m8\x1b[0m\x1b[1;1H"
    assert both.same()


def test_a_frame_is_sent_within_its_bounds() -> None:
    both = Both()
    assert both.show(SYNC_BEGIN) == ""
    assert both.show(frame([(0, 0, [("", "a")])], 0)).startswith(SYNC_BEGIN)
    assert both.show(SYNC_END) == SYNC_END


@pytest.mark.parametrize(
    "strange",
    [
        "\x1b[2J",
        "\x1b[?1049h",
        "\x1b[1;1Hno reset \x1b[31mred",
        "\x1b[1;1H\x1b]8;;https://x\x1b\\link\x1b]8;;\x1b\\",
        "a\x07b",
    ],
)
def test_what_is_not_understood_is_passed_on_and_all_is_drawn_after_it(strange: str) -> None:
    both = Both()
    data = frame([(1, 0, [("31", "abc")])], 3)
    both.show(data)
    assert both.show(strange) == strange
    assert "abc" in both.show(data)


@pytest.mark.parametrize(
    "large", ["\x1b[9;1Hbelow the screen\x1b[1;1H", "\x1b[1;9Hover the edge\x1b[1;1H"]
)
def test_a_frame_that_has_no_room_is_named_and_all_is_drawn_after_it(large: str) -> None:
    both = Both()
    data = frame([(1, 0, [("31", "abc")])], 3)
    both.show(data)
    with pytest.raises(TooLarge):
        both.show(large)
    assert "abc" in both.show(data)
    assert both.same()


@pytest.mark.parametrize(
    "mode", ["\x1b[?25l", "\x1b[?1000h\x1b[?1003h", "\x1b[?2048$p", "\x1b[>25u"]
)
def test_modes_and_questions_change_no_cell(mode: str) -> None:
    both = Both()
    data = frame([(1, 0, [("31", "abc")])], 3)
    both.show(data)
    assert both.show(mode) == mode
    assert both.show(data) == ""


def test_another_size_is_drawn_whole() -> None:
    shown = Shown()
    data = frame([(1, 0, [("31", "abc")])], 3)
    shown.thin(data, 12, 4)
    assert shown.thin(data, 12, 4) == ""
    assert "abc" in shown.thin(data, 12, 5)
    shown.forget()
    assert "abc" in shown.thin(data, 12, 5)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("before", STYLES)
def test_a_change_of_style_is_what_the_style_alone_would_be(before: str, style: str) -> None:
    screens = [pyte.Screen(4, 1) for _ in range(2)]
    pyte.Stream(screens[0]).feed(f"\x1b[{style or 0}mx")
    pyte.Stream(screens[1]).feed(
        change(Look(), look_of(before)) + change(look_of(before), look_of(style)) + "x"
    )
    assert screens[0].buffer[0][0] == screens[1].buffer[0][0]
