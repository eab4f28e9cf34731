"""What is decided or spelled in one place of the program, and nowhere beside it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pryv_tui
from pryv_tui.clock import timestamp

PACKAGE = Path(pryv_tui.__file__).parent
TREES = {
    path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.relative_to(PACKAGE).parts[0] != "practice"  # it stands for other machines
}


def calls(tree: ast.AST) -> Iterator[str]:
    return (ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call))


def test_one_clock_tells_the_time_of_day() -> None:
    asked = {"datetime.now", "datetime.utcnow", "datetime.datetime.now", "datetime.today"}
    found = {path for path, tree in TREES.items() if asked & set(calls(tree))}
    assert found == {"clock.py"}


def test_a_time_is_told_as_rfc_3339_to_whole_milliseconds_or_seconds() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 6789, UTC)
    assert timestamp(moment) == "2026-01-02T03:04:05.006Z"
    assert timestamp(moment, to="seconds") == "2026-01-02T03:04:05Z"
    assert timestamp(datetime(2026, 1, 2, tzinfo=UTC)) == "2026-01-02T00:00:00.000Z"
