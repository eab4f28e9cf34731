"""Text from elsewhere acts on no terminal, makes no second line, and is what it looks like."""

from __future__ import annotations

import asyncio
import unicodedata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.discovery import discover
from pryv_tui.hosts.engine import Container, Mount
from pryv_tui.operations.guards.line import failed, ok, warning
from pryv_tui.operations.overview.attention import Attention
from pryv_tui.sanitize import acts, cells, one_line, sanitized
from pryv_tui.tui.screens.text import TextScreen
from pryv_tui.tui.terminal.filters import Harmless
from pryv_tui.tui.text.lines import Line
from tests.hosts.machines import StillHost

EVIL = [
    "\x1b[2J",
    "\x1b]0;x\x07",
    "\x9b31m",
    "a\rOK      vault: all is well",
    "a\nOK      vault: all is well",
    "a\u2028OK",
    "a\u2029OK",
    "a\x85OK",
    "a\x0bOK\x0cOK",
    "gpj\u202eexe.txt",
    "a\u2066b\u2069",
    "pa\u200byments",
    "\ufeffroot",
    "a\u00adb",
    "a\U000e0041",
    "core\ufe0f",
    "core\U000e0100",
    "a\u180b",
    "a\U0001d173",
    "a\U0001bca0",
    "a\udc9bb\ud800",
    "\x08\x08\x7f\x00",
]


UNSEEN = (
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u200e\u200f\ufeff\xad\U000e0041"
    "\ufe0f\U000e0100\u180b\U0001d173\U0001bca0"
)


def bad(text: str) -> bool:
    """Whether a terminal acts, a line ends, or a reader does not see a character."""
    kinds = ("Cc", "Cs", "Zl", "Zp")
    return any(unicodedata.category(char) in kinds or char in UNSEEN for char in text)


@pytest.mark.parametrize("evil", EVIL)
def test_what_it_said_is_shown_and_does_nothing(evil: str) -> None:
    shown = one_line(evil)
    assert not bad(shown) and not acts(shown)
    assert shown != evil and len(shown) >= len(evil) - 1
    assert one_line(shown) == shown, "once is enough"


@given(st.text())
def test_any_text(text: str) -> None:
    assert not bad(one_line(text))
    assert not bad(sanitized(text).replace("\n", "").replace("\t", ""))


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"])))
def test_letters_digits_and_marks_stay_as_they_are(text: str) -> None:
    assert one_line(text) == text or acts(text)


def test_what_acts_is_what_would_be_shown_otherwise() -> None:
    """The one is a search by ranges, the other a table: at no character do they part."""
    parted = [
        code
        for code in (*range(0x3200), *range(0xD700, 0x10100), *range(0x1BC90, 0x1D200))
        if acts(chr(code)) != (one_line(chr(code)) != chr(code))
    ]
    assert not parted
    assert all(map(acts, map(chr, range(0xE0000, 0xE1000))))
    assert not acts(chr(0xDFFFF)) and not acts(chr(0xE1000))


@pytest.mark.parametrize("evil", EVIL)
def test_an_error_can_not_forge_a_line(evil: str) -> None:
    error = PryvTuiError("step-failed", f"the engine says {evil}", f"see {evil}")
    for text in (error.what, error.remedy, str(error)):
        assert not bad(text)


@pytest.mark.parametrize("evil", EVIL)
def test_nor_can_a_check_or_what_needs_a_person(evil: str) -> None:
    lines = [ok(evil, evil), warning(evil, evil, evil), failed(evil, evil, evil)]
    for line in lines:
        assert not bad(line.name + line.text + line.remedy)
    item = Attention("failed", evil, evil)
    assert not bad(item.text + item.remedy)


@pytest.mark.parametrize("evil", EVIL)
def test_nor_does_a_domain_that_a_root_tells(tmp_path: Path, evil: str) -> None:
    conf = tmp_path / "config-leader/conf/platform.yml"
    conf.parent.mkdir(parents=True)
    units = evil.encode("utf-16-be", "surrogatepass")
    escaped = "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
    for written in (f'DOMAIN: {{value: "{escaped}"}}', f"DOMAIN: {{value: {evil}}}"):
        conf.write_bytes(f"vars:\n  {written}\n".encode("utf-8", "surrogatepass"))
        assert not bad(discover([StillHost("one", root=tmp_path)]).domain)
    assert not bad(discover([StillHost("one")], domain=evil).domain)


@pytest.mark.parametrize("evil", EVIL)
def test_nor_a_text_that_is_read_searched_and_copied(evil: str) -> None:
    shown: list[Line] = []
    output = SimpleNamespace(view=SimpleNamespace(focus=lambda: None), add=shown.extend)
    page: Any = SimpleNamespace(output=output, _text=evil, _wrapped=False)
    TextScreen.begin(page)
    assert shown and not any(bad(line.text) for line in shown)


@pytest.mark.parametrize("evil", EVIL)
def test_what_an_engine_tells_is_shown_harmlessly_and_its_paths_are_exact(evil: str) -> None:
    made = Container(name="pryvio_core", image=one_line("core"), state="running")
    # Past the type checker, which holds whoever makes one to `one_line`.
    found = msgspec.structs.replace(
        made,
        image=evil,
        health=evil,
        networks=(evil,),
        ports=(evil,),
        powers=(evil,),
        labels={evil: evil},
        mounts=(Mount(f"/srv/{evil}", "/app"),),
    )
    again = msgspec.structs.replace(found, state="exited")
    for one in (found, again):
        said: list[str] = [one.image, one.health, *one.networks, *one.ports, *one.powers]
        said += [*one.labels, *one.labels.values()]
        assert not bad("".join(said))
        assert one.mounts[0].source == f"/srv/{evil}"


@pytest.mark.parametrize("evil", EVIL)
def test_the_last_guard_of_the_interface_keeps_every_cell_in_its_place(evil: str) -> None:
    segments = [Segment("before "), Segment(evil), Segment(" after")]
    drawn = Harmless().apply(segments, Color(0, 0, 0))
    assert not bad("".join(segment.text for segment in drawn))
    assert [cell_len(segment.text) for segment in drawn] == [
        cell_len(segment.text) for segment in segments
    ]
    plain = [Segment("nothing – odd ✓")]
    assert Harmless().apply(plain, Color(0, 0, 0)) is plain


def test_every_line_of_the_interface_passes_it(tmp_path: Path) -> None:
    from textual.widgets import Static

    from pryv_tui.operations.settings.resolve import resolve_settings
    from pryv_tui.operations.site import open_site
    from pryv_tui.practice.platform import PracticePlatform
    from pryv_tui.tui.app import Interface
    from pryv_tui.tui.session import Desk
    from pryv_tui.tui.terminal.export import text_of

    PracticePlatform.create(tmp_path / "p", users=1)
    settings = resolve_settings(practice=str(tmp_path / "p"), environment={})

    async def look() -> tuple[str, str]:
        app = Interface(Desk(settings, open_site(settings)))
        async with app.run_test(size=(120, 40)) as pilot:
            await pilot.pause()
            await app.screen.mount(Static("EVIL\x1b]0;x\x07\x9b31m\u202eTXT", markup=False))
            await pilot.pause()
            return text_of(app), app.export_screenshot()

    shown, picture = asyncio.run(look())
    assert "EVIL" in shown
    for text in (shown, picture):
        assert not any(char in text for char in "\x1b\x07\x9b\u202e")


def test_a_wide_character_keeps_its_width() -> None:
    assert cells("日\x1b本", cell_len) == "日本"
