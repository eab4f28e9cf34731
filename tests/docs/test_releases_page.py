"""The page on releases names tests that there are, and each release that the tests try."""

from __future__ import annotations

import re

from tests.docs.make_docs import DOCS
from tests.hosts.test_release_layouts import RELEASES
from tests.real.journeys.test_all_at_once import RELEASES as AT_ONCE
from tests.real.journeys.test_releases import LAID_OUT

TESTS = DOCS.parent / "tests"


def page() -> str:
    return (DOCS / "releases.md").read_text(encoding="utf-8")


def test_every_test_that_it_names_is_there() -> None:
    named = re.findall(r"`((?:tests/)?[\w/]+(?:\.py|/))`", page())
    assert len(named) > 20
    for name in named:
        if name.startswith("tests/"):
            assert (DOCS.parent / name).exists(), name
        else:
            assert list(TESTS.rglob(name)), name
    for name in re.findall(r"`(test_\w+)`", page()):
        assert any(f"def {name}(" in path.read_text() for path in TESTS.rglob("test_*.py")), name


def test_every_release_that_a_backup_and_a_restore_of_is_tried_has_its_line() -> None:
    lines = page().splitlines()
    tests = [(release, "test_releases.py", "one machine") for release in LAID_OUT]
    forms = {"single-node": "one machine", "cluster": "a cluster"}
    tests += [(release, "test_all_at_once.py", forms[form]) for form, release in AT_ONCE.items()]
    for release, test, where in tests:
        (line,) = [
            line for line in lines if line.startswith(f"| {release} |") and f"{test}`" in line
        ]
        assert where in line
    tried = {
        line.split("|")[1].strip()
        for line in lines
        if "`tests/real/journeys/test_releases.py`" in line
    }
    assert tried == set(LAID_OUT), "and no other"


def test_the_releases_whose_compose_files_are_looked_at_are_all_named() -> None:
    (line,) = [line for line in page().splitlines() if "test_release_layouts.py" in line]
    assert re.findall(r"\d+\.\d+\.\d+", line) == list(RELEASES)
