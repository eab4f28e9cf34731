"""A run that is given up since a disk does not answer: in which order it lets go of what it has."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from pryv_tui.errors import Exit, PryvTuiError
from pryv_tui.runs.lock import PlatformLock, check_free
from pryv_tui.runs.record.journal import JournalWriter
from pryv_tui.runs.worker import process
from tests.runs.locks.holding import HOLDER


class Ended(BaseException):
    """Instead of the process."""


def held(path: Path) -> bool:
    try:
        check_free(path)
    except PryvTuiError:
        return True
    return False


class Leaving:
    """A worker that holds a platform and a root; what it closes is looked at, and not closed."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        (folder / "root").mkdir()
        (folder / "run").mkdir()
        self.path = folder / "locks" / "one.lock"
        self.lock = PlatformLock(self.path)
        self.lock.acquire(HOLDER)
        self.lock.acquire_root(folder / "root")
        self.files = [self.path, *(path for path in self.path.parent.iterdir())]
        self.own = sorted(self.lock.descriptors)
        self.journal = JournalWriter(folder / "run", "RUN")
        self.closed: list[tuple[set[int], bool]] = []
        self.hangs = ""
        self.answers = threading.Event()
        self.logged: list[str] = []
        patch.setattr(os, "closerange", self._close)
        patch.setattr(os, "_exit", self._exit)
        patch.setattr(process, "log", self._log)

    def leave(self) -> None:
        with pytest.raises(Ended) as ended:
            process._leave("a thread stands still", self.journal, self.lock, seconds=0.05)
        assert ended.value.args == (int(Exit.FAILED),)

    def hang_in(self, act: str) -> None:
        if self.hangs == act:
            assert self.answers.wait(60)

    def _log(self, text: str) -> None:
        self.hang_in("log")
        self.logged.append(text)

    def _close(self, first: int, end: int) -> None:
        self.closed.append((set(self.own) & set(range(first, end)), self.held))
        self.hang_in("close")

    def _exit(self, code: int) -> NoReturn:
        raise Ended(code)

    @property
    def held(self) -> bool:
        return all(map(held, self.files))


@pytest.fixture
def leaving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Leaving]:
    with monkeypatch.context() as patch:
        one = Leaving(tmp_path, patch)
        yield one
        one.answers.set()
        assert not one.held
        for thread in threading.enumerate():
            if thread.name.startswith("Thread-") and "tried" in thread.name:
                thread.join(60)


def test_nobody_gets_the_lock_before_all_else_is_closed(leaving: Leaving) -> None:
    """Else the next run would begin beside one that writes yet."""
    assert leaving.held and len(leaving.own) > 1
    leaving.leave()
    *others, everything = leaving.closed
    assert others and all(own == set() and locked for own, locked in others)
    assert everything == (set(leaving.own), False), "what could not be removed is held by nobody"
    assert "a disk does not answer" in (leaving.logged[0])


@pytest.mark.parametrize("act", ["log", "close"])
def test_the_disk_of_the_state_folder_may_hang_too(leaving: Leaving, act: str) -> None:
    """The journal and the log lie on it: nobody can be told, and the run ends all the same."""
    leaving.hangs = act
    leaving.leave()
    assert leaving.closed and not leaving.held


def test_a_journal_that_hangs_is_not_waited_for(
    leaving: Leaving, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaving.hangs = "note"

    def hangs(*_given: Any) -> None:
        leaving.hang_in("note")

    monkeypatch.setattr(JournalWriter, "note", hangs)
    leaving.leave()
    assert leaving.closed and not leaving.held


def test_where_no_thread_can_be_made_it_ends_too(
    leaving: Leaving, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    leaving.leave()
    assert leaving.closed and not leaving.held


def test_a_lock_that_can_not_be_removed_is_let_go_of_all_the_same(
    leaving: Leaving, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_given: Any, **_more: Any) -> None:
        raise PermissionError(1, "Operation not permitted")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        leaving.leave()
    assert leaving.closed[-1][0] == set(leaving.own)
    for fd in leaving.own:  # what was only looked at above
        os.close(fd)
    leaving.lock._held.clear()
