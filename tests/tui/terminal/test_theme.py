"""How the interface looks: which theme it opens with, and terminals without colours or glyphs."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.screen import Screen

import pryv_tui.tui
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.settings.appearance import THEMES, asked_theme
from pryv_tui.operations.settings.resolve import Settings, resolve_settings
from pryv_tui.tui.preferences import NAME, Preferences, first_theme, remember, remembered
from pryv_tui.tui.terminal.filters import NoColour, ascii_cells
from pryv_tui.tui.terminal.probe import ascii_only
from tests.tui.driving import opened


@pytest.mark.parametrize(
    ("option", "env", "theme"),
    [
        (None, {}, None),
        (None, {"NO_COLOR": "1"}, "monochrome"),
        (None, {"NO_COLOR": ""}, None),
        (None, {"PRYV_TUI_THEME": "light", "NO_COLOR": "1"}, "light"),
        ("high-contrast", {"PRYV_TUI_THEME": "light", "NO_COLOR": "1"}, "high-contrast"),
    ],
)
def test_what_was_asked_for(option: str | None, env: dict[str, str], theme: str | None) -> None:
    assert asked_theme(option, env) == theme


def test_a_theme_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(PryvTuiError, match=r"PRYV_TUI_THEME.*'pink'"):
        resolve_settings(environment={"PRYV_TUI_THEME": "pink"})
    config = tmp_path / "pryv.toml"
    config.write_text('theme = "pink"\n')
    with pytest.raises(PryvTuiError, match=r"pryv\.toml.*'pink'"):
        resolve_settings(config=str(config), environment={})
    config.write_text('theme = "light"\n')
    assert resolve_settings(config=str(config), environment={}).usual_theme == "light"


def test_asked_then_chosen_before_then_usual(tmp_path: Path) -> None:
    base = Settings(vault="/v", state=str(tmp_path / "deep" / "state"))
    usual = msgspec.structs.replace(base, usual_theme="light")
    assert first_theme(base) == THEMES[0]
    assert first_theme(usual) == "light"
    assert remember(Path(base.state), Preferences(theme="high-contrast"))
    assert first_theme(usual) == "high-contrast"
    assert first_theme(msgspec.structs.replace(usual, theme="monochrome")) == "monochrome"
    for spoilt in (b"{", b"[]", b'{"theme": 7}', b'{"theme": "pink"}'):
        (Path(base.state) / NAME).write_bytes(spoilt)
        assert first_theme(usual) == "light"


def test_a_choice_that_cant_be_kept_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert not remember(tmp_path / "file" / "state", Preferences(theme="light"))
    assert remembered(tmp_path / "file" / "state") == Preferences()


@pytest.mark.parametrize(
    ("env", "coerced", "poor"),
    [
        ({"LANG": "en_US.UTF-8"}, False, False),
        ({"LANG": "C.utf8"}, False, False),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "C"}, True, True),
        ({"LANG": "de_DE.ISO-8859-1"}, False, True),
        ({"LC_CTYPE": "en_GB.UTF-8", "LANG": "C"}, False, False),
        # What Python itself writes when it starts in the C locale.
        ({"LC_CTYPE": "C.UTF-8", "LANG": "C"}, True, True),
        ({"LC_CTYPE": "C.UTF-8"}, True, True),
        ({"LC_CTYPE": "C.UTF-8"}, False, False),
        ({}, False, True),
    ],
)
def test_ascii_where_the_locale_has_no_utf8(env: dict[str, str], coerced: bool, poor: bool) -> None:
    assert ascii_only(env, coerced=coerced) is poor


@given(st.text())
def test_every_cell_becomes_ascii_and_none_moves(text: str) -> None:
    made = ascii_cells(text)
    assert made.isascii()
    assert cell_len(made) == cell_len(text)


def test_states_stay_apart_without_glyphs() -> None:
    glyphs = "●○◐▲✗✓▶■·–"
    assert len(set(ascii_cells(glyphs))) == len(glyphs)


def test_no_colour_is_sent_and_what_was_light_is_reversed() -> None:
    pairs = (
        ("#ffffff", "#000000", False),
        ("#000000", "#ffffff", True),
        ("#123456", "#fedcba", True),
    )
    for ink, ground, reverse in pairs:
        (made,) = NoColour().apply(
            [Segment("x", Style.parse(f"bold {ink} on {ground}"))], Color.parse("black")
        )
        assert made.style is not None
        assert made.style.color is None
        assert made.style.bgcolor is None
        assert made.style.bold
        assert bool(made.style.reverse) is reverse


async def test_no_color_of_the_environment_sends_none(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    practice = resolve_settings(practice=settings.practice)
    assert practice.theme == "monochrome"
    async with opened(practice) as operator:
        segments = [
            segment
            for strip in operator.app.screen._compositor.render_strips(operator.app.size)
            for segment in strip
        ]
        colours = {s.style and (s.style.color, s.style.bgcolor) for s in segments} - {None}
        assert colours == {(None, None)}
        marked = "".join(s.text for s in segments if s.style and s.style.reverse)
        assert "config_follower" in marked, "the selected row does not show"
        assert "PRACTICE" in operator.text


def test_every_screen_finds_its_styles() -> None:
    """Textual looks for them beside the module of the screen, not of the class that names them."""
    for found in pkgutil.walk_packages(pryv_tui.tui.__path__, "pryv_tui.tui."):
        importlib.import_module(found.name)
    screens: set[type[Screen[Any]]] = set()
    waiting: list[type[Screen[Any]]] = [Screen]
    while waiting:
        below = waiting.pop().__subclasses__()
        screens.update(below)
        waiting += below
    ours = [one for one in screens if one.__module__.startswith("pryv_tui.")]
    assert len(ours) > 15
    for screen in ours:
        named = screen.CSS_PATH or []
        for path in named if isinstance(named, list) else [named]:
            assert Path(inspect.getfile(screen)).parent.joinpath(path).is_file(), (screen, path)
