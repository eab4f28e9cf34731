"""A platform that stands from one test to the next and is brought to a known state between them.

What a platform costs is its containers' start. So it is made once for those tests of a process
that want the same one; whatever fails to come back as it was, or was there while a test failed, is
thrown away and made again (`mending.py` has how it comes back).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Generic, Protocol, TypeVar

from .engines import locked_together, platform_lock
from .machines import TestEngine

Urls = tuple[str, ...]
Lent = TypeVar("Lent", covariant=True)


class Made(Protocol[Lent]):
    """A platform that can be brought back."""

    @property
    def platform(self) -> Lent:
        """What a test gets of it."""

    def bring_back(self) -> None:
        """Make all of it as it was at first.

        Raises:
            Exception: it can't be, whatever the reason is.
        """

    def remove_files(self) -> None:
        """Leave no file of it; its containers are gone by then."""


class Engines(Protocol):
    """The engines as a place in which something stands."""

    def together(self, urls: Urls) -> Urls:
        """All of them that one lock is for."""

    def locked(self, urls: Urls, mark: str) -> AbstractContextManager[bool]:
        """Their lock, in which a mark is left; whether it was the last one that was left there."""

    def clear(self, urls: Urls) -> None:
        """Remove whatever stands there."""


class RealEngines:
    """Those of `engine.sh`."""

    def together(self, urls: Urls) -> Urls:
        """All of them that one lock is for."""
        return locked_together(urls)

    def locked(self, urls: Urls, mark: str) -> AbstractContextManager[bool]:
        """Their lock, in which a mark is left; whether it was the last one that was left there."""
        return platform_lock(urls, mark)

    def clear(self, urls: Urls) -> None:
        """Remove whatever platform stands there."""
        for url in urls:
            engine = TestEngine(url)
            engine.remove_platform()
            engine.client.close()


class Standing(Generic[Lent]):
    """What one process of the tests has standing on the engines: one platform for each lock.

    Between two tests the lock is free, so that whoever else uses the engines waits for a test and
    not for all of them. Who takes it leaves a mark, and removes what stood there under another one.
    """

    def __init__(self, engines: Engines) -> None:
        self._engines = engines
        self._mark = uuid.uuid4().hex
        self._stands: dict[Urls, tuple[Hashable, Made[Lent]]] = {}

    @contextmanager
    def lent(
        self,
        urls: Urls,
        kind: Hashable,
        make: Callable[[Urls], Made[Lent]],
        went_well: Callable[[], bool],
    ) -> Iterator[Lent]:
        """A platform in its first state, for one test.

        Args:
            urls: of the engines that it needs.
            kind: platforms of one kind are alike.
            make: makes one, where none stands that is as it was.
            went_well: asked at the end: whether it may stand for the next test.
        """
        with self.room(urls, self._mark) as together:
            made = self._as_it_was(together, kind)
            if made is None:
                try:
                    made = make(urls)
                except BaseException:
                    self._engines.clear(together)
                    raise
            self._stands[together] = kind, made
            yield made.platform
            if not went_well():
                self._throw_away(together)

    @contextmanager
    def room(self, urls: Urls, mark: str = "") -> Iterator[Urls]:
        """Engines on which nothing stands but, under its own mark, what this process left there.

        Yields:
            The URLs of all engines that the lock is for.
        """
        together = self._engines.together(urls)
        with self._engines.locked(urls, mark) as untouched:
            if not untouched:
                self._engines.clear(together)
                self._forget(together)
            yield together

    def end(self) -> None:
        """Leave nothing standing."""
        for together in list(self._stands):
            with self._engines.locked(together, self._mark) as untouched:
                # What others have there now is theirs; the files are this process' own.
                if untouched:
                    self._engines.clear(together)
                self._forget(together)

    def _as_it_was(self, together: Urls, kind: Hashable) -> Made[Lent] | None:
        if together not in self._stands:
            return None
        known, made = self._stands[together]
        if known == kind:
            try:
                made.bring_back()
                return made
            except Exception as error:
                print(f"made again, since it did not come back as it was: {error!r}")
        self._throw_away(together)
        return None

    def _throw_away(self, together: Urls) -> None:
        self._engines.clear(together)
        self._forget(together)

    def _forget(self, together: Urls) -> None:
        _, made = self._stands.pop(together, (None, None))
        if made is not None:
            made.remove_files()
