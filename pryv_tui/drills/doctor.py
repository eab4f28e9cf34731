"""What `doctor` says of the records of drills."""

from __future__ import annotations

from pathlib import Path

from pryv_tui.drills.signing.standing import Standing
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.guards.line import GuardLine, warning

_NAME = "drill record"


def record_lines(state: Path) -> list[GuardLine]:
    """Of each record that is not what was written."""
    try:
        odd = Standing(state).odd
    except PryvTuiError as error:
        return [warning(_NAME, f"which drills were held is not known: {error.what}", error.remedy)]
    return [warning(_NAME, one.words.rstrip("."), one.way) for one in odd]
