"""The offer of a practice platform, shown if no platform was found and none was named."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pryv_tui.operations.overview.first_start import is_practice, practice_folder
from pryv_tui.tui.base.confirm import Confirm
from pryv_tui.tui.base.page import Page
from pryv_tui.tui.navigation import show_dialog

if TYPE_CHECKING:
    from pryv_tui.tui.app import Interface


_CAN = (
    "You can practise on one that needs no Docker and can't be hurt: it has invented people and"
    " files in the real formats, and everything this program does to a real platform it does to"
    " that one. It would be in {folder}"
)
_HAVE = "You have one to practise on, as you left it, in {folder}"


def offer_practice(page: Page) -> None:
    """Offer a practice platform in a question. Only Yes makes or opens it; No has the focus."""
    folder = practice_folder()
    there = is_practice(folder)
    act = "Open it" if there else "Make it and open it"
    where = (_HAVE if there else _CAN).format(folder=folder)
    text = (
        "No Pryv.io platform was found here: no container, no root, no backup set.\n\n"
        f"{where}, its sets and journals beside it. Every screen of it says PRACTICE.\n\n"
        "If a platform should be here: Not now, and see what Attention and the doctor (d) say."
    )

    def answered(yes: bool | None) -> None:
        if yes:
            page.ask("practice", lambda: _make(folder, there), lambda made: _open(page, made))

    show_dialog(
        page.app,
        Confirm(page.desk, "No platform was found here", text, no="Not now", yes=act),
        answered,
    )


def _make(folder: Path, there: bool) -> Path:
    from pryv_tui.practice.platform import PracticePlatform

    return (PracticePlatform.open(folder) if there else PracticePlatform.create(folder)).folder


def _open(page: Page, folder: Path) -> None:
    app: Interface = page.app  # type: ignore[assignment]
    app.open_practice(folder)
