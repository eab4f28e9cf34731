"""One run per platform: a kernel lock that dies with its holder."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pryv_tui.errors import Exit, PryvTuiError
from pryv_tui.operations.acceptance import Acceptance, _append, read_accepted
from pryv_tui.operations.settings.resolve import HostSettings, Settings
from pryv_tui.runs.lock import (
    PlatformLock,
    check_free,
    held_by_run,
    holder_of,
    lock_path,
)
from pryv_tui.runs.places import Places
from tests.runs.locks.holding import HOLDER

HOLD = """
import sys
import time
from pathlib import Path
from pryv_tui.errors import PryvTuiError
from pryv_tui.runs import lock
held = lock.PlatformLock(Path(sys.argv[1]), patience=0.0)
sys.stdin.readline()
try:
    held.acquire(lock.Holder(sys.argv[2], "backup", 1, "now"))
except PryvTuiError as error:
    print("refused", error.exit.value, flush=True)
else:
    print("holds", flush=True)
sys.stdin.readline()
"""


def start(path: Path, name: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path), name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def say(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def hear(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def end(process: subprocess.Popen[str]) -> None:
    process.communicate("\n", timeout=30)


def test_of_twenty_at_once_one_holds_and_nineteen_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "locks/x.lock"
    crowd = [start(path, f"run-{number}") for number in range(20)]
    for process in crowd:
        say(process)
    heard = [hear(process) for process in crowd]
    for process in crowd:
        end(process)
    assert sorted(heard) == ["holds"] + ["refused 5"] * 19


def test_a_killed_holder_leaves_nothing_to_remove(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    process = start(path, "killed")
    say(process)
    assert hear(process) == "holds"
    with pytest.raises(PryvTuiError) as caught:
        check_free(path)
    assert caught.value.exit == Exit.BUSY
    assert "killed" in caught.value.what + caught.value.remedy
    os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=30)
    process.communicate()
    check_free(path)
    held = PlatformLock(path)
    held.acquire(HOLDER)
    assert holder_of(path) == HOLDER
    held.release()
    assert holder_of(path) is None


def test_the_second_is_told_who_holds_it(tmp_path: Path) -> None:
    held = PlatformLock(tmp_path / "x.lock")
    held.acquire(HOLDER)
    with pytest.raises(PryvTuiError) as caught:
        PlatformLock(tmp_path / "x.lock", patience=0.0).acquire(HOLDER)
    assert caught.value.name == "busy"
    for word in ("RUN", "backup", "2026-01-01 00:00:00 UTC"):
        assert word in caught.value.what
    assert "attach RUN" in caught.value.remedy
    held.release()
    PlatformLock(tmp_path / "x.lock").acquire(HOLDER)


def test_looking_whether_it_is_free_refuses_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker may ask for the lock in the very moment in which a starter looks."""
    path = tmp_path / "x.lock"
    path.touch()
    real, inside = fcntl.flock, False
    taken: list[str] = []

    def flock(descriptor: int, operation: int) -> None:
        nonlocal inside
        real(descriptor, operation)
        if not inside:
            inside = True
            looker.append(descriptor)

    looker: list[int] = []
    monkeypatch.setattr(fcntl, "flock", flock)
    closed = os.close

    def close(descriptor: int) -> None:
        if looker == [descriptor] and not taken:
            # Still held by the one who looks: another asks now, and waits a moment.
            monkeypatch.setattr(time, "sleep", lambda _s: closed(descriptor))
            PlatformLock(path).acquire(HOLDER)
            taken.append("taken")
            return
        closed(descriptor)

    monkeypatch.setattr(os, "close", close)
    check_free(path)
    assert taken == ["taken"]


def test_a_lock_file_that_does_not_exist_is_free(tmp_path: Path) -> None:
    check_free(tmp_path / "none.lock")
    assert not (tmp_path / "none.lock").exists()


def test_two_roots_can_not_be_worked_on_at_once(tmp_path: Path) -> None:
    """Another state folder has another lock file, but the root is the same."""
    first = PlatformLock(tmp_path / "a.lock")
    second = PlatformLock(tmp_path / "b.lock", patience=0.0)
    first.acquire_root(tmp_path)
    with pytest.raises(PryvTuiError) as caught:
        second.acquire_root(tmp_path)
    assert caught.value.exit == Exit.BUSY
    first.release()
    second.acquire_root(tmp_path)
    second.acquire_root(tmp_path / "does-not-exist")
    second.release()


