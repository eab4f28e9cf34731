"""Containers that were started and are watched until it is said that they stay up. Pure.

An engine tells how often it has started a container again, which it does a tenth of a second after
its first process has ended; so whatever ends within the time that it is watched from each start is
found, and what ends later is not, however long that is. What loads, fails and ends is fast: a Node
service takes about a second to load, a server that can't read its files or take its port less. In
Pryv's own images of Node services the first process is no service but runit, which starts a service
again inside the container (`build/*/runit` in their sources): of that an engine knows nothing. Who
tells then is who is asked: register and core, at the end of every restore.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

from pryv_tui.hosts.engine import Container


class Watched:
    """Those of one machine, with what a look at them has shown."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.wanted: set[str] = set()
        """Those that have to exist."""
        self.needed: set[str] = set()
        """Those without which the run has failed."""
        self.unwell: dict[str, str] = {}
        """Those that were not well before, and why."""
        self.began = 0.0
        """When the last of them was added, by the clock that only goes on."""
        self.took = 0.0
        """Seconds that the engine took at most to start those that it was asked for at once."""
        self.found: dict[str, Container] = {}
        self.down: dict[str, str] = {}
        """Those that do not run, and what they are."""
        self._since: dict[str, float] = {}
        """Since when each is as it is now."""
        self._before: dict[str, tuple[int, str]] = {}
        self._falls: dict[str, tuple[int, float, float]] = {}
        """Of each that was seen to be started again: in how many looks, when last, and how many
        seconds after the time before."""
        self._ours: set[str] = set()
        """Those that the run has started, and that nobody has looked at since."""

    def add(
        self,
        names: Collection[str],
        wanted: Collection[str],
        needed: Collection[str],
        unwell: Mapping[str, str],
        now: float,
        started: Mapping[str, float] = MappingProxyType({}),
        took: float = 0.0,
    ) -> None:
        """Watch these too. What is watched already goes on to be, unless it was started since.

        Args:
            started: when an engine had started those that the run has started just now.
            took: see `Watched.took`.
        """
        self.names |= set(names)
        self.wanted |= set(wanted)
        self.needed |= set(needed)
        self.unwell |= unwell
        self.began = now
        self.took = max(self.took, took)
        for name in names:
            if name in started:
                self._since[name] = started[name]
                self._before.pop(name, None)
                self._ours.add(name)
            else:
                self._since.setdefault(name, now)

    def again(self) -> Watched:
        """The same containers, of which no look has shown anything yet: each counts from the first
        look on."""
        made = Watched()
        made.names, made.wanted = set(self.names), set(self.wanted)
        made.needed, made.unwell = set(self.needed), dict(self.unwell)
        made.began, made.took = self.began, self.took
        return made

    def look(self, containers: Iterable[Container], now: float) -> None:
        """Take in how they are now.

        Args:
            now: when all of them had been looked at: an engine tells of each by itself, so what is
                new may be that new.
        """
        for name in self.names:
            self._since.setdefault(name, now)
        self.found = {c.name: c for c in containers if c.name in self.names}
        self.down = {name: c.state for name, c in self.found.items() if not c.running}
        self.down |= dict.fromkeys(self.wanted - self.found.keys(), "missing")
        for name, container in self.found.items():
            told = (container.restarts, str(container.since))
            # An engine counts from the start on that it was asked for: the first look tells too.
            ours = name in self._ours
            before = self._before.get(name, (0, told[1]) if ours else None)
            if before is not None and container.restarts > before[0]:
                self._fell(name, container.restarts - before[0], now)
            # What nobody has started or looked at yet may have fallen just before this look.
            if name in self.down or before != told:
                self._since[name] = now
            self._before[name] = told
        for name in self._before.keys() | self.down.keys():
            if name not in self.found:
                self._since[name] = now
                self._before.pop(name, None)
        self._ours.clear()

    def _fell(self, name: str, times: int, now: float) -> None:
        looks, before, _ = self._falls.get(name, (0, self._since[name], 0.0))
        self._falls[name] = looks + 1, now, (now - before) / times

    def looping(self, now: float, frail: Collection[str], settle: float) -> set[str]:
        """Those that are started again and again: that have not been as they are now for so long,
        or were seen to be more than once and may well be due again.
        """
        young = self.young(now, frail, settle)
        return young | {
            name
            for name, (looks, last, apart) in self._falls.items()
            if name not in frail and looks > 1 and now - last < 2 * apart
        }

    def settled(self, frail: Collection[str], settle: float) -> float:
        """When all but these will have been as they are now for so many seconds.

        Args:
            settle: where the engine took longer to start them, it is as long as that took, and
                twice `settle` at most: where all is slow they fall over later too.
        """
        last = max((at for name, at in self._since.items() if name not in frail), default=0.0)
        return last + self._long(settle)

    def young(self, now: float, frail: Collection[str], settle: float) -> set[str]:
        """Those that have not been as they are now for so long."""
        since = now - self._long(settle)
        return {name for name, at in self._since.items() if name not in frail and at > since}

    def _long(self, settle: float) -> float:
        return min(max(settle, self.took), 2 * settle)

    def frail(self, failed: Collection[str]) -> set[str]:
        """The containers that nobody waits for: they were unwell before, or do not stay up, and
        nothing that is waited for needs them.

        Args:
            failed: those that are known not to stay up.
        """
        return (set(self.unwell) | set(failed)) - self.needed
