"""What starts the practice platform's tools: each a process of its own, as by `docker exec`."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from pryv_tui.practice.home import Home
from pryv_tui.practice.nursery import Nursery, Tool
from pryv_tui.practice.platform import PracticePlatform
from tests.real.testbed.platform import wait_for

Start = Callable[..., Tool]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    PracticePlatform.create(tmp_path / "p", users=1, attachments=0)
    return Home(tmp_path / "p")


def words_of(home: Home, *argv: str) -> list[str]:
    return [str(home.folder), "single", "pryvio_redis", "redis-cli", "redis-cli", *argv]


@pytest.fixture
def start(home: Home) -> Start:
    def begin(*argv: str, environment: Mapping[str, str] = os.environ) -> Tool:
        return home.nursery.start(words_of(home, *argv), home.folder, environment)

    return begin


def ended(tool: Tool) -> tuple[int, bytes, bytes]:
    said = (tool.stdout.read(), tool.stderr.read())
    tool.stdout.close()
    tool.stderr.close()
    return tool.wait(30), *said


def starter_of(tool: Tool) -> int:
    """The process that forked it."""
    status = Path(f"/proc/{tool.pid}/stat").read_text()
    return int(status.rpartition(")")[2].split()[1])


def held(home: Home) -> Sequence[str]:
    """Words of a tool that runs until it is ended."""
    container = [str(home.folder), "single", "pryvio_mongodb", "mongodump"]
    return [*container, "mongodump", "-d", "pryv-node", "-o", "/app/backup/"]


@pytest.fixture
def slow(tmp_path: Path) -> Home:
    PracticePlatform.create(tmp_path / "slow", users=1, attachments=0, pace=600.0)
    return Home(tmp_path / "slow")


def test_streams_are_apart_and_the_exit_code_is_the_tool_s(start: Start) -> None:
    assert ended(start("PING")) == (0, b"PONG\n", b"")
    assert ended(start("--what")) == (
        1, b"", b"Unrecognized option or bad number of args for: '--what'\n",
    )  # fmt: skip


def test_one_that_breaks_says_so_and_the_next_one_works(home: Home, start: Start) -> None:
    broken = home.nursery.start([str(home.folder), "single", "none", "x"], home.folder, os.environ)
    code, out, err = ended(broken)
    assert (code, out) == (1, b"") and b"KeyError" in err
    assert ended(start("PING"))[:2] == (0, b"PONG\n")


def test_each_is_the_leader_of_a_session_of_its_own_in_its_folder(slow: Home) -> None:
    environment = {**os.environ, "TOLD": "once"}
    tool = slow.nursery.start(held(slow), slow.folder, environment)
    try:
        assert os.getsid(tool.pid) == tool.pid != os.getsid(0)
        assert tool.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            tool.wait(0.01)
        assert Path(f"/proc/{tool.pid}/cwd").readlink() == slow.folder
        assert Path(f"/proc/{tool.pid}/fd/0").readlink() == Path(os.devnull)
    finally:
        tool.send_signal(signal.SIGKILL)
    assert tool.wait(30) == -signal.SIGKILL
    tool.send_signal(signal.SIGKILL)  # nobody's any more


def test_nothing_of_another_one_is_open_in_it(slow: Home) -> None:
    """A pipe that it held would not end with the tool that it belongs to."""
    running = slow.nursery.start(held(slow), slow.folder, os.environ)
    assert ended(slow.nursery.start(words_of(slow, "PING"), slow.folder, os.environ))[0] == 0
    later = slow.nursery.start(held(slow), slow.folder, os.environ)
    running.send_signal(signal.SIGKILL)
    assert ended(running)[0] == -signal.SIGKILL
    later.send_signal(signal.SIGKILL)
    ended(later)


def test_another_is_started_where_somebody_has_killed_it(slow: Home) -> None:
    tool = slow.nursery.start(held(slow), slow.folder, os.environ)
    os.kill(starter_of(tool), signal.SIGKILL)
    # Whoever would have told of its end is gone.
    assert tool.wait(30) == -signal.SIGKILL
    os.kill(tool.pid, signal.SIGKILL)
    again = slow.nursery.start(held(slow), slow.folder, os.environ)
    again.send_signal(signal.SIGTERM)
    assert again.wait(30) == -signal.SIGTERM


def test_it_ends_with_whoever_asked_and_tools_go_on(slow: Home) -> None:
    asker = f"""
import os, sys
from pathlib import Path
from pryv_tui.practice.nursery import Nursery
tool = Nursery().start({held(slow)!r}, Path({str(slow.folder)!r}), os.environ)
print(tool.pid, open(f"/proc/{{tool.pid}}/stat").read().rpartition(")")[2].split()[1], flush=True)
os.kill(os.getpid(), 9)
"""
    done = subprocess.run([sys.executable, "-c", asker], capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    tool, starter = map(int, done.stdout.split())
    wait_for("the starter to end", lambda: not _runs(starter))
    assert _runs(tool)
    os.kill(tool, signal.SIGKILL)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_forked_process_has_one_of_its_own(start: Start) -> None:
    assert ended(start("PING"))[0] == 0
    child = os.fork()
    if not child:
        os._exit(0 if ended(start("PING"))[:2] == (0, b"PONG\n") else 1)
    assert ended(start("PING"))[:2] == (0, b"PONG\n")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert ended(start("PING"))[:2] == (0, b"PONG\n")


def test_many_at_once_each_get_their_own_answer(home: Home, start: Start) -> None:
    said: dict[int, bytes] = {}

    def ask(number: int) -> None:
        said[number] = ended(start("EXISTS", *["none"] * number))[1] + ended(start(f"X{number}"))[1]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(said) == set(range(1, 9))
    assert all(f"`X{number}`".encode() in answer for number, answer in said.items())


def open_files() -> set[str]:
    """What is open; not by number, which what looks for them takes one of."""
    found = set()
    for path in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            found.add(str(path.readlink()))
    return {name for name in found if not name.startswith("/proc/")}


def test_nothing_is_left_open_or_running(home: Home) -> None:
    gc.collect()  # what others have left is none of it
    before = open_files()
    nursery = Nursery()
    for _ in range(3):
        assert ended(nursery.start(words_of(home, "PING"), home.folder, os.environ))[0] == 0
    del nursery
    gc.collect()
    assert open_files() <= before


@pytest.mark.parametrize(
    "more",
    [{"LATIN": os.fsdecode(b"stra\xdfe")}, {"LARGE": "a" * 600_000}],
    ids=["no text", "large"],
)
def test_whatever_the_environment_holds(start: Start, more: Mapping[str, str]) -> None:
    """A variable in another coding, or many of them, keeps no tool from being started."""
    assert ended(start("PING", environment={**os.environ, **more})) == (0, b"PONG\n", b"")
