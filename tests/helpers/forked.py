"""The program as a process of its own, forked from one that has loaded it.

Python takes a tenth of a second and more to start and to load the program, and the tests start it
some thousand times, a worker each time that they need a run. What is forked is a process as any
other: its own id, session, environment, signals, standard streams and exit code. Only how it came
to be loaded differs, and tests of just that start Python themselves.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from pryv_tui.decoding import Undecodable, decode_json
from pryv_tui.drills.record.unattended import WORKER as DRILL_WORKER
from pryv_tui.filesystem.durable import open_own
from pryv_tui.practice.home import Home
from pryv_tui.practice.nursery import Nursery, born_of
from pryv_tui.runs import launch as launching
from pryv_tui.runs import start
from pryv_tui.runs.places import HERE

_CODE = (
    "import json, sys; sys.path[:] = json.loads(sys.argv.pop(1));"
    "from tests.helpers.forked import serve; serve(int(sys.argv[1]))"
)
WORKERS = (start.WORKER_COMMAND, DRILL_WORKER)
"""How a run is performed by a process of its own."""
_PROGRAM = "program"
_WORKER = "worker"
_FIXED = ("PYTHON", "LC_", "LANG", "COVERAGE")
"""What Python reads as it starts: with other words there, it has to start."""
_COLLAPSE = 25
"""`MADV_COLLAPSE` (madvise(2), Linux 6.1)."""
HUGE = 2 << 20
_LAUNCH, _NURSERY = "launch", "nursery"
_BEFORE = {name: text for name, text in os.environ.items() if name.startswith(_FIXED)}
_launch = launching.launch
_loaded = Nursery(_CODE)
_tools = Nursery()


def may_fork(environment: Mapping[str, str]) -> bool:
    """Whether a forked process is what a started one would be."""
    there = {name: text for name, text in environment.items() if name.startswith(_FIXED)}
    return there == _BEFORE and not any(name.startswith("COVERAGE") for name in there)


def run(
    words: Sequence[str],
    environment: Mapping[str, str],
    timeout: float,
    loaded: Nursery | None = None,
) -> tuple[int, str, str]:
    """Run the program without a terminal; its exit code and what it printed.

    Args:
        timeout: seconds after which it is killed.
        loaded: forks it, where that is another one than for most tests.

    Raises:
        subprocess.TimeoutExpired: it was.
    """
    end = time.monotonic() + timeout
    tool = (loaded or _loaded).start([_PROGRAM, *words], Path.cwd(), environment)
    printed: dict[int, bytearray] = {}
    with tool.stdout, tool.stderr, selectors.DefaultSelector() as waiting:
        for stream in (tool.stdout, tool.stderr):
            waiting.register(stream, selectors.EVENT_READ)
            printed[stream.fileno()] = bytearray()
        out, err = printed.values()
        while waiting.get_map():
            ready = waiting.select(max(0.0, end - time.monotonic()))
            if not ready or time.monotonic() > end:
                tool.send_signal(signal.SIGKILL)
                raise subprocess.TimeoutExpired(list(words), timeout, bytes(out), bytes(err))
            for key, _ in ready:
                if data := os.read(key.fd, 1 << 16):
                    printed[key.fd] += data
                else:
                    waiting.unregister(key.fileobj)
    code = tool.wait(max(1.0, end - time.monotonic()))
    return code, _text(out), _text(err)


def _text(data: bytearray) -> str:
    return data.decode().replace("\r\n", "\n").replace("\r", "\n")


def launch(command: Sequence[str], *, run: str, log: Path) -> None:
    """Start a worker as `runs.launch` does, by forking it: the program's own, or one of the tests'
    that stops or kills itself at a given moment."""
    if not _is_worker(command) or not may_fork(os.environ) or _has_systemd():
        _launch(command, run=run, log=log)
        return
    module, *words = command[command.index("-m") + 1 :]
    descriptor = open_own(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        tool = _loaded.start([_WORKER, str(log), module, *words], Path("/"), os.environ)
        tool.stdout.close()
        tool.stderr.close()
    finally:
        os.close(descriptor)


def _is_worker(command: Sequence[str]) -> bool:
    """Whether a command is Python with a worker's module, which can be forked as well."""
    own = tuple(command[:-1]) in WORKERS
    return own or (tuple(command[:2]) == (sys.executable, "-m") and command[2].startswith("tests."))


def _has_systemd() -> bool:
    return HERE.systemd.is_dir()


def use() -> None:
    """Have this process fork the workers that it starts, and ask one process for all tools of
    practice platforms."""
    setattr(start, _LAUNCH, launch)
    setattr(Home, _NURSERY, property(lambda _home: _tools))


