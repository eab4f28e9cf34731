"""The names of the interface's themes, which the command line needs too."""

from __future__ import annotations

from collections.abc import Mapping

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.settings.place_names import given

THEMES = ("dark", "light", "high-contrast", "monochrome")
VARIABLE = "PRYV_TUI_THEME"


def asked_theme(option: str | None, env: Mapping[str, str]) -> str | None:
    """Return the theme from the option, or else from a variable; None if none is given.

    `NO_COLOR` means the theme without colours (https://no-color.org: present and not empty). The
    option and `PRYV_TUI_THEME` take precedence over it.

    Raises:
        PryvTuiError: `usage`, there is no theme of that name, or the variable is empty.
    """
    named = option or given(env.get(VARIABLE), VARIABLE, "variable")
    if named is not None:
        return known_theme(named, "--theme" if option else VARIABLE)
    return "monochrome" if env.get("NO_COLOR") else None


def known_theme(name: str, where: str) -> str:
    """Return the name, if there is a theme of that name.

    Args:
        where: the option, variable or file that contains the name, for the error message.

    Raises:
        PryvTuiError: `usage`, there is none.
    """
    if name not in THEMES:
        raise PryvTuiError(
            "usage", f"{where}: there is no theme {name!r}", f"One of {', '.join(THEMES)}."
        )
    return name
