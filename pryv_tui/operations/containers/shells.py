"""Which of several programs a container has: found once, and known for the rest of a run.

To try one that is not there costs a program's start in the container, a tenth of a second of the
engine's processor; MongoDB's shell has another name in each family of releases.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.engine import Container, Engine

T = TypeVar("T")
Which = tuple[str, ...]


def which(engine: Engine, container: Container) -> Which:
    """What tells a container from others here. One of another image is another one; one that was
    started again has the same programs as before."""
    return (engine.url, container.name, container.image, container.image_digest)


class NoShell(Exception):
    """None of them is there."""


class Shells:
    """What was found so far."""

    def __init__(self) -> None:
        self._found: dict[Which, str] = {}

    def ask(self, which: Which, shells: Sequence[str], ask: Callable[[str], T]) -> T:
        """What the first shell that is there answers.

        Args:
            which: the container.

        Raises:
            NoShell: see the class.
            PryvTuiError: whatever else `ask` raises.
        """
        known = self._found.get(which)
        if known == "":
            raise NoShell
        # The one that is known may be gone all the same: then the others are tried again.
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
