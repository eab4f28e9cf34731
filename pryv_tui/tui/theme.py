"""The colours of the interface, by meaning, in four themes."""

from __future__ import annotations

from textual.theme import Theme

from pryv_tui.operations.settings.appearance import THEMES


def _theme(
    name: str,
    *,
    dark: bool,
    ink: str,
    quiet: str,
    ground: tuple[str, str, str],
    line: str,
    good: str,
    warn: str,
    bad: str,
    busy: str,
    practice: tuple[str, str],
    cursor: tuple[str, str],
    blurred: tuple[str, str],
    hit: tuple[str, str],
    blurred_style: str = "none",
) -> Theme:
    """Make a theme from its colours by meaning. None is derived: each contrast is chosen.

    Args:
        ink: the colour of text; `quiet`: of less important text.
        ground: three backgrounds: of text, of a dialog, of the lines at the top and the bottom.
        line: the colour of borders.
        good: reached and checked; `warn`: needs a look; `bad`: failed, or replaces something;
            `busy`: running or focused.
        practice: background and text of the top line on a practice platform.
        cursor: background and text of the selected row, in the focused part; `blurred`: elsewhere.
        hit: background and text of what a search found.
        blurred_style: text style of the selected row elsewhere, if its background does not show it.
    """
    background, surface, panel = ground
    return Theme(
        name=name,
        dark=dark,
        primary=busy,
        secondary=quiet,
        accent=busy,
        success=good,
        warning=warn,
        error=bad,
        foreground=ink,
        background=background,
        surface=surface,
        panel=panel,
        variables={
            "text": ink,
            "text-muted": quiet,
            "text-disabled": quiet,
            "text-primary": busy,
            "text-accent": busy,
            "text-success": good,
            "text-warning": warn,
            "text-error": bad,
            "quiet": quiet,
            "border": line,
            "border-blurred": line,
            "practice": practice[0],
            "practice-ink": practice[1],
            "hit": hit[0],
            "hit-ink": hit[1],
            "block-cursor-background": cursor[0],
            "block-cursor-foreground": cursor[1],
            "block-cursor-blurred-background": blurred[0],
            "block-cursor-blurred-foreground": blurred[1],
            "block-hover-background": blurred[0],
            # Its background has the colour of the text: reversed, it would have the field's
            # background.
            "input-cursor-text-style": "none",
            "input-selection-background": cursor[0],
            "input-selection-foreground": cursor[1],
            "screen-selection-background": cursor[0],
            "screen-selection-foreground": cursor[1],
            "scrollbar": quiet,
            "scrollbar-hover": quiet,
            "scrollbar-active": busy,
            "scrollbar-background": background,
            "scrollbar-background-hover": background,
            "scrollbar-background-active": background,
            "scrollbar-corner-color": background,
            "block-cursor-text-style": "bold",
            "block-cursor-blurred-text-style": blurred_style,
            "button-focus-text-style": "bold",
        },
    )


DARK = _theme(
    "dark",
    dark=True,
    ink="#d7dde3",
    quiet="#98a5b1",
    ground=("#12171c", "#171d23", "#222a32"),
    line="#44525f",
    good="#7fcb83",
    warn="#e0b050",
    bad="#ee8585",
    busy="#74b9e2",
    practice=("#b48ead", "#1c1420"),
    cursor=("#24394a", "#ffffff"),
    blurred=("#222a32", "#d7dde3"),
    hit=("#5c4a1e", "#ffffff"),
)
LIGHT = _theme(
    "light",
    dark=False,
    ink="#1d252c",
    quiet="#515e69",
    ground=("#fbfbf8", "#f3f3ee", "#e6e8e6"),
    line="#a3adb5",
    good="#1b6a2c",
    warn="#7a5200",
    bad="#a82323",
    busy="#0f5a8c",
    practice=("#6d3f74", "#ffffff"),
    cursor=("#d3e5f3", "#10181f"),
    blurred=("#e6e8e6", "#1d252c"),
    hit=("#ffe08a", "#1d252c"),
)
HIGH_CONTRAST = _theme(
    "high-contrast",
    dark=True,
    ink="#ffffff",
    quiet="#d0d0d0",
    ground=("#000000", "#000000", "#1c1c1c"),
    line="#ffffff",
    good="#6dff74",
    warn="#ffd84d",
    bad="#ffa8a8",
    busy="#7fdcff",
    practice=("#f2b8ff", "#000000"),
    cursor=("#002b45", "#ffffff"),
    blurred=("#1c1c1c", "#ffffff"),
    hit=("#5a4300", "#ffffff"),
)
_BLACK, _WHITE = "#000000", "#ffffff"
MONOCHROME = _theme(
    "monochrome",
    dark=True,
    ink=_WHITE,
    quiet=_WHITE,
    ground=(_BLACK, _BLACK, _BLACK),
    line=_WHITE,
    good=_WHITE,
    warn=_WHITE,
    bad=_WHITE,
    busy=_WHITE,
    # No colour is sent (`filters.py`): a light background becomes reversed.
    practice=(_WHITE, _BLACK),
    cursor=(_WHITE, _BLACK),
    blurred=(_BLACK, _WHITE),
    hit=(_WHITE, _BLACK),
    blurred_style="underline",
)

ALL: dict[str, Theme] = {theme.name: theme for theme in (DARK, LIGHT, HIGH_CONTRAST, MONOCHROME)}
assert tuple(ALL) == THEMES
