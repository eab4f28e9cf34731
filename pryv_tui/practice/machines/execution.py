"""Run a tool as a separate process, as an engine's exec does.

The process is a session leader that is recorded in `engine.json`. So it outlives its starter, like
a program started with docker exec, and a later process can find it and end it.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from typing import cast

from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.hosts.engine import CancelToken, OutputSink, Stream
from pryv_tui.practice.home import Home, Machine
from pryv_tui.practice.nursery import Tool
from pryv_tui.practice.state import CALLED, ProcessRecord, birth_of

_CHUNK = 64 * 1024
_POLL = 0.05
_PATIENCE = 3.0
Process = Tool


def spawn(
    home: Home,
    machine: Machine,
    container: str,
    tool: str,
    argv: Sequence[str],
    environment: Mapping[str, str] | None = None,
    begun: Callable[[str], None] | None = None,
) -> Process:
    """Start a tool and record it as running in its container.

    Args:
        begun: called with the tool's unique id before the tool starts.
    """
    called = os.urandom(16).hex()
    if begun is not None:
        begun(called)
    process = home.nursery.start(
        [str(home.folder), machine.name, container, tool, *argv],
        home.folder,
        {**os.environ, **(environment or {}), CALLED: called},
    )
    born = birth_of(process.pid)
    if born is not None:
        machine.engine.add_process(
            ProcessRecord(
                pid=process.pid, born=born, container=container, argv=tuple(argv), called=called
            )
        )
    return process


def follow(
    process: Process, on_output: OutputSink, cancel: CancelToken | None, *, what: str
) -> int:
    """Pass on what a process prints until it ends. Return its exit code; 128 + the signal's number
    if a signal ended it.

    Raises:
        Cancelled: the operator cancelled, and the process is gone.
    """
    try:
        _pump(process, on_output, cancel, what=what)
    except BaseException:
        _kill(process)
        raise
    finally:
        _close(process)
    code = process.wait()
    return 128 - code if code < 0 else code


def first_output(process: Process, on_output: OutputSink, cancel: CancelToken | None) -> None:
    """Pass on the first chunk that a process prints, then end the process."""
    try:
        _pump(process, on_output, cancel, what="the tool", only_first=True)
    finally:
        _kill(process)
        _close(process)


def _pump(
    process: Process,
    on_output: OutputSink,
    cancel: CancelToken | None,
    *,
    what: str,
    only_first: bool = False,
) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ, "stdout")
        selector.register(process.stderr, selectors.EVENT_READ, "stderr")
        while selector.get_map():
            if cancel is not None and cancel.is_set():
                _kill(process)
                raise Cancelled(f"{what} was ended on the operator's word")
            for key, _ in selector.select(_POLL):
                chunk = os.read(key.fd, _CHUNK)
                if not chunk:
                    selector.unregister(key.fileobj)
                    continue
                on_output(cast(Stream, key.data), chunk)
                if only_first:
                    return


def _close(process: Process) -> None:
    for pipe in (process.stdout, process.stderr):
        pipe.close()


def _kill(process: Process) -> None:
    """End our own child: first by SIGTERM, then by SIGKILL. Return when it is gone."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        process.send_signal(number)
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            continue
        return
    raise PryvTuiError("step-failed", f"process {process.pid} can't be ended")


def end(record: ProcessRecord, *, patience: float = _PATIENCE) -> None:
    """End a recorded process, which may be another process's child. Return when it is gone."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if not record.alive:
            return
        try:
            os.kill(record.pid, number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + max(patience, 0.2)
        while record.alive and time.monotonic() < deadline:
            time.sleep(0.02)
    if record.alive:
        raise PryvTuiError("step-failed", f"process {record.pid} can't be ended")
