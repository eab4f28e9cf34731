"""The engine of a copy, with everything in one process or with others at work."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from hatch_build import SOURCES, build
from pryv_tui.vault.files.pieces import Ahead
from pryv_tui.vault.native import library as compiled
from pryv_tui.vault.parallel import pool as copy_pool
from pryv_tui.vault.parallel.worker import WorkerThread
from tests.in_memory import tmp_path_factory
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
    use(monkeypatch, ahead=Ahead.ALWAYS, alone_files=-1, processes=2, launch=WorkerThread)


@pytest.fixture
def with_processes(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """However little there is: two processes copy from the first file on; yields their ids."""
    started: list[int] = []
    launch = copy_pool.launch

    def recorded(*numbers: int, before: str = "") -> object:
        process = launch(*numbers, before=before)
        assert isinstance(process, subprocess.Popen)
        started.append(process.pid)
        return process

    use(monkeypatch, alone_files=-1, processes=2, launch=recorded)
    yield started
    for pid in started:
        assert not os.path.exists(f"/proc/{pid}"), "a process outlived its copy"  # noqa: PTH110


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
