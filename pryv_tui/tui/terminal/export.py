"""Saving a screen as a picture and as text, for the records of an incident."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from textual.app import App

from pryv_tui.clock import stamp
from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.durable import write_durably
from pryv_tui.ownership import make_private

FOLDER = "screens"


def text_of(app: App[Any]) -> str:
    """Return the content of the screen as text, line by line."""
    # Textual has a public method only for an SVG, which also takes its lines from here.
    strips = app.screen._compositor.render_strips(app.size)
    return "".join(f"{strip.text.rstrip()}\n" for strip in strips)


def save_screen(app: App[Any], state: Path) -> Path:
    """Write the screen to the state folder, as SVG and as text. Return the path of the SVG.

    Raises:
        PryvTuiError: `step-failed`, the files can't be written.
    """
    name = type(app.screen).__name__.removesuffix("Screen").lower()
    path = state / FOLDER / f"{stamp()}-{name}.svg"
    try:
        make_private(path.parent)
        for file, content in (
            (path, app.export_screenshot()),
            (path.with_suffix(".txt"), text_of(app)),
        ):
            write_durably(file, content.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise PryvTuiError(
            "step-failed", f"the screen could not be saved: {error.filename}: {error.strerror}"
        ) from error
    return path
