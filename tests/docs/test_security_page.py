"""docs/security.md says nothing that no test holds."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TOP = Path(__file__).parents[2]
PAGE = (TOP / "docs/security.md").read_text()
NAMED = re.compile(r"(tests/[\w/]+\.py)::(test_\w+)")


def names_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_every_test_that_it_names_is_there() -> None:
    named = NAMED.findall(PAGE)
    assert len(named) > 40
    assert [
        f"{path}::{name}"
        for path, name in named
        if not (TOP / path).is_file() or name not in names_in(TOP / path)
    ] == []


def test_every_point_names_one() -> None:
    points = [line for line in PAGE.splitlines() if line.startswith("- ")]
    assert len(points) > 30
    for point in points:
        assert re.search(r" \((tests/[\w/]+\.py::test_\w+(, )?)+\)$", point), point


def test_a_name_that_is_none_would_be_seen() -> None:
    assert "test_no_such_test" not in names_in(TOP / "tests/test_reading.py")
    assert "test_which_it_would_see" in names_in(TOP / "tests/test_reading.py")


def test_who_reports_finds_the_way_and_no_persons_address() -> None:
    words = (TOP / "SECURITY.md").read_text()
    assert "Report a vulnerability" in words
    assert re.search(r"[\w.]+@[\w.]+", words) is None
    readme = (TOP / "README.md").read_text()
    assert "(SECURITY.md)" in readme and "(docs/security.md)" in readme
