"""Start tools by forking a process that has already loaded them.

A backup asks its stores dozens of questions, each with a separate process for the tool, and Python
takes far longer to start than a tool takes to answer. So one process loads the tools once and is
forked for each call. It ends when its user is gone; tools that are still running continue.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

import msgspec

from pryv_tui.decoding import decode_json

_PACKAGE_PARENT = str(Path(__file__).resolve().parents[2])
_START = (
    # msgspec does not need typing_extensions on this Python, and it is slow to import.
    "import json, sys; sys.modules['typing_extensions'] = None;"
    "sys.path[:] = json.loads(sys.argv.pop(1));"
    "from pryv_tui.practice.tools.__main__ import serve; serve(int(sys.argv[1]))"
)


class Wanted(msgspec.Struct, array_like=True):
    """The request for a tool. Its fields are bytes, since neither names nor environment need to be
    valid text."""

    words: list[bytes]
    folder: bytes
    environment: list[tuple[bytes, bytes]]


class Tool:
    """The process of a tool, with the part of `subprocess.Popen` that is used here."""

    def __init__(self, nursery: Nursery, pid: int, stdout: int, stderr: int, ended: int) -> None:
        self.pid = pid
        self._nursery = nursery  # kept alive: without it, nobody would report the tool's end
        self.stdout: IO[bytes] = os.fdopen(stdout, "rb", buffering=0)
        self.stderr: IO[bytes] = os.fdopen(stderr, "rb", buffering=0)
        self._ended: IO[bytes] | None = os.fdopen(ended, "rb", buffering=0)
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit code of a tool that has ended (negative for a signal); None while it
        runs."""
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait until the tool ends. Return its exit code, as `poll` does.

        Raises:
            subprocess.TimeoutExpired: the tool did not end within `timeout` seconds.
        """
        code = self._look(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal to the tool, if it is running."""
        if self.poll() is None:
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return

    def _look(self, timeout: float | None) -> int | None:
        if self._ended is None:
            return self.returncode
        waiting = select.poll()
        waiting.register(self._ended, select.POLLIN)
        if not waiting.poll(None if timeout is None else timeout * 1000):
            return None
        told = self._ended.read(16)
        self._ended.close()
        self._ended = None
        # Nothing was reported: the reporting process was killed, and nobody else has the exit code.
        self.returncode = int(told) if told else -signal.SIGKILL
        return self.returncode


class Nursery:
    """The starter of tools. Its process, which is forked for each tool, is started with the first
    tool."""

    def __init__(self, code: str = _START) -> None:
        """Set up; no process is started yet.

        Args:
            code: the code that Python runs in the process to fork. It has two arguments: the paths
                that it may import from, and the number of its socket. It imports what it needs and
                calls `born_of`, where it is forked.
        """
        self._code = code
        self._lock = threading.Lock()
        self._owner = 0
        self._channel: socket.socket | None = None
        self._let_go: weakref.finalize[[socket.socket, subprocess.Popen[bytes]], Nursery] | None
        self._let_go = None

    def start(self, words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Tool:
        """Start a tool.

        Args:
            words: the arguments of `practice.tools`.
            folder: the tool's working directory.

        Raises:
            OSError: the tool can't be started.
        """
        wanted = Wanted(
            [os.fsencode(word) for word in words],
            os.fsencode(folder),
            [(os.fsencode(name), os.fsencode(value)) for name, value in environment.items()],
        )
        ours: list[int] = []
        theirs: list[int] = []
        try:
            # In a memory file, not in the message: the kernel accepts 200 kB in a message, but some
            # megabytes of environment (unix(7), execve(2)).
            theirs.append(os.memfd_create("wanted"))
            with os.fdopen(theirs[0], "wb", closefd=False) as request:
                request.write(msgspec.json.encode(wanted))
            for _ in range(3):
                reads, writes = os.pipe()
                ours.append(reads)
                theirs.append(writes)
            with self._lock:
                try:
                    pid = _ask(self._ready(), theirs)
                except (BrokenPipeError, ConnectionError):
                    self._end()  # The process was killed: start another one.
                    pid = _ask(self._ready(), theirs)
        except BaseException:
            for number in ours:
                os.close(number)
            raise
        finally:
            for number in theirs:
                os.close(number)
        return Tool(self, pid, *ours)

    def _ready(self) -> socket.socket:
        """Return the socket of the process to fork; start that process if needed. After this
        process itself was forked, the child needs its own."""
        if self._channel is not None and self._owner == os.getpid():
            return self._channel
        if self._let_go is not None:
            self._let_go.detach()
        mine, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        paths = [_PACKAGE_PARENT, *filter(os.path.isabs, sys.path)]
        with its:
            command = [
                # Isolated and without site: it can import only what this process can, and nothing
                # from its working directory. Not by `-m`, whose machinery is slow.
                *(sys.executable, "-I", "-S", "-c", self._code),
                *(msgspec.json.encode(paths).decode(), str(its.fileno())),
            ]
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[its.fileno()],
                start_new_session=True,
            )
        self._channel, self._owner = mine, os.getpid()
        self._let_go = weakref.finalize(self, _let_go, mine, process)
        return mine

    def _end(self) -> None:
        if self._let_go is not None:
            self._let_go()
        self._channel = self._let_go = None


