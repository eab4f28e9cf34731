"""Items that need a person on a machine: its containers, and content that runs moved aside
there."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import structs

from pryv_tui import own_folder
from pryv_tui.hosts.deployment import HostState
from pryv_tui.hosts.engine import Container
from pryv_tui.operations.acceptance import (
    Accepted,
    accept_command,
    fingerprint,
    key_of,
    or_accept,
)
from pryv_tui.operations.activity import Doing
from pryv_tui.operations.advice import Advice
from pryv_tui.operations.commands import confirm_words, container_command
from pryv_tui.operations.emptied.files import begin_with_nothing, stores_of
from pryv_tui.operations.root.aside import RELEASING, kept_folders, parts_of
from pryv_tui.operations.root.kept import Story, undone_words
from pryv_tui.operations.root.marker import read_marker
from pryv_tui.operations.root.where import lying_words
from pryv_tui.operations.sets.gone_again import gone_again, undo_command
from pryv_tui.operations.sets.missing_roles import bare_roles, own_of, services_of
from pryv_tui.sanitize import one_line

Level = Literal["info", "warning", "failed"]


class Attention(msgspec.Struct, frozen=True):
    """An item that needs a person."""

    level: Level
    text: str
    remedy: str
    key: str = ""
    """The key by which a person may accept the item; empty if it can't be accepted."""
    about: str = ""
    """A short form of the item's facts (`fingerprint`): an acceptance ends when they change."""
    accepted: str = ""
    """Who accepted the item and when; then it is a note. Empty if nobody did."""
    offered: bool = False
    """Whether `remedy` already says how the item can be accepted."""
    old_backup: bool = False
    """Whether the item is about an old last backup."""
    but: str = ""
    """Only for a note: what has to be added wherever "nothing urgent" is said."""
    run: str = ""
    """The run whose end the item reports; empty if none."""
    of_roles: bool = False
    """Whether the item is about a role, or something that the role's users need, that is missing
    or does not work."""
    advice: Advice | None = None
    """The advice as data; only for a run's half-done work."""

    def __post_init__(self) -> None:
        for name in ("text", "remedy", "accepted"):
            structs.force_setattr(self, name, one_line(getattr(self, name)))


def attention_json(item: Attention) -> dict[str, Any]:
    """An item in the form of `status --json`; one that can't be accepted has no `key` there."""
    told: dict[str, Any] = {"level": str(item.level), "text": item.text, "remedy": item.remedy}
    more = {"key": item.key, "about": item.about, "accepted": item.accepted}
    if item.advice is not None:
        told |= {"advice": msgspec.to_builtins(item.advice)}
    return {**told, **{name: value for name, value in more.items() if value}}


def of_roles(items: Iterable[Attention]) -> list[Attention]:
    """Return the items, each with `of_roles` set."""
    return [msgspec.structs.replace(item, of_roles=True) for item in items]


def settled(items: Iterable[Attention], accepted: Accepted) -> list[Attention]:
    """Return the items: accepted ones become notes, the others say how to accept them."""
    return [_settled(item, accepted) for item in items]


def _settled(item: Attention, accepted: Accepted) -> Attention:
    if item.level == "info" or not item.key:
        return item
    said = accepted.of(item.key, item.about)
    if said is not None:
        return structs.replace(
            item,
            level="info",
            text=f"{item.text.removesuffix('.')}; {said.words}.",
            remedy=f"To make it a warning again: {accept_command(item.key, back=True)}",
            accepted=said.words,
        )
    if item.offered:
        return item
    return structs.replace(item, remedy=or_accept(item.remedy, item.key), offered=True)


def host_attention(
    state: HostState,
    domain: str,
    doing: Sequence[Doing],
    stories: Mapping[str, Story],
    gone: Mapping[str, Sequence[str]] | None = None,
    told: Collection[str] = (),
    away: Collection[str] = (),
) -> list[Attention]:
    """The items that need a person on one machine.

    Args:
        doing: what runs are doing now, or have left half-done.
        stories: what the known runs did, by their ids.
        gone: see `gone_by_undo`; None: only the losses of this machine are known.
        told: restores whose content moved aside on this machine is reported elsewhere.
        away: roles that a person accepted as gone from here: nobody misses their containers.
    """
    found: list[Attention] = []
    if not state.reachable:
        found.append(Attention("failed", f"{state.name}: {state.problem}", state.remedy))
    for text in state.disagreements:
        found.append(
            Attention(
                "warning",
                f"{state.name}: {text}",
                "Make sure that this is the installation that you mean.",
                # The same key as in `doctor`, so that a person accepts it only once.
                key_of("root", state.name),
                fingerprint(str(state.root_path), *state.disagreements),
            )
        )
    root = Path(state.root) if state.root else None
    marker = read_marker(root) if root and state.root_exists else None
    if marker and not any(d.replaces(state.name, str(root), marker.run) for d in doing):
        found.append(
            Attention(
                "failed",
                f"{state.name}: {state.root} is half-restored (run {marker.run}).",
                "Finish it, or put back what was there before: pryv-tui recover",
            )
        )
    found += _down_attention(state, doing, stories, away)
    if root and state.root_exists:
        busy = frozenset(run for d in doing for run in d.about)
        found += _kept_attention(state, root, domain, busy, stories, gone or {}, told)
    return found


