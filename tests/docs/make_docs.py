"""Makes the parts of docs/ that come from the code: `python -m tests.docs.make_docs`."""

from __future__ import annotations

import re
from pathlib import Path

from pryv_tui.drills import schema
from pryv_tui.errors import ERRORS

DOCS = Path(__file__).parents[2] / "docs"
PACKAGE = DOCS.parent / "pryv_tui"


def errors_page() -> str:
    """`docs/errors.md`, from the error table."""
    lines = [
        "# Errors",
        "",
        "Every error the program ends with. The message itself names the thing and the reason, and",
        "also what to do where that depends on what happened: the last column is empty then.",
        "This page is made from `pryv_tui/errors.py` by `python -m tests.docs.make_docs`.",
        "",
        "| name | exit | meaning | what to do |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| `{kind.name}` | {int(kind.exit)} | {kind.meaning} | {kind.remedy} |"
        for kind in ERRORS.values()
    ]
    return "\n".join(lines) + "\n"


FOLDER = re.compile(r"^\| `([\w/]+/)` \| ([^|]+) \| ([^|]*) \|$", re.MULTILINE)
"""A row of `docs/architecture.md`: a folder, what is decided there, its rooms."""


def with_rooms(page: str) -> str:
    """`docs/architecture.md` with the rooms that each of its folders has now."""
    return FOLDER.sub(lambda row: f"| `{row[1]}` | {row[2]} | {_rooms(row[1])} |", page)


def _rooms(folder: str) -> str:
    there = PACKAGE / folder
    modules = sorted(one.stem for one in there.glob("*.py") if one.stem != "__init__")
    names = [*modules, *sorted(one.name for one in there.glob("*.[ch]"))]
    return ", ".join(f"`{name}`" for name in names) or "–"


if __name__ == "__main__":
    (DOCS / "errors.md").write_text(errors_page(), encoding="utf-8")
    (DOCS / "schemas").mkdir(exist_ok=True)
    (DOCS / "schemas" / schema.NAME).write_text(schema.text(), encoding="utf-8")
    house = DOCS / "architecture.md"
    house.write_text(with_rooms(house.read_text(encoding="utf-8")), encoding="utf-8")
