"""Stop or start several containers in parallel: a thread for each sends the request to the engine.

A thread does nothing else. Only the caller writes to the journal, before a thread begins and after
it has ended, because a journal may have only one writer.
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
"""The seconds between two reports to the caller about containers that are not done yet."""

T = TypeVar("T")


class Ended(NamedTuple):
    """The result for one container; `error` is None if it succeeded."""

    name: str
    error: PryvTuiError | None


def groups(items: Iterable[T], phase: Callable[[T], object]) -> list[list[T]]:
    """Split a sequence into groups of consecutive items with the same phase."""
    return [list(group) for _, group in groupby(items, phase)]


def at_once(
    names: Iterable[str],
    act: Callable[[str], None],
    waiting: Callable[[Sequence[str]], None] = lambda _: None,
) -> Iterator[Ended]:
    """Call `act` for each name in parallel; yield each result when it is there.

    This waits for every call that was begun, even after an error: the engine continues with its
    work, and other work on these containers would collide with it.

    Args:
        names: the call for a name begins as soon as the name is yielded, so the iterator can write
            to the journal before it yields.
        act: called in a thread.
        waiting: called every `LOOK_SECONDS` without a result, with the names that are not done yet,
            in the order in which they were begun.

    Raises:
        Exception: an error of `act` other than `PryvTuiError`, or of `names`; raised after every
            call has ended.
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
