"""Facts about the work that a run left half-done. Advice is made of these facts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from pryv_tui import own_folder
from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.hosts.discovery import MACHINE_NAME
from pryv_tui.operations.advice import UNTOLD, Choice, Facts, Way
from pryv_tui.operations.commands import confirm_words
from pryv_tui.operations.comparing.theirs import mine
from pryv_tui.operations.debts import DOWN_DEBTS, Owed, containers_down
from pryv_tui.operations.kind import Request, kind_of
from pryv_tui.operations.kinds.restore import Restore
from pryv_tui.operations.overview.serving import serving
from pryv_tui.operations.overview.serving_words import role_words
from pryv_tui.operations.plan import quote
from pryv_tui.operations.root.aside import absent, still_aside
from pryv_tui.operations.root.where import was_empty
from pryv_tui.operations.sets.gone_again import gone_by_host
from pryv_tui.operations.sets.own import own_sets, told_domain
from pryv_tui.operations.site import Site
from pryv_tui.runs.costs import back_costs, finish_costs, newer_known, priced, undo_costs
from pryv_tui.runs.on_disk import HalfRoot
from pryv_tui.runs.record.history import RunRecord, debts_of, runs_folder, state_of
from pryv_tui.runs.record.stops import stopped_at, stops_of, story_of
from pryv_tui.vault.set_files import GUIDE


def of_debts(record: RunRecord, names: str, deployment: Deployment) -> Facts:
    """Return the facts about a run that changed no root but still has something to put back.

    Args:
        names: what the run still has to put back, in words.
    """
    died = record.state == "died"
    how = "died. It still had to" if died else "has ended and could not"
    made = (
        " The set that it was making is not completed." if kind_of(record.kind).makes_a_set else ""
    )
    return Facts(
        run=record.id,
        kind=record.kind,
        what=f"The {record.kind} {record.id} {how} put back: {names}.",
        half=False,
        ways={
            "roll-back": Choice(
                does="Start what ran before, and put the dump folders back as they were.",
                cost=f"Nothing is deleted, and no data is replaced.{made if died else ''}",
            )
        },
        domain=deployment.domain,
    )


BEGIN_ANEW = (
    "Instead of finishing it, start again from the beginning: restore a set. To see the sets:"
    " pryv-tui list."
)


_FINISH_UNDO = "Continue putting the former content back, then start the containers that ran."


def _no_set(set_id: str) -> str:
    named = f"the set {set_id}" if set_id else "its set"
    return f"It can't be finished: {named} is not there, or can't be restored."


def _gone(deployment: Deployment, asides: Sequence[Owed]) -> tuple[str, ...]:
    """Return the roles that would be gone again if these folders were put back."""
    found = gone_by_host(deployment, asides)
    return tuple(dict.fromkeys(role for roles in found.values() for role in roles))


def third_way(
    site: Site,
    deployment: Deployment,
    run: str,
    set_id: str,
    asides: Sequence[Owed],
    roles: Sequence[str] = (),
    *,
    undoes: bool = False,
) -> str:
    """Return what else is possible if neither finishing nor rolling back works, in sentences.

    Restore another set over the half-done state, follow the set's own guide by hand, or ask Pryv's
    support.

    Args:
        roles: the roles that were chosen; empty: all roles of the set.
        undoes: the half-done run is an undo; no restore may be started over it.
    """
    try:
        sets = mine(site, deployment, site.vault.sets())
    except PryvTuiError:
        sets = []
    tried = next((one for one in sets if one.id == set_id), None)
    wanted = set(roles or (tried.manifest.roles if tried and tried.manifest else ()))
    own = own_sets(sets, told_domain(deployment), practice=site.practice)
    others = [
        one
        for one in own
        if one.id != set_id and one.manifest and wanted <= set(one.manifest.roles)
    ]
    words = []
    if others and not undoes:
        newest = others[-1]
        chosen = "".join(f" --role {role}" for role in roles)
        command = f"pryv-tui restore {newest.id}{confirm_words(deployment.domain)}{chosen}"
        words.append(f"A third way is to restore another set over the half-done state: {command}.")
    guide = tried if tried is not None and tried.here else None
    if guide is not None and not undoes:
        page = quote("less", guide.folder / GUIDE)
        words.append(f"By hand, step by step, from the set itself: {page}.")
    lying = [one for one in asides if one.where]
    empty = [one for one in lying if _was_empty(one)]
    if places := ", ".join(f"{one.where} on {one.host}" for one in lying if one not in empty):
        words.append(f"The former content is in {places}, until somebody moves it.")
    if places := ", ".join(f"{one.where} on {one.host}" for one in empty):
        words.append(
            f"{places} is empty: either nothing was there before, or somebody has emptied it since."
        )
    words.append(f"Otherwise ask Pryv's support, and show them: pryv-tui report {run}")
    return " ".join(words)


def _was_empty(aside: Owed) -> bool:
    """Whether the folder for moved content is empty; False if that can't be seen."""
    try:
        return was_empty(Path(aside.what), Path(aside.where))
    except OSError:
        return False


