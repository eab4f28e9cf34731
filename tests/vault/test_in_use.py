"""Processes that use one set at the same time: nothing that one of them wrote down is lost, and
none sees half a set."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import threading
from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.plan import Step
from pryv_tui.operations.steps.sets.drop_copy import DropCopy
from pryv_tui.operations.steps.sets.remove_set import RemoveSet
from pryv_tui.vault.checks import CHECKS_KEPT, Verification, keep_check
from pryv_tui.vault.in_use import InUse, alone, being_read, unread
from pryv_tui.vault.set_files import CHECKS, VERIFIED
from pryv_tui.vault.vault import Vault
from tests.operations.kit import context

SET = "20260101T000000Z"


def check(number: int, *, parts: int = 20) -> Verification:
    return Verification(f"2026-01-02T00:00:{number:02}Z", "good", number, 1, (), 1, parts)


def told(folder: Path) -> list[int]:
    return [one["files"] for one in json.loads((folder / CHECKS).read_text())]


def at_once(*acts: object) -> None:
    """Do all of these, beginning together."""
    gate = threading.Barrier(len(acts))

    def begin(act: object) -> None:
        gate.wait()
        act()  # type: ignore[operator]

    threads = [threading.Thread(target=begin, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_checks_that_end_at_once_are_all_kept(tmp_path: Path) -> None:
    """Of one set by parts, and of another set beside it."""
    other = tmp_path / "other"
    other.mkdir()

    def keep(folder: Path, first: int) -> None:
        for number in range(first, first + 12):
            keep_check(folder, check(number))

    at_once(
        *(lambda first=first: keep(tmp_path, first) for first in (0, 12, 24)),
        lambda: keep(other, 0),
    )
    assert sorted(told(tmp_path)) == list(range(36))
    assert told(other) == list(range(12))


def test_one_who_comes_while_another_writes_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a lock that another open file holds, as another process would."""
    keep_check(tmp_path, check(1))
    held = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    waiting = threading.Event()
    monkeypatch.setattr("time.sleep", lambda _seconds: waiting.set())
    thread = threading.Thread(target=keep_check, args=(tmp_path, check(2), 60.0))
    thread.start()
    assert waiting.wait(60)
    assert told(tmp_path) == [1], "it has not begun to read what it would write over"
    (tmp_path / CHECKS).write_text(json.dumps([{"time": "t", "outcome": "good", "files": 7,
                                                "bytes": 1, "parts": 20}]))  # fmt: skip
    os.close(held)
    thread.join()
    assert told(tmp_path) == [7, 2]


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EBADF, errno.EOPNOTSUPP])
def test_where_no_locks_are_kept_a_check_is_written_down_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def none(*_words: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", none)
    (tmp_path / "set.json").touch()
    with being_read(tmp_path, SET), unread(tmp_path, SET):
        keep_check(tmp_path, check(1))
    assert told(tmp_path) == [1]


def test_nor_is_it_lost_where_somebody_never_lets_go(tmp_path: Path) -> None:
    with alone(tmp_path):
        keep_check(tmp_path, check(1), patience=0.0)
    assert told(tmp_path) == [1]


def test_what_can_not_be_read_now_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        keep_check(tmp_path, check(number))

    def broken(*_words: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr("pryv_tui.vault.checks.read_json", broken)
        keep_check(tmp_path, check(9, parts=1))
    assert told(tmp_path) == [0, 1, 2]
    assert json.loads((tmp_path / VERIFIED).read_text())["files"] == 9, "that needs no other"


def test_the_oldest_go_when_there_are_too_many(tmp_path: Path) -> None:
    many = [{"time": "t", "outcome": "good", "files": n, "bytes": 1} for n in range(CHECKS_KEPT)]
    (tmp_path / CHECKS).write_text(json.dumps(many))
    keep_check(tmp_path, check(59))
    assert told(tmp_path) == [*range(1, CHECKS_KEPT), 59]


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    folder = tmp_path / "vault"
    for name in (SET, "20260102T000000Z"):
        (folder / name).mkdir(parents=True)
        (folder / name / "set.json").write_text("{}")
    return Vault(folder)


def test_a_set_that_is_read_is_not_removed(vault: Vault) -> None:
    folder = vault.folder / SET
    with being_read(folder, SET), being_read(folder, SET):
        with pytest.raises(InUse, match="is being checked now"):
            vault.begin_removal(SET)
        assert folder.is_dir()
        assert vault.begin_removal("20260102T000000Z") is not None, "another one is nobody's"
    assert vault.begin_removal(SET) is not None


def test_nor_read_when_it_is_being_removed(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = vault.folder / SET
    with unread(folder, SET):
        with pytest.raises(PryvTuiError, match="is being removed") as caught:
            being_read(folder, SET, patience=0.0).__enter__()
        assert caught.value.name == "set-unknown"
    # It lost its name between the look at it and the lock.
    flock = fcntl.flock

    def late(descriptor: int, kind: int) -> None:
        if folder.is_dir():
            folder.rename(f"{folder}.removing")
        flock(descriptor, kind)

    monkeypatch.setattr(fcntl, "flock", late)
    with pytest.raises(PryvTuiError, match="is being removed"):
        being_read(folder, SET).__enter__()


def test_a_prune_leaves_it_and_takes_the_others(tmp_path: Path) -> None:
    ctx, _ = context(tmp_path)
    folder = ctx.site.vault.folder
    for name in (SET, "20260102T000000Z"):
        (folder / name).mkdir(parents=True)
        (folder / name / "set.json").write_text("{}")
    steps: list[Step] = [
        RemoveSet(vault=str(folder), set_id=name) for name in (SET, "20260102T000000Z")
    ]
    with being_read(folder / SET, SET):
        for step in steps:
            step.perform(ctx)
    assert [entry.name for entry in folder.iterdir()] == [SET]
    (warning,) = ctx.facts.warnings
    assert f"{SET} stays, since it is being verified now" in warning
    assert ctx.facts.lacking == [SET]
    assert ctx.facts.gone == ["20260102T000000Z"]
    steps[0].perform(ctx)
    assert not list(folder.iterdir())


def test_a_backup_leaves_the_copy_that_is_read_without_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx, heard = context(tmp_path)
    folder = ctx.site.vault.folder / SET
    folder.mkdir(parents=True)
    (folder / "set.json").write_text("{}")

    class Sent:
        repository = "elsewhere"

        def is_sent(self, _set_id: str) -> bool:
            return True

    monkeypatch.setattr("pryv_tui.operations.steps.sets.drop_copy.repository_of", lambda _: Sent())
    step = DropCopy(location="/r", vault=str(folder.parent), set_id=SET)
    with being_read(folder, SET):
        step.perform(ctx)
    assert folder.is_dir()
    assert ctx.facts.warnings == []
    assert heard.notes == [("info", f"the working copy of {SET} stays: it is being verified now")]
    step.perform(ctx)
    assert not folder.exists()
