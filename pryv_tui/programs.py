"""A program of this machine: started, heard while it runs, and ended in order; and what each
process of ours does first."""

from __future__ import annotations

import contextlib
import importlib
import os
import shlex
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import IO, Any, Literal, Protocol

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.reading import LINE, look_for_means

PATIENCE = 30.0
"""Seconds that it gets to end once it is told to: restic takes its lock away first, docker-compose
ends what it began."""
SAID = 8192
"""Bytes of what it says, from the begin and from the end, that explain a failure."""

_LOAD = "_find_and_load"
"""What `import` and `importlib.import_module` call for a module that is not loaded yet, and for no
other: what is loaded costs nothing more."""

Output = Callable[[Literal["stdout", "stderr"], bytes], None]


def look_in_named_folders(environment: MutableMapping[str, str]) -> None:
    """Take what is no whole path out of where programs are looked for (`PATH`).

    An empty part of it means the current folder, and some programs are run in folders of the
    platform's: whoever can write there would have us run a `docker-compose` of theirs.
    """
    told = environment.get("PATH")
    if told is not None:
        kept = [part for part in told.split(os.pathsep) if os.path.isabs(part)]  # noqa: PTH117
        environment["PATH"] = os.pathsep.join(kept) or os.defpath


def one_at_a_time() -> None:
    """Let one thread load modules at a time, from now on; before the first thread is started.

    Much of this program is loaded where it is first needed, by screens and by looks in threads.
    Python has a lock for each module. Two threads that enter a package from two ends (one loads the
    package, which loads a module of it; the other that module, which first loads its package) wait
    for each other; Python sees that and hands one of them a module that is half loaded: "cannot
    import name … from partially initialized module". So whoever loads waits until nobody else does,
    as Python itself had it before 3.3. A lock around our own imports would not do: a package of
    others that loads itself late holds a module's lock as it comes to ours.

    Where Python has no such place, all stays as it is.
    """
    inner: Any = getattr(importlib, "_bootstrap", None)
    load = getattr(inner, _LOAD, None)
    if load is None or getattr(load, "one_at_a_time", False):
        return
    lock = threading.RLock()

    def load_alone(name: str, import_: Any) -> ModuleType:
        with lock:
            module: ModuleType = load(name, import_)
            return module

    load_alone.one_at_a_time = True  # type: ignore[attr-defined]
    setattr(inner, _LOAD, load_alone)
    # A child of a fork has no thread that would give it back.
    os.register_at_fork(
        before=lock.acquire, after_in_parent=lock.release, after_in_child=lock.release
    )


class CancelToken(Protocol):
    """Something that knows whether the operator cancelled (a `threading.Event` does)."""

    def is_set(self) -> bool: ...


def start(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    environment: Mapping[str, str],
    missing: PryvTuiError,
) -> subprocess.Popen[bytes]:
    """Start a program that nobody answers, in a session of its own.

    Args:
        missing: what is raised where there is none.

    Raises:
        PryvTuiError: `missing`; `program-missing`, it is there and can't be run; `unreadable`, the
            folder that it has to run in is not there or can't be entered.
    """
    try:
        return subprocess.Popen(
            list(argv),
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        why = error.strerror or str(error)
        if cwd is not None and str(error.filename) == str(cwd):
            raise PryvTuiError(
                "unreadable", f"{argv[0]} can't be run in {cwd}: {why}", f"Look at it: ls -ld {cwd}"
            ) from error
        place = _place(argv[0], environment)
        # One whose interpreter is not there is not found either, and is no missing one.
        if isinstance(error, FileNotFoundError) and not Path(place).is_file():
            raise missing from error
        look_for_means(error, argv[0])
        place = place or argv[0]
        raise PryvTuiError(
            "program-missing",
            f"the program {argv[0]!r} of this machine can't be run: {why}",
            f"See what it is: {shlex.join(['ls', '-l', place])}; mend its mode"
            f" ({shlex.join(['chmod', 'a+x', place])}) or install it again, then try again.",
        ) from error


def _place(program: str, environment: Mapping[str, str]) -> str:
    """Where a program lies that can't be run; empty where that is not found."""
    if "/" in program:
        return program
    found = (Path(folder or ".") / program for folder in os.get_exec_path(environment))
    return str(next((path for path in found if path.is_file()), ""))


def follow(
    process: subprocess.Popen[bytes],
    hear: Output,
    cancel: CancelToken | None = None,
    *,
    word: signal.Signals = signal.SIGINT,
    patience: float = PATIENCE,
) -> int:
    """Hand on what a program prints until it ends; its exit code.

    Args:
        word: the signal that tells it to end, where that is asked for or nobody listens any more.
        patience: seconds that it gets for that.

    Raises:
        Cancelled: it was told to end, and did.
    """
    assert process.stdout is not None and process.stderr is not None
    ears = Ears(hear)
    readers = [
        threading.Thread(target=ears.pump, args=(pipe, name), daemon=True)
        for pipe, name in ((process.stdout, "stdout"), (process.stderr, "stderr"))
    ]
    for reader in readers:
        reader.start()
    try:
        code = _wait(process, cancel, ears)
    except BaseException:
        end(process, word, patience)
        raise
    for reader in readers:
        reader.join(timeout=patience)
    ears.check()
    return code


def _wait(process: subprocess.Popen[bytes], cancel: CancelToken | None, ears: Ears) -> int:
    while True:
        try:
            return process.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            ears.check()
            if cancel is not None and cancel.is_set():
                raise Cancelled(f"{_name(process)} was ended") from None


def _name(process: subprocess.Popen[bytes]) -> str:
    words = process.args
    return Path(str(words[0])).name if isinstance(words, list) else str(words)


def end(
    process: subprocess.Popen[bytes],
    word: signal.Signals = signal.SIGINT,
    patience: float = PATIENCE,
) -> None:
    """Tell it to end: restic takes its lock out of the repository first."""
    # At last what it started and did not end; the number of its group is not given again before.
    for number, seconds in ((word, patience), (signal.SIGKILL, None)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=seconds)


class Ears:
    """Hears what a process prints, one chunk at a time; what goes wrong there is kept."""

    def __init__(self, hear: Output) -> None:
        self._hear = hear
        self._lock = threading.Lock()
        self._fault: BaseException | None = None

    def pump(self, pipe: IO[bytes], name: Literal["stdout", "stderr"]) -> None:
        with pipe:
            while chunk := os.read(pipe.fileno(), 65536):
                with self._lock:
                    if self._fault is not None:
                        continue
                    try:
                        self._hear(name, chunk)
                    except BaseException as fault:
                        self._fault = fault

    def check(self) -> None:
        """Raise the exception that the listener raised when it was given output, if it did."""
        if self._fault is not None:
            raise self._fault


class Tail:
    """The beginning and the end of what was said."""

    def __init__(self) -> None:
        self._first = b""
        self._last = b""

    def add(self, chunk: bytes) -> None:
        room = SAID - len(self._first)
        self._first += chunk[:room]
        self._last = (self._last + chunk[room:])[-SAID:]

    @property
    def text(self) -> str:
        return (self._first + self._last).decode("utf-8", "replace")


class Lines:
    """Whole lines of a stream of chunks."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> list[bytes]:
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if len(self._rest) > LINE:
            # Nobody's: it is handed on in pieces, so that nothing without end is held.
            lines.append(self._rest)
            self._rest = b""
        return lines
