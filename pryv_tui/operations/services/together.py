"""Stop or start several containers at once: the engine is asked for each in its own thread.

A thread only asks the engine. The caller writes to the journal, before the thread begins and after
it has ended, so that a journal has one writer.
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
"""How often the caller is told which containers have not ended yet."""

T = TypeVar("T")


class Ended(NamedTuple):
    """The result for one container."""

    name: str
    error: PryvTuiError | None


def groups(items: Iterable[T], phase: Callable[[T], object]) -> list[list[T]]:
    """Group neighbours of the same phase, in their order."""
    return [list(group) for _, group in groupby(items, phase)]


def at_once(
    names: Iterable[str],
    act: Callable[[str], None],
    waiting: Callable[[Sequence[str]], None] = lambda _: None,
) -> Iterator[Ended]:
    """Do something to each name at once; yield each result as it ends.

    Everything that was begun is waited for, also after an error: the engine goes on with what it
    was asked for, and other work on these containers would collide with that.

    Args:
        names: each is begun as soon as it is yielded, so this iterator can first write down a debt.
        act: called in a thread.
        waiting: called now and then with the names that have not ended, in the order of their
            begin.

    Raises:
        Exception: an error of `act` other than `PryvTuiError`, or of `names`; raised after
            everything that was begun has ended.
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
    """Yield these names until the run is cancelled."""
    for name in names:
        if ctx.cancel.is_set():
            return
        yield name
