"""Containers that are stopped, or started, at once: an engine is asked for each in a thread.

A thread does nothing but ask the engine. What is written down of a container is written by who
called, before its thread begins and after it has ended, so that a journal has one writer.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple, TypeVar

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.context import RunContext

LOOK_SECONDS = 0.5
"""How often whoever waits is told who has not answered yet."""

T = TypeVar("T")


class Ended(NamedTuple):
    """What became of one."""

    name: str
    error: PryvTuiError | None


def groups(items: Iterable[T], phase: Callable[[T], object]) -> list[list[T]]:
    """Neighbours that are of one phase together, in the order that they have."""
    return [list(group) for _, group in groupby(items, phase)]


def at_once(
    names: Iterable[str],
    act: Callable[[str], None],
    waiting: Callable[[Sequence[str]], None] = lambda _: None,
) -> Iterator[Ended]:
    """Do something to each of these at once; what became of each, as it ends.

    All that was begun is waited for, whatever comes of it: an engine goes on with what it was
    asked for, and whoever acts on it meanwhile would be overtaken.

    Args:
        names: each is begun as soon as it is given, so what has to be written down before it is,
            is written there.
        act: called in a thread.
        waiting: told now and then which ones have not ended, in the order in which they began.

    Raises:
        Exception: what `act` raised that is no `PryvTuiError`, or what `names` did; when all that
            was begun has ended.
    """
    ended: queue.Queue[tuple[str, Exception | None]] = queue.Queue()
    begun: dict[str, None] = {}
    fault: Exception | None = None

    def run(name: str) -> None:
        try:
            act(name)
        except Exception as failure:
            ended.put((name, failure))
        else:
            ended.put((name, None))

    try:
        for name in names:
            thread = threading.Thread(target=run, args=(name,), daemon=True)
            thread.start()
            begun[name] = None
    except Exception as failure:
        fault = failure
    try:
        while begun:
            try:
                name, error = ended.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                waiting(list(begun))
                continue
            del begun[name]
            if error is None or isinstance(error, PryvTuiError):
                yield Ended(name, error)
            else:
                fault = fault or error
    finally:
        while begun:
            del begun[ended.get()[0]]
    if fault is not None:
        raise fault


def until_cancelled(ctx: RunContext, names: Iterable[str]) -> Iterator[str]:
    """These, as long as nobody has cancelled the run."""
    for name in names:
        if ctx.cancel.is_set():
            return
        yield name
