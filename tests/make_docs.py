"""Makes the parts of docs/ that come from tables in the code: `python -m tests.make_docs`."""

from __future__ import annotations

from pathlib import Path

from pryv_tui.errors import ERRORS

DOCS = Path(__file__).parent.parent / "docs"


def errors_page() -> str:
    """`docs/errors.md`, from the error table."""
    lines = [
        "# Errors",
        "",
        "Every error the program ends with. The message itself names the thing and the reason, and",
        "also what to do where that depends on what happened: the last column is empty then.",
        "This page is made from `pryv_tui/errors.py` by `python -m tests.make_docs`.",
        "",
        "| name | exit | meaning | what to do |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| `{kind.name}` | {int(kind.exit)} | {kind.meaning} | {kind.remedy} |"
        for kind in ERRORS.values()
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    (DOCS / "errors.md").write_text(errors_page(), encoding="utf-8")
