"""What a run is busy with now, or has left half-done. What it stopped on purpose does not count as
a fault."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from pryv_tui.hosts.engine import Container
from pryv_tui.reading import read_whole


class Doing(msgspec.Struct, frozen=True, kw_only=True):
    """What a run has stopped or replaced on purpose and not put back yet."""

    run: str
    about: frozenset[str] = frozenset()
    """The run itself, and the runs whose work it takes over."""
    held: frozenset[tuple[str, str]] = frozenset()
    """Host and name of the containers that the run stopped or paused and has to let run again."""
    roots: frozenset[tuple[str, str]] = frozenset()
    """Host and path of the roots whose content the run replaces."""
    down_at: dict[tuple[str, str], str] = {}
    """For each host and container, when the run wrote down that it stops or pauses it, RFC 3339."""

    def holds(self, host: str, container: Container) -> bool:
        """Whether this container is down because of the run. A crash loop never is."""
        down = container.state in ("exited", "paused", "created")
        return down and (host, container.name) in self.held

    def replaces(self, host: str, root: str, marked_by: str) -> bool:
        """Whether a root is half-restored because of the run."""
        return (host, root) in self.roots or marked_by in self.about


class GoingOn(Doing, frozen=True, kw_only=True):
    """The run that is going on now."""

    kind: str
    since: str = ""
    """When the run began, RFC 3339; empty where that is not known."""
    roles: frozenset[str] = frozenset()
    inside: frozenset[tuple[str, str]] = frozenset()
    """Host and name of the containers in which the current step runs programs."""


class WorkerMark(msgspec.Struct, frozen=True):
    """The process that works on a run. It has the start time and the boot too, since the system
    may have given the pid to another process by now."""

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
    # The name in parentheses may hold anything; the fields after the last one are numbers.
    fields = stat[stat.rindex(")") + 2 :].split()
    if fields[0] == "Z":
        return None
    return WorkerMark(pid, int(fields[19]), boot)


def alive(mark: WorkerMark) -> bool:
    """Whether the same process still runs."""
    return mark_of(mark.pid) == mark


def worker_on(folder: Path) -> WorkerMark | None:
    """The mark of the process that works on the run of a folder; None where none is seen.

    The process is found by its command line. So it is found even before it has written anything,
    and so is the program that starts it as a systemd unit."""
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
            continue  # the process has ended, or belongs to another user
        if b"-m\0" not in line:
            continue
        words = line.split(b"\0")[:-1]
        # In tests a worker has more arguments between its module and the folder.
        module = words[words.index(b"-m") + 1 : -1] if b"-m" in words else []
        # The worker's guardian may outlive it, and is not the worker.
        works = bool(module) and not module[0].endswith(b".guardian")
        if works and wanted(words[-1]) and (mark := mark_of(int(pid))):
            return mark
    return None
