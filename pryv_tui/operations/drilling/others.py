"""Sandboxes on an engine that this state folder does not know: whether anybody works in them.

Whose time is over by its own label may be at work all the same: a drill of a large set is not ended
by a clock. Its worker is seen among this machine's processes, or the lock of its sandbox is held,
beside the folder that its containers and networks name. That nobody works there is told by that
lock alone, which is free, or by a state folder that knows nothing of it any more: what says that
there is a sandbox is written before anything of it is made, and goes last.
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
    """Whether its engine is of this machine: so are the processes and folders of its drills."""
    return host.practice or host.engine.url.startswith("unix:")


class Work(NamedTuple):
    """Whether somebody works in a sandbox."""

    going_on: bool | None
    """None: nothing tells it."""
    why: str = ""
    """Why nothing does."""


def work_in(host: Host, drill: str, folders: Iterable[str]) -> Work:
    """Tell whether somebody works in a sandbox that belongs to another state folder.

    Args:
        host: the host on whose engine the sandbox is; nothing is known unless that engine is on
            this machine.
        folders: where the sandbox's files lie, as its containers and networks say.
    """
    if not is_here(host):
        return Work(None, f"it is on {host.name}, and whoever works in it is seen there alone")
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
"""In the state folder: what is left of drills of others and stays, as of the last look."""


class Stays(msgspec.Struct, frozen=True, kw_only=True):
    """What a drill of another state folder left on an engine, and that a person has to remove."""

    drill: str
    host: str
    place: str = ""
    """What lies among the sandboxes and is not known to be one; then there is no drill."""

    @property
    def words(self) -> str:
        if self.place:
            return f"{self.place} lies among the sandboxes of drills and is not known to be one"
        return (
            f"A drill of another state folder, {self.drill}, whose time is over, is still on the"
            f" engine of {self.host}, with what it had restored of people's data"
        )


SEE_HOW = "See how it is removed: pryv-tui drill clean"


def known_to_stay(state: Path) -> list[Stays]:
    """What stayed when somebody looked last. Where that can't be read, nothing is known."""
    with contextlib.suppress(OSError, Undecodable):
        return read_json(state / TOLD, list[Stays])
    return []


def strange_ones(state: Path) -> list[Stays]:
    """What lies among the sandboxes of a state folder and is not known to be one."""
    return [Stays(drill="", host="", place=str(one)) for one in strange_here(state)]


def note_stays(state: Path, stays: Collection[Stays], asked: Collection[str]) -> None:
    """Write down what stays.

    Args:
        asked: the machines whose engine has answered: of the others it is as it was.
    """
    known = known_to_stay(state)
    now = sorted(
        {*stays, *(one for one in known if one.host not in asked)},
        key=lambda one: (one.drill, one.host, one.place),
    )
    if now != known:
        # Where it can't be written it is told as new once more: better twice than never.
        with contextlib.suppress(OSError):
            write_durably(state / TOLD, msgspec.json.encode(now))


def still_stays(site: Site) -> list[Stays]:
    """What is known to stay, and is not seen to be gone by now: somebody may have removed it by
    hand. No engine is asked where nothing is known."""
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
            found += here  # nothing tells that it is gone
            continue
        found += [one for one in here if one.drill in there]
    return found
