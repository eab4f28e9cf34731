"""Iterators that block (an engine's logs and events), read by threads that never delay the exit.

Such a thread can't be ended from outside: it is a daemon, and what it reads later is dropped.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from pryv_tui.errors import PryvTuiError

T = TypeVar("T")


class Stream(Generic[T]):
    """A thread that reads an iterator to its end or until it is closed.

    Args:
        open_iterator: opens the iterator; may block and may raise `PryvTuiError`.
        item: called in the thread with every item.
        ended: called in the thread at the end, with the error if there was one; not after `close`.
    """

    def __init__(
        self,
        open_iterator: Callable[[], Iterator[T]],
        item: Callable[[T], None],
        ended: Callable[[PryvTuiError | None], None],
    ) -> None:
        self._open = open_iterator
        self._item = item
        self._ended = ended
        self._closed = threading.Event()
        self._iterator: Iterator[T] | None = None
        self._thread = threading.Thread(target=self._read, name="stream", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def closed(self) -> bool:
        return self._closed.is_set()

    def close(self) -> None:
        """Stop reading; later items are dropped."""
        self._closed.set()
        self._close_iterator()

    def _close_iterator(self) -> None:
        close = getattr(self._iterator, "close", None)
        if close is not None:
            # A generator that is just being read can't be closed from here: its own thread closes
            # it as soon as it gets the next item.
            with contextlib.suppress(Exception):
                close()

    def _read(self) -> None:
        problem: PryvTuiError | None = None
        try:
            self._iterator = self._open()
            for item in self._iterator:
                if self.closed:
                    break
                self._item(item)
        except PryvTuiError as error:
            problem = error
        except Exception as error:
            problem = PryvTuiError("engine-unreachable", f"the engine went away: {error}")
        if self.closed:
            self._close_iterator()
        else:
            self._ended(problem)