def _down_attention(
    state: HostState,
    doing: Sequence[Doing],
    stories: Mapping[str, Story],
    away: Collection[str] = (),
) -> list[Attention]:
    """Warnings about containers that are not running: one for each, or one for a whole role.

    A role with several containers gets a single warning if none of its own is running.
    """
    unmissed = {service for role in away for service in services_of(state, role)}
    down = [
        container
        for container in state.containers
        if not container.running
        and container.service not in unmissed
        and not any(d.holds(state.name, container) for d in doing)
    ]
    found: list[Attention] = []
    bare = (
        bare_roles(state.root_path, state.roles, own_of(state))
        if state.root and state.root_exists
        else ()
    )
    for role in state.roles:
        alone = services_of(state, role)
        mine = [container for container in state.containers if container.service in alone]
        if len(mine) < 2 or not all(container in down for container in mine):
            continue
        down = [container for container in down if container not in mine]
        names = ", ".join(container.service for container in mine)
        text = f"{state.name}: none of the {len(mine)} containers of {role} is running ({names})"
        stopped = _stopped_by(state.name, [container.name for container in mine], stories)
        if role in bare:
            text += "; its files are missing"
            remedy = (
                f"Restore a set that holds {role}: pryv-tui list. Don't start its containers"
                " before that: they would start with no data."
                if begin_with_nothing(state, stores_of(role))
                else f"Restore a set that holds {role}: pryv-tui list. Don't start its containers"
                " before that."
            )
        else:
            text += f": {stopped.words('them')}" if stopped is not None else ""
            remedy = f"Read a log: {container_command('logs', mine[0].name, state.name)}"
        found.append(
            Attention(
                "warning",
                f"{text}.",
                remedy,
                *(() if role in bare else down_key(state.name, role, mine)),
            )
        )
    for container in down:
        log = container_command("logs", container.name, state.name)
        what = f"{state.name}: {container.name} is {container.state}."
        key = down_key(state.name, container.name, [container])
        without = [role for role in bare if container.service in services_of(state, role)]
        remedy = f"Read its log: {log}"
        tried = _not_started(state.name, container.name, stories)
        if tried is not None:
            # If the engine refused to start it, its log says nothing about that.
            what = f"{what.removesuffix('.')}, and could not be started: {tried.why}."
            remedy = tried.remedy or remedy
        elif (by := _stopped_by(state.name, [container.name], stories)) is not None:
            what = f"{what.removesuffix('.')}: {by.words('it')}."
            start = container_command("start", container.name, state.name)
            remedy = f"Start it: {start}; to see why it did not start: {by.result}"
        if without:
            lost = ", ".join(without)
            remedy = (
                f"The files of {lost} are missing, so it would start with no data. Restore a set"
                f" that holds {lost}: pryv-tui list"
                if begin_with_nothing(state, (container.service,))
                else f"The files of {lost} are missing. Restore a set that holds {lost}: pryv-tui"
                " list"
            )
        found.append(Attention("warning", what, remedy, *(() if without else key)))
    return found


class _StoppedBy(NamedTuple):
    """A run that stopped containers and did not start them again."""

    run: str
    story: Story

    def words(self, it: str) -> str:
        why = f" ({self.story.ended_why.rstrip('.')})" if self.story.ended_why else ""
        return f"the {self.story.kind} {self.run} stopped {it}, and has not started {it} again{why}"

    @property
    def result(self) -> str:
        return f"pryv-tui attach {self.run}"


def _stopped_by(host: str, names: Sequence[str], stories: Mapping[str, Story]) -> _StoppedBy | None:
    """The newest run that stopped all these containers and has not started them; else None."""
    wanted = {(host, name) for name in names}
    for run, story in reversed([*stories.items()]):
        if wanted <= set(story.left_down):
            return _StoppedBy(run, story)
    return None


def _not_started(host: str, name: str, stories: Mapping[str, Story]) -> Story | None:
    """The last act on a container, if it could not start the container; else None."""
    acts = (one for one in reversed([*stories.values()]) if one.switched == (host, name))
    last = next(acts, None)
    return last if last is not None and last.why else None


def down_key(host: str, what: str, down: Sequence[Container]) -> tuple[str, str]:
    """The key and the facts by which a person accepts that containers are not running.

    The facts include the state of each: if a stopped container begins to restart again and again,
    the acceptance is no longer valid.
    """
    return key_of("down", host, what), fingerprint(*sorted(f"{c.name} {c.state}" for c in down))


