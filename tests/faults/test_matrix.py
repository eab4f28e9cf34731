"""Every fault in a backup, a restore, an undo: as docs/fault-matrix.md says, and nothing lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pryv_tui.practice.faults import FAULTS
from tests.docs.make_docs import DOCS
from tests.faults.bench import NoDisk
from tests.faults.matrix import HEAD, Benches, Fault, observe, row_text
from tests.faults.rows.catalog import CATALOG
from tests.faults.rows.elsewhere import ELSEWHERE, section

EACH_TURN = {
    "attachments-gone", "clock-back", "clock-back-meanwhile", "influxd-backup-fails",
    "influxd-dies-at-comparison", "influxd-frozen", "influxd-killed", "mongodb-folder-replaced",
    "mongodump-fails", "redis-folder-replaced", "shrunk", "sqlite-damaged-page", "vault-copied",
}  # fmt: skip
"""Faults of which something is said that no other test asks for: they run in each turn."""
HERE = DOCS.parent / "tests"
PAGE = DOCS / "fault-matrix.md"


@pytest.fixture(scope="module")
def benches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Benches]:
    made = Benches(lambda: tmp_path_factory.mktemp("bench"), CATALOG)
    yield made
    made.forget()


def rows() -> dict[str, str]:
    """The rows of the document by their fault."""
    page = PAGE.read_text(encoding="utf-8")
    assert page.startswith(HEAD)
    lines = page[len(HEAD) : -len(section())].splitlines()
    return {line.split("`")[1]: line for line in lines}


def test_the_document_has_every_fault_and_no_loss() -> None:
    found = rows()
    assert list(found) == [fault.name for fault in CATALOG]
    assert set(FAULTS) <= set(found)
    for line in found.values():
        cells = line.split(" | ")[2:]
        assert len(cells) == 3
        assert all("lost 0" in cell or "does not apply: " in cell for cell in cells)


def test_the_document_names_the_tests_of_what_is_no_row() -> None:
    assert PAGE.read_text(encoding="utf-8").endswith(f" |\n{section()}")
    root = DOCS.parent
    for named in (test for one in ELSEWHERE for test in one.tests):
        file, function = named.split("::")
        text = (root / file).read_text(encoding="utf-8")
        assert re.search(rf"^ *(async )?def {function}\(", text, re.MULTILINE), named


def shares(fault: Fault) -> pytest.MarkDecorator:
    """Those that share a bench run in one process, so that it is made once."""
    maker = "together" if fault.grow else fault.bench.__name__ if fault.kept and fault.bench else ""
    return pytest.mark.xdist_group(f"matrix-{maker or fault.name}")


def marks(fault: Fault) -> list[pytest.MarkDecorator]:
    return [shares(fault), *([pytest.mark.each_turn] if fault.name in EACH_TURN else [])]


def words_of(fault: Fault) -> set[str]:
    asked = [*fault.says.values(), *fault.notes.values()]
    return {word for words in asked for word in ([words] if isinstance(words, str) else words)}


def test_a_fault_that_alone_holds_words_to_what_they_say_is_in_each_turn() -> None:
    files = [file for file in HERE.rglob("*.py") if HERE / "faults" not in file.parents]
    files += [file for file in (HERE / "faults").glob("test_*.py") if file != Path(__file__)]
    texts = [file.read_text(encoding="utf-8") for file in files]
    lone = {
        fault.name
        for fault in CATALOG
        if any(all(word not in text for text in texts) for word in words_of(fault))
    }
    assert len(lone) > 10
    assert lone <= EACH_TURN <= {fault.name for fault in CATALOG}


@pytest.mark.parametrize(
    "fault", [pytest.param(each, id=each.name, marks=marks(each)) for each in CATALOG]
)
def test_a_fault(fault: Fault, tmp_path: Path, benches: Benches) -> None:
    try:
        cells = observe(fault, tmp_path, benches)
    except NoDisk as error:
        pytest.skip(str(error))
    except BaseException:
        benches.forget()
        raise
    assert {name: cell.lost for name, cell in cells.items() if cell.lost} == {}
    assert row_text(fault, cells) == rows()[fault.name]
