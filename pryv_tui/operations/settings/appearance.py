"""How the interface may look: the names of its themes, which the command line knows too."""

from __future__ import annotations

from collections.abc import Mapping

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.settings.place_names import given

THEMES = ("dark", "light", "high-contrast", "monochrome")
VARIABLE = "PRYV_TUI_THEME"


def asked_theme(option: str | None, env: Mapping[str, str]) -> str | None:
    """The theme that somebody asked for now; None where nobody did.

    `NO_COLOR` asks for the one without colours (https://no-color.org: present and not empty); what
    is asked of this program by name goes before it.

    Raises:
        PryvTuiError: `usage` for a name that is none.
    """
    named = option or given(env.get(VARIABLE), VARIABLE, "variable")
    if named is not None:
        return known_theme(named, "--theme" if option else VARIABLE)
    return "monochrome" if env.get("NO_COLOR") else None


def known_theme(name: str, where: str) -> str:
    """A theme's name that was checked.

    Raises:
        PryvTuiError: `usage`, naming what asked for it.
    """
    if name not in THEMES:
        raise PryvTuiError(
            "usage", f"{where}: there is no theme {name!r}", f"One of {', '.join(THEMES)}."
        )
    return name