def _ask(channel: socket.socket, numbers: Sequence[int]) -> int:
    socket.send_fds(channel, [b"start"], numbers)
    answer = channel.recv(64)
    if not answer:
        raise ConnectionResetError("the process that starts tools is gone")
    pid = int(answer)
    if pid < 0:
        raise OSError(-pid, os.strerror(-pid))
    return pid


def _let_go(channel: socket.socket, process: subprocess.Popen[bytes]) -> None:
    channel.close()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def born_of(channel: socket.socket) -> list[str]:
    """Fork for each tool that is requested. Return, in each tool's process, its arguments.

    In the process that is forked this never returns: that process exits when nobody is left who
    could ask.
    """
    woken, wakes = os.pipe()
    for number in (woken, wakes):
        os.set_blocking(number, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
    waiting = select.poll()
    waiting.register(channel, select.POLLIN)
    waiting.register(woken, select.POLLIN)
    running: dict[int, int] = {}
    while True:
        ready = [number for number, _ in waiting.poll()]
        if woken in ready:
            os.read(woken, 4096)
            _tell_ended(running)
        if channel.fileno() in ready:
            data, numbers, _, _ = socket.recv_fds(channel, 64, 4)
            if not data:
                os._exit(0)
            request = numbers.pop(0)
            content = os.pread(request, os.fstat(request).st_size, 0)
            os.close(request)
            wanted = decode_json(content, Wanted)
            try:
                pid = os.fork()
            except OSError as error:
                channel.send(str(-(error.errno or 1)).encode())
            else:
                if pid == 0:
                    _become(wanted, numbers, channel)
                    return [os.fsdecode(word) for word in wanted.words]
                running[pid] = numbers.pop()
            for number in numbers:
                os.close(number)


def _tell_ended(running: dict[int, int]) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        number = running.pop(pid)
        try:
            os.write(number, str(os.waitstatus_to_exitcode(status)).encode())
        except BrokenPipeError:
            pass  # The requester no longer listens.
        os.close(number)


def _become(wanted: Wanted, numbers: Sequence[int], channel: socket.socket) -> None:
    """Turn a forked process into the tool's process, as `exec` would, and report its pid to the
    caller."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        os.setsid()
        os.dup2(numbers[0], 1)
        os.dup2(numbers[1], 2)
        os.environ.clear()
        for name, value in wanted.environment:
            os.environb[name] = value
        time.tzset()
        os.chdir(wanted.folder)
    except OSError as error:
        channel.send(str(-(error.errno or 1)).encode())
        os._exit(1)
    channel.send(str(os.getpid()).encode())
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