def serve(number: int) -> NoReturn:
    """Be forked for each process that is asked for through a socket, by its number."""
    package = Path(start.__file__).parents[1]
    for path in package.rglob("*.py"):
        name = ".".join((package.name, *path.relative_to(package).with_suffix("").parts))
        if not name.startswith(("pryv_tui.tui", "pryv_tui.hosts.docker")):
            importlib.import_module(name.removesuffix(".__init__"))
    _learn()
    gc.collect()
    gc.freeze()
    in_huge_pages()
    what, *words = born_of(socket.socket(fileno=number))
    if what == _WORKER:
        _share_tools()
        log, module, *words = words
        _become_worker(log, module, words)
    from pryv_tui.__main__ import main

    # A command starts its worker out of itself. It asks its stores without tools, as a rule; where
    # it wants one all the same, Python starts what starts them.
    setattr(start, _LAUNCH, out_of_itself)
    sys.argv = ["pryv-tui", *words]
    try:
        main()
    except SystemExit as ended:
        if isinstance(ended.code, int) and threading.active_count() == 1:
            _end(ended.code)
        raise
    sys.exit(0)


def _learn() -> None:
    """What a run loads and learns as it goes on, known here to each that is forked: a fifth of what
    a small backup costs."""
    import encodings.ascii  # noqa: F401

    import platformdirs.unix  # noqa: F401
    import yaml.cyaml  # noqa: F401

    from pryv_tui.operations.kind import kind_of
    from pryv_tui.operations.kind_files import kind_names
    from pryv_tui.practice.faults import Active
    from pryv_tui.practice.settings import Settings
    from pryv_tui.practice.state import EngineRecord
    from pryv_tui.runs.record.events import AnyEvent
    from pryv_tui.vault.manifest import SetManifest

    kinds = [kind_of(name) for name in kind_names()]
    for kind in (*kinds, AnyEvent, SetManifest, EngineRecord, Settings, Active):
        with suppress(Undecodable):
            decode_json(b"{}", kind)


def in_huge_pages() -> int:
    """Lay this process's memory into pages of two megabytes: a fork copies one entry for 512.

    Where the kernel has no such call, or no room, all stays as it is.

    Returns:
        How many there are now.
    """
    madvise = ctypes.CDLL(None).madvise
    madvise.argtypes = (ctypes.c_size_t, ctypes.c_size_t, ctypes.c_int)
    made = 0
    for line in Path("/proc/self/maps").read_text().splitlines():
        span, rights, _offset, _device, inode, *name = line.split()
        if rights == "rw-p" and inode == "0" and name in ([], ["[heap]"]):
            first, last = (int(word, 16) for word in span.split("-"))
            for at in range(-(-first // HUGE) * HUGE, last - HUGE + 1, HUGE):
                made += madvise(at, HUGE, _COLLAPSE) == 0
    return made


def _share_tools() -> None:
    """Fork what starts a practice platform's tools while there is one thread only."""
    from pryv_tui.practice.tools.__main__ import serve as serve_tools

    mine, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if os.fork() == 0:
        mine.close()
        os.setsid()
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        _to_its_end(lambda: serve_tools(its.detach()))
    its.close()
    if _tools._channel is not None:
        _tools._channel.detach()  # its number is another's by now
    _tools._channel, _tools._owner = mine, os.getpid()
    setattr(Home, _NURSERY, property(lambda _home: _tools))


def out_of_itself(command: Sequence[str], *, run: str, log: Path) -> None:
    """Start a worker as `runs.launch` does, by forking this process, which has loaded what it
    needs."""
    module, *words = command[command.index("-m") + 1 :]
    if not _is_worker(command) or threading.active_count() != 1 or _has_systemd():
        _launch(command, run=run, log=log)
        return
    os.close(open_own(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND))
    sys.stdout.flush()
    sys.stderr.flush()
    if os.fork():
        return
    os.setsid()
    os.chdir("/")
    for signal_number in signal.valid_signals():
        if callable(signal.getsignal(signal_number)) and signal_number != signal.SIGINT:
            signal.signal(signal_number, signal.SIG_DFL)
    # What its files and locks belong to is never run again, and so closes nothing by its number.
    gc.freeze()
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    _share_tools()
    _become_worker(str(log), module, words)


def _become_worker(log: str, module: str, words: Sequence[str]) -> NoReturn:
    from pryv_tui.runs.worker import process

    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
    null = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    for stream, of in ((0, null), (1, descriptor), (2, descriptor)):
        os.dup2(of, stream)
    os.close(descriptor)
    os.close(null)
    sys.argv = [module, *words]
    if module == start.WORKER_COMMAND[-1]:
        _to_its_end(process.main)
    _to_its_end(lambda: runpy.run_module(module, run_name="__main__", alter_sys=True))


def _to_its_end(act: Callable[[], object]) -> NoReturn:
    """What a forked process is for, and nothing else: what goes wrong in it must not come up in the
    program that it was forked out of, as if that had failed."""
    try:
        act()
    except SystemExit as ended:
        _end(ended.code if isinstance(ended.code, int) else 0)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        _end(1)
    _end(0)


def _end(code: int) -> NoReturn:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)
