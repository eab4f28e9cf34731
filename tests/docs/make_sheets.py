"""Draw every screen in every theme: `python -m tests.docs.make_sheets FOLDER [BEGIN...]`.

Those whose snapshots there are (`tests/tui/walk.py`), or of them those whose names begin so. For
each screen and size a page, `NAME-80x24.html`, with its pictures in all themes beside each other;
where Chromium is installed, also that page as a picture. To be looked at by a person: what is cut,
unreadable or of too little contrast, no test sees.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

from pryv_tui.operations.settings.appearance import THEMES
from tests.tui.driving import Operator
from tests.tui.snapshots import settled
from tests.tui.walk import PARTS, SIZES, walk

WIDE = {80: 1640, 120: 1900, 60: 1300}
"""Pixels of a page, by the columns of its pictures."""


class Sheets:
    """Pictures of what an operator sees, in each theme."""

    def __init__(self, folder: Path, size: tuple[int, int], begin: tuple[str, ...]) -> None:
        self.folder = folder
        self.size = size
        self.begin = begin
        self.made: list[Path] = []

    async def draw(self, operator: Operator, name: str) -> None:
        if not name.startswith(self.begin):
            return
        await settled(operator)
        app = operator.app
        own, pictures = app.theme, []
        for theme in THEMES:
            app.theme = theme
            await operator.pilot.pause()
            file = self.folder / f"{name}-{self.size[0]}x{self.size[1]}-{theme}.svg"
            file.write_text(app.export_screenshot(title=f"{name}, {theme}"), encoding="utf-8")
            pictures.append(f'<img src="{file.name}" width="49%">')
        app.theme = own
        await operator.pilot.pause()
        page = self.folder / f"{name}-{self.size[0]}x{self.size[1]}.html"
        page.write_text(f'<body style="margin:0">{"".join(pictures)}', encoding="utf-8")
        self.made.append(page)


def pictured(pages: list[Path], width: int) -> None:
    """Each page as a picture beside it, where a browser is there."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    for page in pages if browser else ():
        subprocess.run(
            [
                browser or "", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                f"--window-size={width},{round(width * 0.68)}",
                f"--screenshot={page.with_suffix('.png')}", page.as_uri(),
            ],
            check=True,
            capture_output=True,
        )  # fmt: skip


def main(target: Path, *begin: str) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for size in SIZES:
        sheets = Sheets(target, size, begin or ("",))
        try:
            for part in PARTS:
                asyncio.run(walk(size, sheets.draw, part))
        finally:
            pictured(sheets.made, WIDE[size[0]])


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
