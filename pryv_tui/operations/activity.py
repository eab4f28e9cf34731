"""What a run is doing now, or left half-done.

A container that a run stopped on purpose is not reported as a fault.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from pryv_tui.hosts.engine import Container
from pryv_tui.reading import read_whole


class Doing(msgspec.Struct, frozen=True, kw_only=True):
    """The containers and roots that a run has stopped or replaced on purpose and not put back
    yet."""

    run: str
    about: frozenset[str] = frozenset()
    """The ids of the run itself, and of the runs whose work it continues."""
    held: frozenset[tuple[str, str]] = frozenset()
    """Host and name of the containers that the run stopped or paused and has to start again."""
    roots: frozenset[tuple[str, str]] = frozenset()
    """Host and path of the roots whose content the run is replacing."""
    down_at: dict[tuple[str, str], str] = {}
    """By host and container: when the run recorded that it stops or pauses the container, RFC
    3339."""

    def holds(self, host: str, container: Container) -> bool:
        """Whether this container is down because of the run; never true for a crash loop."""
        down = container.state in ("exited", "paused", "created")
        return down and (host, container.name) in self.held

    def replaces(self, host: str, root: str, marked_by: str) -> bool:
        """Whether a root is half-restored because of the run.

        Args:
            marked_by: the id of the run in the root's marker.
        """
        return (host, root) in self.roots or marked_by in self.about


class GoingOn(Doing, frozen=True, kw_only=True):
    """The run that is running now."""

    kind: str
    since: str = ""
    """When the run began, RFC 3339; empty if unknown."""
    roles: frozenset[str] = frozenset()
    inside: frozenset[tuple[str, str]] = frozenset()
    """Host and name of the containers in which the current step runs programs."""


class WorkerMark(msgspec.Struct, frozen=True):
    """The process that works on a run.

    With its start time and the boot, since the system may have given its pid to another process.
    """

    pid: int
    start_ticks: int
    boot: str


def mark_of(pid: int) -> WorkerMark | None:
    """The mark of a process that is alive; None for a zombie, or if there is no such process."""
    try:
        stat = read_whole(f"/proc/{pid}/stat").decode("utf-8", "replace")
        boot = read_whole("/proc/sys/kernel/random/boot_id").decode("ascii").strip()
    except OSError:
        return None
    # The name in parentheses may have any characters; the fields after the last parenthesis are
    # numbers.
    fields = stat[stat.rindex(")") + 2 :].split()
    if fields[0] == "Z":
        return None
    return WorkerMark(pid, int(fields[19]), boot)


def alive(mark: WorkerMark) -> bool:
    """Whether this very process is still running."""
    return mark_of(mark.pid) == mark


def worker_on(folder: Path) -> WorkerMark | None:
    """The mark of the process that works on the run in a folder; None if no such process is found.

    The process is found by its command line. So it is found even before it has written anything;
    and so is the program that starts it as a systemd unit.
    """
    return _worker(lambda word: word == os.fsencode(folder))


def worker_below(runs: str, run: str) -> WorkerMark | None:
    """The mark of a process that works on a run of this name, in any state folder; None if there is
    none.

    Args:
        runs: the name of the folder that holds all runs.
    """
    end = os.fsencode(f"/{runs}/{run}")
    return _worker(lambda word: word.endswith(end))


def _worker(wanted: Callable[[bytes], bool]) -> WorkerMark | None:
    for pid in filter(str.isdigit, os.listdir("/proc")):  # noqa: PTH208 - text
        try:
            line = read_whole(f"/proc/{pid}/cmdline")
        except OSError:
            continue  # the process has ended, or another user owns it
        if b"-m\0" not in line:
            continue
        words = line.split(b"\0")[:-1]
        # In tests a worker has more arguments between the module and the folder.
        module = words[words.index(b"-m") + 1 : -1] if b"-m" in words else []
        # The worker's guardian may live longer, and is not the worker.
        works = bool(module) and not module[0].endswith(b".guardian")
        if works and wanted(words[-1]) and (mark := mark_of(int(pid))):
            return mark
    return None
