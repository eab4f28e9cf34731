"""Remove a sandbox, and find and remove those that dead drills left behind."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec

from pryv_tui.clock import moment_of, timestamp, utc_now
from pryv_tui.decoding import Undecodable, read_json
from pryv_tui.errors import PryvTuiError, all_of
from pryv_tui.filesystem.durable import write_durably
from pryv_tui.hosts.host import Host
from pryv_tui.operations.drilling.facts import Disposal
from pryv_tui.operations.drilling.others import Stays, note_stays, strange_ones, work_in
from pryv_tui.operations.drilling.places import (
    DYING,
    Kept,
    forget,
    forget_unborn,
    holder_of,
    kept_here,
    remove_files,
    strange_here,
)
from pryv_tui.operations.plan import quote
from pryv_tui.operations.site import RUNS, Site
from pryv_tui.phrases import counted

NOT_GONE = "the drill died, but a thread or a child of its worker has not ended yet"
PROOF = "cleared.json"
"""File in the folder of a drill's run: a list of what was removed after the drill died."""


class Cleared(msgspec.Struct, frozen=True, kw_only=True):
    """The result of clearing one sandbox."""

    drill: str
    """The drill's id; empty for an entry of the sandboxes folder that is no known sandbox."""
    gone: tuple[Disposal, ...] = ()
    problem: str = ""
    """The reason why it was not cleared; empty if it was, or if `goes_on`."""
    goes_on: bool = False
    """Whether its drill is still running: then the sandbox is left alone."""
    others: bool = False
    """Whether the sandbox belongs to another state folder (of another user or machine), or the
    entry is no known sandbox."""

    @property
    def words(self) -> str:
        if self.goes_on:
            return f"The drill {self.drill} is still running: its sandbox is left alone."
        if self.problem and not self.drill:
            return f"{self.problem}."
        if self.problem:
            return f"The sandbox of the drill {self.drill} is still there: {self.problem}."
        many = counted(sum(one.container for one in self.gone), "container")
        nets = sum(one.network for one in self.gone)
        also = f", {counted(nets, 'network')}" if nets else ""
        if not any(not (one.container or one.network) for one in self.gone):
            # Only the drill's own state folder knows where its files are.
            return (
                f"The sandbox of the drill {self.drill}, which had expired, is gone:"
                f" {many}{also}. Its files stay: they belong to another state folder."
            )
        return f"The sandbox of the drill {self.drill} is gone: {many}{also}, and its files."


def clear(host: Host, kept: Kept) -> list[Disposal]:
    """Remove a drill's containers, networks and files; return each with the proof that it is gone.

    A container or network that can't be removed does not stop the removal of the others. The files
    are removed only when all containers and networks are gone.

    Raises:
        PryvTuiError: something can't be removed, or is still there afterwards; several errors are
            joined into one.
    """
    maker = host.maker
    if maker is None:
        raise PryvTuiError("step-failed", f"the sandboxes on {host.name} can't be checked")
    # Look for their labels too: a drill that died may not have recorded all of them.
    there = {one.name for one in maker.made() if one.drill == kept.drill}
    names = sorted({*there, *kept.names})
    with ThreadPoolExecutor(max(1, len(names))) as pool:
        asked = [pool.submit(maker.remove, name, kept.drill) for name in names]
    errors = list(filter(None, (_error_of(one.result) for one in asked)))
    nets = [one.name for one in maker.made_networks() if one.drill == kept.drill]
    for name in sorted(nets):
        error = _error_of(partial(maker.remove_network, name, kept.drill))
        errors += [error] if error is not None else []
    if errors:
        raise all_of(errors)
    left = [one.name for one in maker.made() if one.drill == kept.drill]
    left += [one.name for one in maker.made_networks() if one.drill == kept.drill]
    if left:
        raise PryvTuiError("step-failed", f"{', '.join(left)} of the drill is still there")
    remove_files(kept)
    if Path(kept.folder).exists():
        raise PryvTuiError("step-failed", f"{kept.folder} of the drill is still there")
    when = timestamp()
    gone = [
        Disposal(
            what=f"container {name}",
            when=when,
            proof="not in the engine's list any more",
            container=True,
        )
        for name in sorted(there)
    ]
    gone += [
        Disposal(
            what=f"network {name}",
            when=when,
            proof="not in the engine's list any more",
            network=True,
        )
        for name in sorted(nets)
    ]
    return [*gone, Disposal(what=kept.folder, when=when, proof="no such folder any more")]


def _error_of(act: Callable[[], object]) -> PryvTuiError | None:
    try:
        act()
    except PryvTuiError as error:
        return error
    return None


def clear_left(site: Site, *, of_others: bool = False, patience: float = DYING) -> list[Cleared]:
    """Clear every sandbox whose drill is not running any more. The live platform is not touched.

    Args:
        of_others: ask each engine also for expired containers and networks of drills that this
            state folder does not know, and remove those whose drill is not running.
        patience: seconds to wait for the last threads of a dead worker.
    """
    forget_unborn(site.state)
    found: list[Cleared] = []
    known = kept_here(site.state)
    for kept in known:
        holder = holder_of(site.state, kept.drill, patience=patience)
        if holder == "working":
            found.append(Cleared(drill=kept.drill, goes_on=True))
            continue
        if holder == "dying":
            found.append(Cleared(drill=kept.drill, problem=NOT_GONE))
            continue
        gone: list[Disposal] = []
        problems: list[str] = []
        for host in site.hosts:
            if kept.host in ("", host.name):
                try:
                    gone += clear(host, kept)
                except PryvTuiError as error:
                    problems.append(error.what)
        problem = "; ".join(dict.fromkeys(problems))
        if not gone and not problem:
            problem = f"the machine {kept.host} is not part of this platform"
        if not problem:
            # The drill's record needs the proof of removal, whichever command did the clearing.
            _leave_proof(site.state, kept.drill, gone)
            forget(site.state, kept.drill)
        found.append(Cleared(drill=kept.drill, gone=tuple(gone), problem=problem))
    if of_others:
        found += [
            Cleared(drill="", problem=_strange(place), others=True)
            for place in strange_here(site.state)
        ]
        found += _expired(site, {kept.drill for kept in known})
    return found


