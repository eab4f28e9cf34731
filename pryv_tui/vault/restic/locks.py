"""Locks that a killed restic left in a repository: taken away once, then it is tried again."""

from __future__ import annotations

import functools
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from pryv_tui.vault.restic.protocol import Locked


class Unlocks(Protocol):
    """What can take away the locks of processes that are gone, and no others'."""

    def unlock(self) -> None: ...


_HOLDER = re.compile(r"by PID (\d+) on (\S+)")
_Self = TypeVar("_Self", bound=Unlocks)
_More = ParamSpec("_More")
_Found = TypeVar("_Found")


def again_unlocked(
    act: Callable[Concatenate[_Self, _More], _Found],
) -> Callable[Concatenate[_Self, _More], _Found]:
    """What finds the repository locked tries once more without the locks that nobody holds."""

    @functools.wraps(act)
    def acted(restic: _Self, /, *words: _More.args, **more: _More.kwargs) -> _Found:
        try:
            return act(restic, *words, **more)
        except Locked as error:
            if _is_held(error.what):
                raise
            restic.unlock()
        return act(restic, *words, **more)

    return acted


def _is_held(said: str) -> bool:
    """Whether the process that a lock names is there: then it is no use to take locks away.

    And no good: restic looks whether a process lives by sending it SIGHUP, and a number may be
    another program's by now.
    """
    found = _HOLDER.search(said)
    if found is None or found[2] != socket.gethostname():
        return False
    return Path("/proc", found[1]).exists()