class TestWhereLocksLie:
    def test_two_state_folders_share_one_lock(self, tmp_path: Path) -> None:
        one, two = (
            lock_path(Settings(vault="/v", state=str(tmp_path / name), practice="/p"))
            for name in ("one", "two")
        )
        assert one == two

    def test_a_hard_link_is_not_written_to(self, tmp_path: Path) -> None:
        places = Places(runtime=tmp_path)
        path, victim = lock_path(Settings(vault="/v", state="/s"), places), tmp_path / "victim"
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        victim.write_text("precious")
        path.unlink(missing_ok=True)
        try:
            path.hardlink_to(victim)
        except OSError:
            pytest.skip("the locks lie on another disk")
        try:
            with pytest.raises(PryvTuiError, match="a hard link"):
                PlatformLock(path).acquire(HOLDER)
            assert victim.read_text() == "precious"
        finally:
            path.unlink()

    def test_nobody_else_can_open_it(self, tmp_path: Path) -> None:
        path = lock_path(Settings(vault="/v", state="/s"), Places(runtime=tmp_path))
        if os.geteuid() == 0:
            assert path.is_relative_to(tmp_path)
        held = PlatformLock(path)
        before = os.umask(0)
        try:
            held.acquire(HOLDER)
            held.acquire_root(tmp_path / "root")
        finally:
            os.umask(before)
        assert path.parent.stat().st_mode & 0o777 == 0o700
        assert {entry.stat().st_mode & 0o777 for entry in path.parent.iterdir()} == {0o600}
        held.release()
        assert not list(path.parent.iterdir())

    def test_a_root_that_others_can_read_can_not_be_blocked_by_them(self, tmp_path: Path) -> None:
        reader = os.open(tmp_path, os.O_RDONLY)
        fcntl.flock(reader, fcntl.LOCK_EX)
        held = PlatformLock(tmp_path / "locks/a.lock")
        held.acquire_root(tmp_path)
        assert list((tmp_path / "locks").iterdir()), "it is held"
        held.release()
        os.close(reader)

    @pytest.mark.parametrize("kind", ["link", "dangling", "fifo", "folder"])
    def test_what_is_no_lock_file_is_neither_written_nor_waited_for(
        self, tmp_path: Path, kind: str
    ) -> None:
        path, other = tmp_path / "locks/a.lock", tmp_path / "other"
        path.parent.mkdir(mode=0o700)
        if kind != "dangling":
            other.write_bytes(b"of somebody")
        if kind == "fifo":
            os.mkfifo(path)
        elif kind == "folder":
            path.mkdir()
        else:
            path.symlink_to(other)
        with pytest.raises(PryvTuiError) as caught:
            PlatformLock(path).acquire(HOLDER)
        assert caught.value.name == "step-failed"
        assert str(path) in caught.value.what
        assert kind == "dangling" or other.read_bytes() == b"of somebody"
        assert kind != "dangling" or not other.exists()

    def test_a_folder_of_locks_that_others_can_write_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "locks/a.lock"
        path.parent.mkdir()
        path.parent.chmod(0o777)
        with pytest.raises(PryvTuiError) as caught:
            PlatformLock(path).acquire(HOLDER)
        assert caught.value.name == "not-private"


class TestIdentity:
    def real(self, *dockers: str | None) -> Path:
        hosts = tuple(HostSettings(name=str(n), docker=docker) for n, docker in enumerate(dockers))
        return lock_path(Settings(vault="/v", state="/s", hosts=hosts))

    def practice(self, folder: Path) -> Path:
        return lock_path(Settings(vault="/v", state="/s", practice=str(folder)))

    @pytest.mark.parametrize("url", ["unix:///var/run/docker.sock", "unix:///run/docker.sock"])
    def test_the_default_engine_by_its_name(self, url: str) -> None:
        assert self.real(None) == self.real(url)

    def test_another_engine(self) -> None:
        assert self.real(None) != self.real("tcp://other:2375")

    def test_the_order_of_machines_does_not_matter(self) -> None:
        assert self.real("tcp://a", "tcp://b") == self.real("tcp://b", "tcp://a")

    def test_a_practice_platform_by_whatever_path(self, tmp_path: Path) -> None:
        (tmp_path / "p").mkdir()
        (tmp_path / "link").symlink_to(tmp_path / "p")
        assert self.practice(tmp_path / "p") == self.practice(tmp_path / "link")
        assert self.practice(tmp_path / "p") == self.practice(tmp_path / "p/../p")
        assert self.practice(tmp_path / "p") != self.practice(tmp_path / "q")


def test_without_a_lock_service_nothing_is_done_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(_descriptor: int, _how: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    path = tmp_path / "locks" / "a.lock"
    path.parent.mkdir(mode=0o700)
    path.touch()
    monkeypatch.setattr("fcntl.flock", no_locks)
    tries: list[Callable[[], object]] = [
        lambda: check_free(path),
        lambda: held_by_run(path),
        lambda: PlatformLock(path).acquire(HOLDER),
    ]
    for attempt in tries:
        with pytest.raises(PryvTuiError, match="No locks available") as caught:
            attempt()
        assert caught.value.name == "step-failed"
        assert "XDG_STATE_HOME" in caught.value.remedy


def test_what_a_person_accepts_is_kept_without_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(_descriptor: int, _how: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", no_locks)
    line = Acceptance(time="2026-01-01T00:00:00Z", event="accepted", key="k", about="a", by="me")
    _append(tmp_path / "state", line)
    _append(tmp_path / "state", line)
    assert read_accepted(tmp_path / "state").known() == [line]


def test_locks_elsewhere_are_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the refusal says, for whoever can't write to /run."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "local"))
    settings = Settings(vault="/v", state="/far/state", practice="/p")
    path = lock_path(settings, Places(runtime=tmp_path / "no-run"))
    assert path.is_relative_to(tmp_path / "local")
    held = PlatformLock(path)
    held.acquire(HOLDER)
    assert holder_of(path) == HOLDER
    held.release()