def _strange(place: Path) -> str:
    return (
        f"{place} is in the sandboxes folder but may be no sandbox: it names no drill, and"
        " no run has its name. It is left alone; find out what it is, and move it elsewhere"
    )


def worth_telling(known: Collection[Stays], found: Sequence[Cleared]) -> list[Cleared]:
    """Return those results of a clearing that are shown to an operator who ran another command.

    Results about own sandboxes, and about anything removed, are always shown. Leftovers of another
    state folder are shown only the first time: `status`, the overview and `doctor` always show
    them, and `drill clean` and `recover` say how to remove them. Running drills of other state
    folders are not shown.

    Args:
        known: the leftovers that were known before this clearing.
    """
    old = {one.drill for one in known if one.drill}
    places = [one.place for one in known if one.place]

    def is_old(one: Cleared) -> bool:
        return one.drill in old or any(one.problem == _strange(Path(each)) for each in places)

    return [one for one in found if not one.others or one.gone or not (one.goes_on or is_old(one))]


def _leave_proof(state: Path, drill: str, gone: list[Disposal]) -> None:
    folder = state / RUNS / drill
    if folder.is_dir():
        # If this can't be written, the record only says "not known"; the data is removed anyway.
        with contextlib.suppress(OSError):
            write_durably(folder / PROOF, msgspec.json.encode(gone))


def proof_of(run: Path) -> list[Disposal]:
    """Read the list of what was removed after a drill died; empty if nothing was recorded.

    Args:
        run: the folder of the drill's run.
    """
    try:
        return read_json(run / PROOF, list[Disposal])
    except (OSError, Undecodable):
        return []


class _Left(NamedTuple):
    """The expired containers and networks of one drill on one engine, by name."""

    containers: tuple[str, ...]
    networks: tuple[str, ...]


def _expired(site: Site, known: set[str]) -> list[Cleared]:
    """Remove expired containers and networks of drills that this state folder does not know.

    They are kept if their drill is running, or if that is not known; the result says which. Those
    that a person has to remove are recorded (`note_stays`).
    """
    found: list[Cleared] = []
    stays = strange_ones(site.state)
    asked: list[str] = [""]
    for host in site.hosts:
        if host.maker is None:
            continue
        before = len(found)
        try:
            made, nets = host.maker.made(), host.maker.made_networks()
        except PryvTuiError:
            continue  # an engine that does not answer is reported by the commands that need it
        every = [(one.drill, one.expires, one.folder) for one in made]
        every += [(one.drill, one.expires, one.folder) for one in nets]
        over = (drill for drill, expires, _ in every if drill not in known and _over(expires))
        for drill in dict.fromkeys(over):
            left = _Left(
                tuple(one.name for one in made if one.drill == drill and _over(one.expires)),
                tuple(one.name for one in nets if one.drill == drill and _over(one.expires)),
            )
            work = work_in(host, drill, (folder for of, _, folder in every if of == drill))
            if work.going_on:
                found.append(Cleared(drill=drill, goes_on=True, others=True))
            elif work.going_on is None:
                by_hand = _by_hand(left, work.why)
                found.append(Cleared(drill=drill, problem=by_hand, others=True))
            else:
                found.append(_remove_of_other(host, drill, left))
        asked.append(host.name)
        stays += [Stays(drill=one.drill, host=host.name) for one in found[before:] if one.problem]
    note_stays(site.state, stays, asked)
    return found


def _by_hand(left: _Left, why: str) -> str:
    removed = [quote("docker", "rm", "-f", "-v", *left.containers)] if left.containers else []
    removed += [quote("docker", "network", "rm", *left.networks)] if left.networks else []
    return (
        "it has expired, but it is not known here whether its drill is still running:"
        f" {why}. If it is not: {'; '.join(removed)}"
    )


def _remove_of_other(host: Host, drill: str, left: _Left) -> Cleared:
    """Remove the leftovers of a drill of another state folder, and check that they are gone."""
    maker = host.maker
    assert maker is not None
    removed = [partial(maker.remove, name, drill) for name in left.containers]
    removed += [partial(maker.remove_network, name, drill) for name in left.networks]
    wrong = [str(error.what) for error in map(_error_of, removed) if error is not None]
    try:
        there = {one.name for one in maker.made() if one.drill == drill}
        there |= {one.name for one in maker.made_networks() if one.drill == drill}
    except PryvTuiError as error:
        wrong.append(f"it could not be checked whether it is gone: {error.what}")
        there = {*left.containers, *left.networks}
    else:
        still = sorted(there & {*left.containers, *left.networks})
        if still and not wrong:
            wrong.append(f"{', '.join(still)} of the drill is still there")
    when = timestamp()
    proof = "it had expired, and is not in the engine's list any more"
    gone = [
        Disposal(what=f"container {name}", when=when, proof=proof, container=True)
        for name in left.containers
        if name not in there
    ]
    gone += [
        Disposal(what=f"network {name}", when=when, proof=proof, network=True)
        for name in left.networks
        if name not in there
    ]
    problem = "; ".join(dict.fromkeys(wrong))
    return Cleared(drill=drill, gone=tuple(gone), problem=problem, others=True)


def _over(expires: str) -> bool:
    until = moment_of(expires)
    return until is not None and until <= utc_now()
