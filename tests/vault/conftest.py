"""The engine of a copy, with everything in one thread or with others at work."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from hatch_build import SOURCES, build
from pryv_tui.vault.files.pieces import Ahead
from pryv_tui.vault.native import library as compiled
from pryv_tui.vault.parallel.worker import Worker
from tests.helpers.in_memory import tmp_path_factory
from tests.vault.engine import use

__all__ = ["tmp_path_factory"]


@pytest.fixture
def built() -> None:
    """CI has a compiler; elsewhere there may be none."""
    if not Path(compiled.LIBRARY).exists():
        if os.environ.get("PRYV_TUI_REQUIRE_ENGINE"):
            pytest.fail("the library was not built")
        pytest.skip("the library was not built: no C compiler at installation")


@pytest.fixture(scope="session")
def one_by_one(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The library as it is where a processor has no instructions for hashes. To compile it takes as
    long as all that is asked of it: what uses it is in one group of xdist, `one-by-one`."""
    folder = tmp_path_factory.mktemp("one-by-one")
    (folder / SOURCES[0]).parent.mkdir(parents=True)
    for source in SOURCES:
        shutil.copy(Path(__file__).parents[2] / source, folder / source)
    library = build(folder, "-DONE_BY_ONE")
    assert library is not None
    return str(library)


@pytest.fixture
def together(monkeypatch: pytest.MonkeyPatch) -> None:
    """However little there is: others copy from the first file on, in threads.

    They read ahead all the time.
    """
    use(monkeypatch, ahead=Ahead.ALWAYS, alone_files=-1, workers=2)


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Worker]]:
    """However little there is: two threads copy from the first file on, without the library; yields
    those that were started."""
    started: list[Worker] = []
    start = Worker.start

    def recorded(self: Worker) -> None:
        start(self)
        started.append(self)

    monkeypatch.setattr(Worker, "start", recorded)
    use(monkeypatch, alone_files=-1, workers=2, native=False)
    yield started
    assert not any(worker.is_alive() for worker in started), "a thread outlived its copy"


@pytest.fixture(params=["alone", "together"])
def engine(request: pytest.FixtureRequest) -> str:
    """Both ways to copy, one after the other."""
    if request.param == "together":
        request.getfixturevalue("together")
    return str(request.param)


@pytest.fixture
def by_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is done in one call, as where the library was not built."""
    use(monkeypatch, native=False)
