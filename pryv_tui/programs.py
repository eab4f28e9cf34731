"""Start a program of this machine, receive its output, and end it in order. Also what each of our
own processes does first."""

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
"""Seconds that a program gets to end after the signal: restic first removes its lock,
docker-compose ends what it began."""
SAID = 8192
"""How many bytes of output, from its beginning and from its end, are kept to explain a failure."""

_LOAD = "_find_and_load"
"""The name of the function that `import` and `importlib.import_module` call only for a module that
is not loaded yet. So imports of loaded modules don't get slower."""

Output = Callable[[Literal["stdout", "stderr"], bytes], None]


def look_in_named_folders(environment: MutableMapping[str, str]) -> None:
    """Remove everything that is not an absolute path from `PATH`.

    An empty part of it means the current folder, and some programs run in folders of the platform:
    anybody who can write there could make us run their `docker-compose`.
    """
    told = environment.get("PATH")
    if told is not None:
        kept = [part for part in told.split(os.pathsep) if os.path.isabs(part)]  # noqa: PTH117
        environment["PATH"] = os.pathsep.join(kept) or os.defpath


def one_at_a_time() -> None:
    """Let only one thread at a time load modules from now on. Call it before the first thread
    starts.

    Much of this program is loaded where it is first needed, by screens and by looks in threads.
    Python has one lock per module. Two threads can enter a package from two ends: one loads the
    package, which loads one of its modules; the other loads that module, which first loads its
    package. Each waits for the other; Python detects that and gives one of them a half-loaded
    module: "cannot import name … from partially initialized module". So all loading takes a single
    lock, as in Python before 3.3. A lock around only our own imports is not enough: a third-party
    package that loads parts of itself late has a module's lock when it imports a module of ours.

    If Python has no such function, nothing changes.
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
    # The child of a fork lacks the thread that had the lock, so release it there.
    os.register_at_fork(
        before=lock.acquire, after_in_parent=lock.release, after_in_child=lock.release
    )


class CancelToken(Protocol):
    """An object that tells whether the operator cancelled (a `threading.Event` does)."""

    def is_set(self) -> bool: ...


def start(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    environment: Mapping[str, str],
    missing: PryvTuiError,
) -> subprocess.Popen[bytes]:
    """Start a program without standard input, in a new session.

    Args:
        missing: the error to raise if the program does not exist.

    Raises:
        PryvTuiError: `missing`; `program-missing`, it exists and can't be run; `unreadable`, the
            folder to run it in does not exist or can't be entered; `means`, no descriptor or memory
            is left.
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
        # A script whose interpreter is missing raises FileNotFoundError too, but the program
        # exists.
        if isinstance(error, FileNotFoundError) and not Path(place).is_file():
            raise missing from error
        look_for_means(error, argv[0])
        place = place or argv[0]
        raise PryvTuiError(
            "program-missing",
            f"the program {argv[0]!r} of this machine can't be run: {why}",
            f"See what it is: {shlex.join(['ls', '-l', place])}; correct its mode"
            f" ({shlex.join(['chmod', 'a+x', place])}) or install it again, then try again.",
        ) from error


def _place(program: str, environment: Mapping[str, str]) -> str:
    """Return the path of a program that can't be run; empty if it is not found."""
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
    """Pass on what a program prints until it ends. Return its exit code.

    Args:
        word: the signal that ends the program, after a cancel or when the listener fails.
        patience: seconds that the program gets to end after the signal.

    Raises:
        Cancelled: the operator cancelled, and the program has ended.
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
    """End a program: first by the signal, so that it can clean up (restic removes its lock), then
    by SIGKILL."""
    # The SIGKILL also ends children that it left. Until the wait, its group number is not reused.
    for number, seconds in ((word, patience), (signal.SIGKILL, None)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=seconds)


class Ears:
    """The reader that passes on what a program prints, one chunk at a time. If the listener raises
    an exception, it is kept."""

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
        """Raise the exception that the listener raised earlier, if there is one."""
        if self._fault is not None:
            raise self._fault


class Tail:
    """The beginning and the end of a program's output."""

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
    """A splitter of a stream of chunks into whole lines."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> list[bytes]:
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if len(self._rest) > LINE:
            # Too long to be a line: pass it on in pieces, so that memory stays limited.
            lines.append(self._rest)
            self._rest = b""
        return lines
