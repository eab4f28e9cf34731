"""Wrapped text: it hangs under its first line, and breaks at blanks and joints alone."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult
from textual.content import Content

from pryv_tui.operations.plan import Plan, numbered
from pryv_tui.operations.steps.services.stop_services import StopServices
from pryv_tui.operations.steps.taking.prepare_dump import PrepareDump
from pryv_tui.tui.text.lines import Para
from pryv_tui.tui.text.plan import steps_text
from pryv_tui.tui.widgets.panes import ListPane, Pane, broken, hung, paragraphs
from pryv_tui.tui.widgets.scrollbar import TRACK, GlyphBar

ROOT = "/srv/practice/platform/hosts/single/root"


def laid_out(text: str, width: int) -> list[str]:
    lines = [hung(para, width).plain for para in paragraphs(Content(text))]
    return "\n".join(lines).split("\n")


@pytest.mark.parametrize("width", [20, 30, 42, 77])
def test_nothing_is_broken_within_a_word(width: int) -> None:
    text = f"find {ROOT}/pryv/mongodb/backup -maxdepth 1 -exec mv -t {ROOT}/.pryv-tui/aside {{}} +"
    lines = [line.plain for line in broken(Content(text), width)]
    assert max(map(len, lines)) <= width
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    rest = text
    for line in lines[:-1]:
        rest = rest[len(line) :]
        assert line.endswith("/") or rest.startswith(" "), lines
        rest = rest.lstrip(" ")


def test_what_has_no_blank_and_no_slash_is_cut() -> None:
    assert [line.plain for line in broken(Content("x" * 25), 10)] == ["x" * 10, "x" * 10, "x" * 5]


@pytest.mark.parametrize(
    ("line", "hang"),
    [(f"  3! Copy the files back to {ROOT} on single", 5), (f"      $ cp -a {ROOT}/. {ROOT}/", 8),
     (f"  - {ROOT} on single is replaced by what the set holds", 4)],
)  # fmt: skip
def test_lines_go_on_under_their_first_word(line: str, hang: int) -> None:
    _first, *others = laid_out(line, 40)
    assert others
    for other in others:
        assert other[:hang] == " " * hang
        assert other[hang] != " "


def test_a_mark_is_explained_before_it_is_seen_and_nothing_is_called_emptied() -> None:
    steps = numbered(
        [
            StopServices(host="single", containers=("pryvio_core",)),
            PrepareDump(host="single", store="mongodb", folder="/dump", aside="/aside"),
        ]
    )
    plan = Plan(kind="restore", roles=("core",), steps=steps, domain="d")
    text = steps_text(plan, commands=True).plain
    assert text.splitlines()[0] == "   ! changes what is there; it can be undone"
    # The command shows that what is there is moved: so says the title.
    assert "Move older dumps of mongodb aside" in text
    assert "Empty" not in text


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        # An id that fits a line is one.
        ("  → r, then 20261124T163022Z-up", 24, ["  → r, then", "    20261124T163022Z-up"]),
        # One that does not is broken after its time, not in a word.
        (
            "  → then choose 20261124T163022Z-before-upgrade",
            30,
            ["  → then choose", "    20261124T163022Z-", "    before-upgrade"],
        ),
        # A path goes as far as there is room.
        (
            "  → /srv/practice/hosts/single/root/pryv",
            24,
            ["  → /srv/practice/hosts/", "    single/root/pryv"],
        ),
        # In a path the folders are the joints, whatever their names hold.
        (
            "  → /tmp/pytest-of-root/pytest-68/x",
            27,
            ["  → /tmp/pytest-of-root/", "    pytest-68/x"],
        ),
    ],
)
def test_a_long_word_is_broken_at_its_joints(text: str, width: int, lines: list[str]) -> None:
    shown = hung(Para(4, Content(text)), width)
    assert [line.rstrip() for line in shown.plain.split("\n")] == lines


class Listing(App[None]):
    """One list alone."""

    def compose(self) -> ComposeResult:
        yield ListPane("rows")


async def test_rows_of_one_id_are_all_shown_and_stand_for_what_it_names() -> None:
    async with Listing().run_test() as pilot:
        pane = pilot.app.query_one(ListPane)
        for ids in (
            ["a", "a", "b"],
            ["", "", "a"],
            ["a", "a", "a (2)"],
            ["a (2)", "a", "a", "a"],
        ):
            for told in ("one", "another"):  # the second time only texts differ
                pane.show_rows([(name, Content(f"{told} {n}"), True) for n, name in enumerate(ids)])
                shown = [str(option.prompt) for option in pane.options]
                assert shown == [f"{told} {n}" for n in range(len(ids))]
            chosen = []
            for n in range(len(ids)):
                pane.highlighted = n
                chosen.append(pane.chosen)
            assert chosen == ids
        # What is selected stays so when rows come before it.
        pane.highlighted = 2
        pane.show_rows([(name, Content(name), True) for name in ("new", "a (2)", "a", "a", "a")])
        assert pane.highlighted == 3


@pytest.mark.parametrize("width", [30, 45, 60])
async def test_a_sentence_in_place_of_rows_is_read_whole(width: int) -> None:
    said = " Nothing is here yet.\n The program begins one by itself; n begins one by hand."

    class Host(App[None]):
        def compose(self) -> ComposeResult:
            yield ListPane("rows", id="rows")

    app = Host()
    async with app.run_test(size=(width, 12)) as pilot:
        pane = app.query_one(ListPane)

        def shown() -> list[str]:
            return [pane.render_line(y).text[1:] for y in range(pane.size.height)]

        def whole() -> bool:
            return " ".join(" ".join(shown()).split()) == " ".join(said.split())

        pane.show_rows([("", Content(said), False)])
        await pilot.pause()
        assert whole(), shown()
        await pilot.resize_terminal(width - 5, 12)
        await pilot.pause()
        assert whole(), shown()
        # Rows are rows: what is longer than a line of them is cut with a mark.
        pane.show_rows([("a", Content(" " + "x" * 90), True)])
        await pilot.pause()
        assert next(line for line in shown() if line.strip()).rstrip().endswith("…")
        assert len([line for line in shown() if line.strip()]) == 1


def test_a_bar_beside_a_text_of_which_a_line_is_hidden_has_a_cell_without_thumb() -> None:
    for size in range(2, 30):
        cells = GlyphBar.render_bar(size, size + 1, size, 0).segments
        assert TRACK in "".join(cell.text for cell in cells), size


class _Hidden(App[None]):
    """A pane that has no size until it is shown, as on a page that is turned to."""

    def compose(self) -> ComposeResult:
        pane = Pane("Checks")
        pane.display = False
        yield pane


WORDS = "OK engine single, which answers with a line that is far longer than ten cells"


@pytest.mark.parametrize(
    ("asked", "at"), [("bring_into_view", 2), ("bring_into_view", 30), ("bring_up", 2)]
)
@pytest.mark.parametrize("first", [True, False], ids=["asked first", "shown first"])
async def test_what_is_scrolled_to_hangs_on_the_width_that_the_pane_gets(
    asked: str, at: int, first: bool
) -> None:
    """Reckoned for another width, the page would be scrolled past the check that failed."""
    app = _Hidden()
    async with app.run_test(size=(100, 20)) as pilot:
        pane = app.query_one(Pane)
        lines = [f"✗ FAILED {WORDS}" if each == at else WORDS for each in range(40)]
        if not first:
            pane.display = True
            await pilot.pause()
        pane.show("\n".join(lines))
        getattr(pane, asked)("✗ FAILED")
        await pilot.pause()
        pane.display = True
        for _ in range(4):
            await pilot.pause()
        near = asked == "bring_into_view" and at == 2
        assert pane.scroll_y == (0 if near else min(at, pane.max_scroll_y))
        assert pane.virtual_size.height == 40, "each line is one line"
