"""Docs that are made from the code are what the code makes; pages lead where they say."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from pryv_tui import __version__, own_folder
from tests.docs.make_docs import DOCS, FOLDER, PACKAGE, errors_page, with_rooms

TOP = DOCS.parent
TESTS = TOP / "tests"
PAGES = sorted(
    [*TOP.glob("*.md"), *DOCS.glob("*.md"), TESTS / "README.md", TESTS / "real" / "README.md"]
)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#([\w-]+))?\)")
KINDS = ("Added", "Changed", "Deprecated", "Removed", "Security", "Fixed")


def test_the_page_of_errors_is_current() -> None:
    assert (DOCS / "errors.md").read_text(encoding="utf-8") == errors_page()


def dead_links(text: str, folder: Path) -> list[str]:
    """The links in a page's text that lead to no file of this repository."""
    return [
        target
        for target, _heading in LINK.findall(text)
        if "://" not in target and not (folder / target).exists()
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(TOP)))
def test_every_link_of_a_page_leads_to_a_file(page: Path) -> None:
    assert dead_links(page.read_text(encoding="utf-8"), page.parent) == []


def test_a_dead_link_is_seen() -> None:
    text = "[a](docs/index.md) [b](docs/none.md) ![c](screenshots/none.svg) [d](https://pryv.com)"
    assert dead_links(text, TOP) == ["docs/none.md", "screenshots/none.svg"]


def test_the_index_names_every_page() -> None:
    named = {target for target, _heading in LINK.findall((DOCS / "index.md").read_text())}
    assert {page.name for page in DOCS.glob("*.md")} - named == {"index.md"}


def test_the_readme_is_short_and_names_what_a_newcomer_needs() -> None:
    lines = (TOP / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 120
    assert "(docs/index.md)" in "\n".join(lines)
    first = "\n".join(lines[:10])
    (supported,) = re.findall(r"1\.\d+\.\d+ to 1\.\d+\.\d+", first)
    assert f"Releases {supported} are supported" in (DOCS / "releases.md").read_text()


def changelog() -> list[tuple[str, list[str]]]:
    """Its versions with their lines, as they stand."""
    parts = re.split(r"^## (.+)$", (TOP / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.M)
    return [
        (title, body.strip().splitlines())
        for title, body in zip(parts[1::2], parts[2::2], strict=True)
    ]


def test_the_changelog_has_a_section_for_each_version_the_newest_first() -> None:
    titles = [title for title, _lines in changelog()]
    assert titles[0] == "[Unreleased]"
    released = [re.fullmatch(r"\[(\d+)\.(\d+)\.(\d+)\] - (\d{4}-\d\d-\d\d)", t) for t in titles[1:]]
    assert released
    assert all(released), titles
    numbers = [tuple(map(int, one.groups()[:3])) for one in released if one]
    assert numbers == sorted(set(numbers), reverse=True)


def test_each_line_of_the_changelog_stands_once_below_the_kind_of_change_that_it_is() -> None:
    """A merge by union may bring back what another branch had moved: then a line is there twice."""
    for title, lines in changelog():
        kinds = [line[4:] for line in lines if line.startswith("### ")]
        assert kinds, title
        assert set(kinds) <= set(KINDS), title
        assert len(kinds) == len(set(kinds)), f"{title}: a heading stands twice"
        assert lines[0].startswith("### "), f"{title}: what is above the first heading has none"
    bullets = [line for _title, lines in changelog() for line in lines if line.startswith("- ")]
    assert [line for line in set(bullets) if bullets.count(line) > 1] == []


def test_the_version_is_stated_in_one_place() -> None:
    known = subprocess.run(
        ["git", "grep", "-lF", f'"{__version__}"', "--", "*.py", "*.toml", "*.cfg", "*.yaml"],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=False,
    )
    assert known.returncode in (0, 1, 128), known.stderr
    if known.returncode != 128:  # Without a repository, in an unpacked archive, nothing is asked.
        assert known.stdout.split() == ["pryv_tui/__init__.py"]


HOUSE = (DOCS / "architecture.md").read_text(encoding="utf-8")
PATH = re.compile(r"`((?:[\w.<>-]+/)+[\w.<>-]*|[\w-]+\.(?:py|toml))`")


def lost_paths(text: str) -> list[str]:
    """The paths in a page's text that are nowhere below the package or the repository."""
    return [
        path
        for path in PATH.findall(text)
        if not path.startswith(own_folder.NAME)  # That is in a platform's root.
        and not any(list(top.glob(re.sub(r"<\w+>", "*", path))) for top in (PACKAGE, TOP))
    ]


def test_every_path_in_the_page_of_the_house_is_there() -> None:
    assert len(PATH.findall(HOUSE)) > 100
    assert lost_paths(HOUSE) == []


def test_a_path_that_is_nowhere_is_seen() -> None:
    there = "`platform/roles.py` `operations/kinds/<kind>.py` `tests/fuzz/` `pyproject.toml`"
    nowhere = ["platform/rules.py", "operations/kinds/no_<kind>.py", "vaults/", "site.py"]
    assert lost_paths(there) == []
    assert lost_paths(" ".join(f"`{path}`" for path in nowhere)) == nowhere


def test_the_page_of_the_house_names_every_folder_and_no_room_that_is_not_there() -> None:
    rooms = {row[1]: row[3] for row in FOLDER.finditer(HOUSE)}
    folders = {f"{one.parent.relative_to(PACKAGE)}/" for one in PACKAGE.rglob("*/__init__.py")}
    assert folders - set(rooms) == set()
    named = [
        (folder, room) for folder, text in rooms.items() for room in re.findall(r"`([^`]+)`", text)
    ]
    assert len(named) > 300
    assert [
        f"{folder}{room}"
        for folder, room in named
        if not any((PACKAGE / folder / f"{room}{end}").exists() for end in (".py", "", "/"))
    ] == []


def test_the_page_of_the_tests_names_every_folder_of_them() -> None:
    page = (TESTS / "README.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    named = [folder for row in rows for folder in re.findall(r"`(\w+)/`", row)]
    assert sorted(named) == sorted(one.parent.name for one in TESTS.glob("*/__init__.py"))


def test_the_rooms_of_a_folder_are_those_that_it_has() -> None:
    page = "| `vault/native/` | the part in C | `gone` |\n| `not a folder` | stays |\n"
    first, second = with_rooms(page).splitlines()
    assert first.startswith("| `vault/native/` | the part in C | `library`, `structs`, ")
    assert "`subtrees.c`" in first
    assert second == "| `not a folder` | stays |"


def test_the_page_of_the_house_names_every_room_of_each_folder() -> None:
    assert with_rooms(HOUSE) == HOUSE, "python -m tests.docs.make_docs writes it"


def test_the_page_of_the_house_answers_many_questions_each_with_a_place() -> None:
    _before, asked = HOUSE.split("## Where is it decided …")
    asked = asked.split("\n## ")[0]
    rows = [line for line in asked.splitlines() if line.startswith("| ") and "| |" not in line]
    assert len(rows) > 80
    assert [row for row in rows if not PATH.search(row)] == []
