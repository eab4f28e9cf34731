"""Locks that a killed restic left in a repository: remove them once, and try again."""

from __future__ import annotations

import functools
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from pryv_tui.vault.restic.protocol import Locked


class Unlocks(Protocol):
    """An object that can remove stale locks, and no others."""

    def unlock(self) -> None: ...


_HOLDER = re.compile(r"by PID (\d+) on (\S+)")
_Self = TypeVar("_Self", bound=Unlocks)
_More = ParamSpec("_More")
_Found = TypeVar("_Found")


def again_unlocked(
    act: Callable[Concatenate[_Self, _More], _Found],
) -> Callable[Concatenate[_Self, _More], _Found]:
    """Decorate a method: if the repository is locked by a process that is gone, unlock it, and try
    once more."""

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
    """Whether the process that a lock names still exists: then unlocking is useless.

    It could also do harm: restic checks whether a process is running by sending SIGHUP to it, and
    the process number may belong to another program now.
    """
    found = _HOLDER.search(said)
    if found is None or found[2] != socket.gethostname():
        return False
    return Path("/proc", found[1]).exists()
