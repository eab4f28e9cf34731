"""What a run is busy with now, or has left: what it stopped or opened on purpose is no fault."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from pryv_tui.hosts.engine import Container
from pryv_tui.reading import read_whole


class Doing(msgspec.Struct, frozen=True, kw_only=True):
    """What a run has stopped or opened on purpose and not put back yet: no fault of its own."""

    run: str
    about: frozenset[str] = frozenset()
    """The run itself, and those whose work it takes over."""
    held: frozenset[tuple[str, str]] = frozenset()
    """Host and name of the containers that it stopped or paused, and has to let go on."""
    roots: frozenset[tuple[str, str]] = frozenset()
    """Host and root of what it replaces."""
    down_at: dict[tuple[str, str], str] = {}
    """By host and name, when it wrote down that it stops or pauses a container, RFC 3339."""

    def holds(self, host: str, container: Container) -> bool:
        """Whether this container is down because of the run. A crash loop never is."""
        down = container.state in ("exited", "paused", "created")
        return down and (host, container.name) in self.held

    def replaces(self, host: str, root: str, marked_by: str) -> bool:
        """Whether a root is half-restored because of the run."""
        return (host, root) in self.roots or marked_by in self.about


class GoingOn(Doing, frozen=True, kw_only=True):
    """The run that goes on now."""

    kind: str
    since: str = ""
    """When it began."""
    roles: frozenset[str] = frozenset()
    inside: frozenset[tuple[str, str]] = frozenset()
    """Host and name of the containers in which its current step has programs run."""


class WorkerMark(msgspec.Struct, frozen=True):
    """Who works on a run: a pid alone may be somebody else's by now, so its start time too."""

    pid: int
    start_ticks: int
    boot: str


def mark_of(pid: int) -> WorkerMark | None:
    """The mark of a living process, or None."""
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
    """Whether that very process still runs."""
    return mark_of(mark.pid) == mark


def worker_on(folder: Path) -> WorkerMark | None:
    """The mark of the process that was started to work on the run of a folder, by the words that it
    was started with: also of one that has not come to say anything itself, and of what starts it
    as a unit. None where no such process is seen."""
    return _worker(lambda word: word == os.fsencode(folder))


def worker_below(runs: str, run: str) -> WorkerMark | None:
    """The same of a run by its name alone, in whosever state folder; one is enough.

    Args:
        runs: what the folder of all runs is called.
    """
    end = os.fsencode(f"/{runs}/{run}")
    return _worker(lambda word: word.endswith(end))


def _worker(wanted: Callable[[bytes], bool]) -> WorkerMark | None:
    for process in (one for one in Path("/proc").iterdir() if one.name.isdigit()):
        try:
            words = read_whole(process / "cmdline").split(b"\0")[:-1]
        except OSError:
            continue  # it is gone, or is nobody's business here
        # A worker of the tests is given more between its module and the folder.
        module = words[words.index(b"-m") + 1 : -1] if b"-m" in words else []
        # Its guardian outlives it.
        works = bool(module) and not module[0].endswith(b".guardian")
        if works and wanted(words[-1]) and (mark := mark_of(int(process.name))):
            return mark
    return None
