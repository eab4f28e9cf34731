"""Lose a role: end and remove its containers, and remove its folders with all their content.

Runs may be active there, as on a real platform: a backup that writes its dump, a restore that
renames and copies. So each folder is first moved away by a single rename, and then deleted where
nothing else uses it. No run finds half of it, and what a run creates meanwhile is removed too.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from pryv_tui.errors import PryvTuiError
from pryv_tui.platform.roles import ROLES, RoleName
from pryv_tui.practice.home import Machine
from pryv_tui.practice.machines import console, execution

SHARED = ("nginx", "config_follower")
"""Services that every role has: on a single machine they stay when one role is lost."""
_GONE = "gone"
"""The name of the folder, beside the root, to which lost things are moved before they are
deleted."""
_TRIES = 50
"""The largest number of rounds of removal while a run creates things again."""
_STAYS = (errno.EBUSY, errno.EXDEV)
"""Errors of an impossible rename, for example of a mounted disk: the folder is then emptied in
place."""


def lose_machine(machine: Machine) -> None:
    """Lose everything of a machine: its containers, except those of drills, and the content of its
    root.

    Raises:
        PryvTuiError: `practice`, a run creates things there as fast as they are removed.
    """
    _remove_containers(machine, lambda service: True)
    if machine.root.is_dir():
        _lose(machine, lambda: _entries(machine.root))


def lose_role(machine: Machine, role: RoleName) -> None:
    """On a single machine, lose what belongs to this role and to no other.

    Raises:
        PryvTuiError: `practice`, a run creates things there as fast as they are removed.
    """
    services, folders = of_role(role)
    _remove_containers(machine, lambda service: service in services)
    _lose(machine, lambda: [machine.root / path for path in folders])


def of_role(role: RoleName) -> tuple[set[str], list[str]]:
    """Return the services and folders that belong to this role, and to no other, on a machine that
    has all roles."""
    services = {service for service in ROLES[role].services if service not in SHARED}
    others = {f.path for known in ROLES.values() if known.name != role for f in known.folders}
    folders = [f.path for f in ROLES[role].folders]
    folders += [f"pryv/{service.replace('_', '-')}" for service in sorted(services)]
    return services, [path for path in dict.fromkeys(folders) if path not in others]


def _remove_containers(machine: Machine, doomed: Callable[[str], bool]) -> None:
    """End the processes in these containers, then remove the containers."""
    with machine.engine.change() as engine:
        every = [c for c in engine.containers.values() if not c.sandbox]
        names = [c.name for c in every if doomed(c.service)]
        processes = [p for p in engine.processes if p.container in names]
        for name in names:
            del engine.containers[name]
    for process in processes:
        execution.end(process)
    for name in names:
        # Reported as an engine does: those who watch it see the removal at once.
        console.report(machine, name, "destroy")


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except FileNotFoundError:
        return []


def _lose(machine: Machine, doomed: Callable[[], Iterable[Path]]) -> None:
    away = machine.folder / _GONE
    emptied: set[Path] = set()
    for _ in range(_TRIES):
        left = [path for path in doomed() if os.path.lexists(path) and path not in emptied]
        if not left:
            break
        away.mkdir(exist_ok=True)
        for number, path in enumerate(left):
            target = away / f"{os.getpid()}-{number}"
            _remove(target)
            try:
                path.rename(target)
            except (FileNotFoundError, NotADirectoryError):
                continue  # Another process has removed it.
            except OSError as error:
                if error.errno not in _STAYS:
                    raise
                for inside in _entries(path):
                    _remove(inside)
                emptied.add(path)
            _remove(target)
    else:
        raise PryvTuiError(
            "practice",
            f"a run puts files into {machine.root} as fast as they are removed",
            "Wait for its end, or cancel it, then lose it again.",
        )
    _remove(away)


def _remove(path: Path) -> None:
    """Delete everything at a path, even if others add or remove files there at the same time. If
    something stays, it is outside the root."""

    def failed(_call: Callable[..., Any], name: str, error: Any) -> None:
        # It is already gone, or something was added: the next round tries again.
        if not isinstance(error[1], FileNotFoundError) and error[1].errno != errno.ENOTEMPTY:
            raise error[1]

    for _ in range(_TRIES):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, onerror=failed)
        else:
            path.unlink(missing_ok=True)
        if not os.path.lexists(path):
            return
