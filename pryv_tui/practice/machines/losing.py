"""A role is lost: its containers are ended and removed, and its folders with all that is in them.

Runs may be at work there, as when it happens to a real platform: a backup that writes its dump, a
restore that renames and copies. So what is to go is taken out of its place first, by one rename,
and emptied where nobody looks: no run finds half of it, and what a run makes anew meanwhile goes
too.
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
"""Where beside the root what is lost goes before it is removed."""
_TRIES = 50
"""A run that puts things back for so many rounds is no bystander any more."""
_STAYS = (errno.EBUSY, errno.EXDEV)
"""What can't be renamed, such as a disk that is mounted there, is emptied where it is."""


def lose_machine(machine: Machine) -> None:
    """All that a machine has: its containers, but for a drill's, and what is in its root.

    Raises:
        PryvTuiError: `practice`, a run puts things there as fast as they go.
    """
    _remove_containers(machine, lambda service: True)
    if machine.root.is_dir():
        _lose(machine, lambda: _entries(machine.root))


def lose_role(machine: Machine, role: RoleName) -> None:
    """On a single machine: what belongs to this role and to no other.

    Raises:
        PryvTuiError: `practice`, a run puts things there as fast as they go.
    """
    services, folders = of_role(role)
    _remove_containers(machine, lambda service: service in services)
    _lose(machine, lambda: [machine.root / path for path in folders])


def of_role(role: RoleName) -> tuple[set[str], list[str]]:
    """Services and folders that are this role's on a machine of all roles, and no other's."""
    services = {service for service in ROLES[role].services if service not in SHARED}
    others = {f.path for known in ROLES.values() if known.name != role for f in known.folders}
    folders = [f.path for f in ROLES[role].folders]
    folders += [f"pryv/{service.replace('_', '-')}" for service in sorted(services)]
    return services, [path for path in dict.fromkeys(folders) if path not in others]


def _remove_containers(machine: Machine, doomed: Callable[[str], bool]) -> None:
    """End what runs in these containers, then remove them."""
    with machine.engine.change() as engine:
        every = [c for c in engine.containers.values() if not c.sandbox]
        names = [c.name for c in every if doomed(c.service)]
        processes = [p for p in engine.processes if p.container in names]
        for name in names:
            del engine.containers[name]
    for process in processes:
        execution.end(process)
    for name in names:
        # As an engine does: who watches it learns it at once.
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
                continue  # somebody else was first
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
            f"a run puts files into {machine.root} as fast as they go",
            "Wait for its end, or cancel it, then lose it again.",
        )
    _remove(away)


def _remove(path: Path) -> None:
    """All of a path, whoever removes or adds files there at the same time; whatever stays by then
    lies outside of the root."""

    def failed(_call: Callable[..., Any], name: str, error: Any) -> None:
        # What was there is gone, or something came meanwhile: looked at again.
        if not isinstance(error[1], FileNotFoundError) and error[1].errno != errno.ENOTEMPTY:
            raise error[1]

    for _ in range(_TRIES):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, onerror=failed)
        else:
            path.unlink(missing_ok=True)
        if not os.path.lexists(path):
            return