def _whole(run: str, stories: Mapping[str, Story]) -> str:
    """The run to name in `undo` or `release` for the content that a given run moved aside.

    That is the run itself, or the one that continued it.
    """
    story = stories.get(run)
    return story.taken_by if story is not None and story.taken_by else run


def gone_by_undo(
    hosts: Iterable[HostState], stories: Mapping[str, Story]
) -> dict[str, tuple[str, ...]]:
    """For each restore, the roles that an undo of it would leave without files, on all machines."""
    found: dict[str, dict[str, None]] = {}
    for state in hosts:
        root = Path(state.root) if state.root and state.root_exists else None
        for path in kept_folders(root) if root is not None else ():
            if root is not None and path.parent.name == own_folder.ASIDE:
                run = own_folder.run_of(path)
                gone = gone_again(root, own_folder.aside(root, run), state.roles)
                found.setdefault(_whole(run, stories), {}).update(dict.fromkeys(gone))
    return {run: tuple(roles) for run, roles in found.items()}


def holding_nothing(
    hosts: Iterable[HostState], busy: Collection[str] = ()
) -> list[tuple[HostState, str]]:
    """The machines on which a restore's folder for moved content is empty, each with the run.

    Args:
        busy: runs whose work is not settled; they are left out.
    """
    found = []
    for state in hosts:
        root = Path(state.root) if state.root and state.root_exists else None
        for path in kept_folders(root) if root is not None else ():
            run = own_folder.run_of(path)
            bare = path.parent.name == own_folder.ASIDE and path.name == run
            if bare and run not in busy and not any(_entries(part) for part in parts_of(path)):
                found.append((state, run))
    return found


def _entries(folder: Path) -> bool:
    """Whether a folder has any entries; True if it can't be read."""
    try:
        return any(folder.iterdir())
    except OSError:
        return True


def empty_ones(
    bare: Sequence[tuple[HostState, str]], domain: str, stories: Mapping[str, Story]
) -> Attention:
    """One note about all empty folders of `holding_nothing`, instead of a similar line per machine.

    It does not say that they were empty from the start: that can't be seen now.
    """
    runs = list(dict.fromkeys(_whole(run, stories) for _, run in bare))
    machines = ", ".join(dict.fromkeys(state.name for state, _ in bare))
    releases = "; ".join(f"pryv-tui release {run} --confirm {shlex.quote(domain)}" for run in runs)
    return Attention(
        "info",
        f"{len(bare)} folders into which restores moved former content are empty now"
        f" ({machines}; {', '.join(runs)}).",
        f"Once you know that the platform works well, remove them for good: {releases}",
    )


def _kept_attention(
    state: HostState,
    root: Path,
    domain: str,
    busy: frozenset[str],
    stories: Mapping[str, Story],
    gone: Mapping[str, Sequence[str]],
    told: Collection[str],
) -> list[Attention]:
    """Items about content that runs have moved aside in a root: how to put it back or remove it.

    Args:
        told: runs that another item reports already.
    """
    kept = kept_folders(root)
    going = {path.name.removesuffix(RELEASING) for path in kept if path.name.endswith(RELEASING)}
    found: list[Attention] = []
    for where, run in sorted({(path.parent.name, own_folder.run_of(path)) for path in kept}):
        if run in busy or (where == own_folder.ASIDE and run in told):
            # The content can't be put back or removed before that run's work is settled.
            continue
        release = f"pryv-tui release {run} --confirm {shlex.quote(domain)}"
        if run in going:
            text, remedy = (
                f"the content that the run {run} moved aside is half removed.",
                f"Remove it: {release}",
            )
        elif where == own_folder.UNDONE:
            text, remedy = undone_words(run, stories.get(run), release, confirm_words(domain))
        else:
            here = gone_again(root, own_folder.aside(root, run), state.roles)
            without = f"; it has no {', '.join(here)}, as before that run" if here else ""
            text = f"{lying_words(root, own_folder.aside(root, run), run)}{without}."
            whole = _whole(run, stories)
            lacks = gone.get(whole, here)
            release = f"pryv-tui release {whole} --confirm {shlex.quote(domain)}"
            undo = undo_command(whole, domain, lacks)
            remedy = f"Put it back: {undo}; or remove it for good: {release}"
            if lacks:
                # The content moved aside is the state after the disaster: hardly anybody wants it
                # back.
                remedy = (
                    f"Once you know that the platform works well, remove it for good: {release};"
                    f" or put it back ({', '.join(lacks)} will be gone again): {undo}"
                )
        story = stories.get(run) if where == own_folder.UNDONE else None
        # Data newer than the set exists nowhere else, so this is more than a note.
        level: Level = "warning" if story is not None and story.newer else "info"
        found.append(Attention(level, f"{state.name}: {text}", remedy))
    return found