def set_is_there(site: Site, set_id: str) -> bool:
    """Whether a set can be restored now."""
    try:
        return site.vault.resolve(set_id).why_not("restore") is None
    except PryvTuiError:
        return False


def of_root(site: Site, deployment: Deployment, half: HalfRoot) -> Facts:
    """Return the facts about a root that is half-way, judged by the root's content. The journal of
    the run that left it so is not here, or can't be read."""
    kind = "undo" if half.undoes else "restore"
    ways: dict[Way, Choice] = {}
    cant: dict[Way, str] = {}
    aside = Owed(kind="aside", host=half.host, what=half.root, where=half.aside)
    gone = _gone(deployment, [aside]) if half.aside else ()
    if half.undoes and half.aside:
        ways["finish"] = Choice(
            does=_FINISH_UNDO,
            cost=undo_costs(()),
            gone=gone,
        )
    elif half.aside:
        ways["roll-back"] = Choice(
            does=f"Put the content of {half.aside} back, and start the machine's containers (it is"
            " not known which of them ran before). The root's present content is moved aside.",
            cost=back_costs((), gone),
            gone=gone,
        )
    else:
        cant["finish" if half.undoes else "roll-back"] = (
            f"What was moved aside is not in its place: {own_folder.of(Path(half.root))}."
        )
    if not half.undoes:
        if half.set_id and set_is_there(site, half.set_id):
            ways["finish"] = Choice(
                does=f"Restore the set {half.set_id} to the end; the root's present content is"
                " moved aside.",
                cost=finish_costs(site, half.set_id),
            )
        else:
            cant["finish"] = _no_set(half.set_id)
    why = "it has the marker of a run" if half.marked else f"{half.aside} was moved in part"
    here = (runs_folder(site.state) / half.run).is_dir()
    untold = "its journal here does not say, or can't be read" if here else UNTOLD
    state = deployment.host(half.host)
    facts = Facts(
        run=half.run,
        kind=kind,
        what=f"{half.root} on {half.host} is left half-way by the {kind} {half.run}: {why}, and"
        f" {untold}.",
        untold=untold,
        half=True,
        down=tuple(c.name for c in state.containers if not c.running) if state else (),
        unseen=(half.host,) if state is None or not state.reachable else (),
        ways=ways,
        cant=cant,
        domain=deployment.domain,
        third=third_way(
            site,
            deployment,
            half.run,
            half.set_id or "",
            [aside] if half.aside else [],
            undoes=bool(half.undoes),
        ),
    )
    return priced(facts, site.state, domain=deployment.domain)


