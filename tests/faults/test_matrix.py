"""Every fault in a backup, a restore, an undo: as docs/fault-matrix.md says, and nothing lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pryv_tui.practice.faults import FAULTS
from tests.faults.bench import Bench, NoDisk
from tests.faults.catalog import CATALOG
from tests.faults.matrix import HEAD, Fault, observe, row_text
from tests.make_docs import DOCS

PAGE = DOCS / "fault-matrix.md"


class Shared:
    """One bench for the faults that leave no trace on it; a new one after a test that failed."""

    def __init__(self, factory: pytest.TempPathFactory) -> None:
        self._factory = factory
        self._bench: Bench | None = None

    def get(self) -> Bench:
        if self._bench is None:
            self._bench = Bench(self._factory.mktemp("bench"))
        return self._bench

    def forget(self) -> None:
        self._bench = None


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    yield Shared(tmp_path_factory)


def rows() -> dict[str, str]:
    """The rows of the document by their fault."""
    page = PAGE.read_text(encoding="utf-8")
    assert page.startswith(HEAD)
    lines = page[len(HEAD) :].splitlines()
    return {line.split("`")[1]: line for line in lines}


def test_the_document_has_every_fault_and_no_loss() -> None:
    found = rows()
    assert list(found) == [fault.name for fault in CATALOG]
    assert set(FAULTS) <= set(found)
    for line in found.values():
        cells = line.split(" | ")[2:]
        assert len(cells) == 3
        assert all("lost 0" in cell or "does not apply: " in cell for cell in cells)


@pytest.mark.parametrize("fault", CATALOG, ids=lambda fault: fault.name)
def test_a_fault(fault: Fault, tmp_path: Path, shared: Shared) -> None:
    try:
        cells = observe(fault, tmp_path, shared.get)
    except NoDisk as error:
        pytest.skip(str(error))
    except BaseException:
        shared.forget()
        raise
    assert {name: cell.lost for name, cell in cells.items() if cell.lost} == {}
    assert row_text(fault, cells) == rows()[fault.name]
