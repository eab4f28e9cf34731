"""Find out whether the drill of a sandbox that belongs to another state folder is still running.

A sandbox may still be in use after the time of its expiry label: a drill of a large set takes as
long as it needs. A drill is running if its worker is among this machine's processes, or if the lock
of its sandbox is taken. The labels of the containers and networks name the sandbox's folder, and
the lock file is beside that. Only two things prove that the drill has ended: the lock is free, or
the other state folder has no record of the sandbox. The record is written before the sandbox is
made, and removed last.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NamedTuple

import msgspec

from pryv_tui.decoding import Undecodable, read_json
from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.durable import write_durably
from pryv_tui.hosts.host import Host
from pryv_tui.operations.activity import worker_below
from pryv_tui.operations.drilling.places import CONTENT, FOLDER, WORD, holder_of, strange_here
from pryv_tui.operations.site import RUNS, Site
from pryv_tui.reading import open_file


def is_here(host: Host) -> bool:
    """Whether the host's engine is on this machine; then its drills' processes and folders are too.

    True for a practice platform, and for an engine that is reached by a Unix socket.
    """
    return host.practice or host.engine.url.startswith("unix:")


class Work(NamedTuple):
    """Whether the drill of a sandbox is running."""

    going_on: bool | None
    """None: not known."""
    why: str = ""
    """The reason why it is not known; empty otherwise."""


def work_in(host: Host, drill: str, folders: Iterable[str]) -> Work:
    """Find out whether a drill of another state folder is running.

    Args:
        host: the host whose engine has the sandbox. The answer is "not known" unless that engine is
            on this machine.
        folders: the folders of the sandbox's files, from the labels of its containers and networks.
    """
    if not is_here(host):
        return Work(
            None, f"it is on {host.name}, and only that machine knows whether it is running"
        )
    if worker_below(RUNS, drill) is not None:
        return Work(True)
    named = sorted(filter(None, set(folders)))
    if not named:
        return Work(None, "it does not say where its files are")
    told = [_by_its_word(Path(one), drill) for one in named]
    return next((one for one in told if one.going_on), None) or next(
        (one for one in told if one.going_on is None), Work(False)
    )


def _by_its_word(folder: Path, drill: str) -> Work:
    words = folder.parent.parent
    if folder.name != CONTENT or folder.parent.name != drill or words.name != FOLDER:
        return Work(None, f"its files are in {folder}, and its state folder is not known")
    try:
        if not any(one.name == drill for one in words.iterdir()):
            return Work(False)
        with open_file(folder.parent / WORD, follow=False):
            pass
    except OSError as error:
        return Work(None, f"{error.filename or folder.parent} can't be read: {error.strerror}")
    return Work(holder_of(words.parent, drill, patience=0) != "free")


TOLD = "others.json"
"""File in the state folder: the leftovers of other state folders' drills, as last seen."""


class Stays(msgspec.Struct, frozen=True, kw_only=True):
    """A leftover that a person has to remove, because this program does not.

    It is either the leftovers of a drill of another state folder on an engine (`drill`, `host`), or
    an unknown entry of the sandboxes folder (`place`).
    """

    drill: str
    host: str
    place: str = ""
    """Path of an unknown entry of the sandboxes folder; then `drill` is empty."""

    @property
    def words(self) -> str:
        if self.place:
            return f"{self.place} is in the sandboxes folder of drills, but may be no sandbox"
        return (
            f"The expired drill {self.drill} of another state folder is still on the engine of"
            f" {self.host}, with the personal data that it had restored"
        )


SEE_HOW = "To see how to remove it: pryv-tui drill clean"


def known_to_stay(state: Path) -> list[Stays]:
    """Read the leftovers that were last seen; empty if the file is missing or unreadable."""
    with contextlib.suppress(OSError, Undecodable):
        return read_json(state / TOLD, list[Stays])
    return []


def strange_ones(state: Path) -> list[Stays]:
    """Return the entries of a state folder's sandboxes folder that are no known sandboxes."""
    return [Stays(drill="", host="", place=str(one)) for one in strange_here(state)]


def note_stays(state: Path, stays: Collection[Stays], asked: Collection[str]) -> None:
    """Record the leftovers that a person has to remove.

    Args:
        stays: those found now.
        asked: the machines whose engines answered. The earlier entries of others are kept.
    """
    known = known_to_stay(state)
    now = sorted(
        {*stays, *(one for one in known if one.host not in asked)},
        key=lambda one: (one.drill, one.host, one.place),
    )
    if now != known:
        # If this can't be written, the next command reports the same again: twice, not never.
        with contextlib.suppress(OSError):
            write_durably(state / TOLD, msgspec.json.encode(now))


def still_stays(site: Site) -> list[Stays]:
    """Return the leftovers that were last seen, without those that have gone from their engine.

    A person may have removed them by hand. An engine is asked only if it has known leftovers; if it
    does not answer, they are kept in the result.
    """
    known = known_to_stay(site.state)
    found = strange_ones(site.state)
    for host in site.hosts:
        here = [one for one in known if one.host == host.name]
        if not here or host.maker is None:
            continue
        try:
            there = {one.drill for one in host.maker.made()}
            there |= {one.drill for one in host.maker.made_networks()}
        except PryvTuiError:
            found += here  # nothing proves that it is gone
            continue
        found += [one for one in here if one.drill in there]
    return found
