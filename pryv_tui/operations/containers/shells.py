"""Find out which of several programs a container has, once for the rest of a run.

Trying one that is missing costs the start of a program in the container, a tenth of a second of the
engine's processor time. MongoDB's shell has another name in each family of releases.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.engine import Container, Engine

T = TypeVar("T")
Which = tuple[str, ...]


def which(engine: Engine, container: Container) -> Which:
    """The key of a container: its engine, name and image. A restart does not change its
    programs."""
    return (engine.url, container.name, container.image, container.image_digest)


class NoShell(Exception):
    """The container has none of these programs."""


class Shells:
    """The programs found so far, by container."""

    def __init__(self) -> None:
        self._found: dict[Which, str] = {}

    def ask(self, which: Which, shells: Sequence[str], ask: Callable[[str], T]) -> T:
        """Return the answer of the first shell that the container has.

        Args:
            which: the key of the container.

        Raises:
            NoShell: see the class.
            PryvTuiError: any other error of `ask`.
        """
        known = self._found.get(which)
        if known == "":
            raise NoShell
        # A known shell may be gone by now: then the others are tried too.
        for shell in dict.fromkeys([known, *shells] if known else shells):
            try:
                answer = ask(shell)
            except PryvTuiError as error:
                if error.name == "program-missing":
                    continue
                self._found[which] = shell
                raise
            self._found[which] = shell
            return answer
        self._found[which] = ""
        raise NoShell