def of_moved(
    site: Site,
    deployment: Deployment,
    record: RunRecord,
    request: Request,
    moved: list[Owed],
    *,
    kept: bool,
) -> Facts:
    """Return the facts about the roots that a restore or an undo left half-way.

    Args:
        kept: all files are back, and since then only the databases have run on them.
    """
    roots = ", ".join(f"{owed.what} on {owed.host}" for owed in moved)
    how = "died" if record.state == "died" else f"ended ({record.outcome})"
    ways: dict[Way, Choice] = {}
    cant: dict[Way, str] = {}
    gone = _gone(deployment, moved)
    newer = newer_known(site, record, record.set)
    if record.kind == "undo":
        ways["finish"] = Choice(
            does=_FINISH_UNDO,
            cost=undo_costs(newer),
            gone=gone,
        )
    else:
        if all(still_aside(Path(owed.where)) for owed in moved):
            ways["roll-back"] = Choice(
                does="Put back the content from before the restore, then start what ran.",
                cost=back_costs(newer, gone),
                gone=gone,
            )
        else:
            cant["roll-back"] = (
                "It can't be rolled back: the former content is not where it was moved to."
            )
        if set_is_there(site, request.set_id):
            ways["finish"] = Choice(
                does=f"Restore the set {request.set_id} to the end; "
                + (
                    "files and databases that are back are kept and compared."
                    if kept
                    else "content that may not be back yet is copied again; data written there"
                    " since the run stopped is moved aside."
                ),
                cost=finish_costs(
                    site,
                    request.set_id,
                    request.roles if isinstance(request, Restore) else (),
                    newer,
                ),
            )
        else:
            cant["finish"] = _no_set(request.set_id)
    lacking = [str(path) for owed in moved for path in _absent(owed)]
    if not ways:
        cant["finish"] = f"{cant.get('finish', '')} {BEGIN_ANEW}".strip()
    domain: str = deployment.domain
    if deployment.domain_source == MACHINE_NAME and record.domain:
        domain = record.domain
    return Facts(
        run=record.id,
        kind=record.kind,
        what=f"The {record.kind} {record.id} {how} half-way: {roots}.",
        half=True,
        ways=ways,
        cant=cant,
        before=f"Mount what is not mounted any more: {', '.join(lacking)}." if lacking else "",
        domain=domain,
        third=third_way(
            site,
            deployment,
            record.id,
            request.set_id,
            moved,
            request.roles if isinstance(request, Restore) else (),
            undoes=record.kind == "undo",
        ),
    )


def _absent(owed: Owed) -> list[Path]:
    """Return the disks below a root that have a part of what the run moved aside and are not
    mounted now; empty if that can't be checked."""
    try:
        return absent(Path(owed.what), Path(owed.where))
    except OSError:
        return []


def out_of_sight(record: RunRecord, away: Sequence[Owed], deployment: Deployment) -> Facts:
    """Return the facts about a run that stopped half-way and left no trace in its roots: neither
    its mark nor what it moved aside can be seen there."""
    roots = ", ".join(f"{owed.what} on {owed.host}" for owed in away)
    return Facts(
        run=record.id,
        kind=record.kind,
        what=f"The {record.kind} {record.id} stopped half-way, but what it left can't be found:"
        f" neither its marker nor what it had moved aside is in {roots}.",
        half=True,
        before="Check whether the disk of that root is mounted (findmnt), and mount it; if"
        " everything on it is lost, restore a set: pryv-tui list",
        domain=deployment.domain,
    )


def with_story(
    facts: Facts,
    deployment: Deployment,
    record: RunRecord,
    records: Sequence[RunRecord],
    outstanding: Sequence[Owed],
) -> Facts:
    """Return the facts with more: why the run stopped, what was tried since, what is down, and
    since when."""
    story = story_of(record, records)
    owed = {(one.host, one.what) for one in outstanding if one.kind in DOWN_DEBTS}
    for one in story:
        owed |= containers_down(debts_of(one).outstanding) if facts.half else set()
    down, unseen = [], []
    moments = stopped_at(story, owed)
    for host, name in sorted(owed):
        state = deployment.host(host)
        if state is None or not state.reachable:
            unseen.append(host)
            continue
        container = state.named(name)
        if container is None or not container.running or container.state == "paused":
            down.append((host, name))
            # Somebody may have started it after the run stopped it: then the engine knows the later
            # stop.
            if container is not None and container.state in ("exited", "dead") and container.since:
                moments[host, name] = container.since
    times = [moments.get(one, "") for one in down]
    hosts = {one.host for one in outstanding}
    down_there = [state for state in serving(deployment).of("down") if state.host in hosts]
    lacks = [role_words(state, clock=False) for state in down_there]
    several = len({host for host, _ in owed}) > 1
    told = msgspec.structs.replace(
        facts,
        stops=stops_of(record.kind, story),
        down=tuple(f"{name} on {host}" if several else name for host, name in down),
        lacks=tuple(lacks),
        since=min(times, default="") if all(times) else "",
        unseen=tuple(dict.fromkeys(unseen)),
    )
    return priced(told, state_of(record), record.roles, record.domain)
