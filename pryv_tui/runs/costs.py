"""What each choice costs after a run stopped half-way, and what an undo costs, in counts.

How long users are without the service, so far and as expected; how many of their records are moved
aside, and how many are there again."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from pryv_tui.clock import moment_of, now_seconds, shown
from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.advice import Choice, Facts, Way
from pryv_tui.operations.comparing.amounts import Amount
from pryv_tui.operations.facts import NewerFound
from pryv_tui.operations.kind import kind_of
from pryv_tui.operations.plan import Plan
from pryv_tui.operations.site import Site
from pryv_tui.phrases import counted
from pryv_tui.platform.gap import span
from pryv_tui.runs.record.chain import chain_of, newer_before
from pryv_tui.runs.record.history import RunRecord, all_runs
from pryv_tui.runs.record.undos import together

NOUNS = {"recover": "recovery"}
ONE = {"accounts": "account", "events": "event", "attachments": "attachment", "points": "point"}
NOT_COUNTED = "the amount was not counted"


def priced(
    facts: Facts, state: Path, roles: Sequence[str] = (), domain: str = "", now: float | None = None
) -> Facts:
    """Return the facts with how long users are without the service: so far, and per choice.

    Args:
        roles: the roles concerned; the last run with exactly these roles tells best how long one
            takes.
        domain: only runs of this platform are used; empty: all known runs.
        now: seconds since 1970; None: the present time.
    """
    if not facts.ways:
        return facts
    records = [one for one in all_runs(state) if not domain or one.domain == domain]
    by_now = _by_now(facts, now_seconds() if now is None else now)
    ways: dict[Way, Choice] = {}
    for way, choice in facts.ways.items():
        kind = kind_of(facts.kind).settled_by.get(way, "recover")
        down = _down(facts, by_now, kind, _last(records, kind, roles), roles)
        ways[way] = msgspec.structs.replace(choice, cost=f"{down} {choice.cost}")
    return msgspec.structs.replace(facts, ways=ways, by_now=by_now)


def _by_now(facts: Facts, now: float) -> str:
    """Return for how long the service has been down; empty if that is not known, or nothing is
    down."""
    since = moment_of(facts.since) if facts.since and facts.down else None
    if since is None or (seconds := now - since.timestamp()) < 0:
        return ""
    return "under a minute by now" if seconds < 60 else f"{_whole_minutes(seconds)} by now"


def _whole_minutes(seconds: float) -> str:
    """Return a duration without seconds: for something that is still running, they are wrong as
    soon as they are read."""
    minutes = int(seconds // 60)
    if minutes < 120:
        return f"{minutes} min"
    if minutes < 2880:
        return f"{minutes // 60} h" + (f" {minutes % 60} min" if minutes % 60 else "")
    return counted(minutes // 1440, "day")


def _last(records: Sequence[RunRecord], kind: str, roles: Sequence[str]) -> RunRecord | None:
    """Return the last run of a kind that came to its end; if possible, one with exactly these
    roles."""
    ended = [
        one
        for one in reversed(records)
        if one.kind == kind
        and one.outcome in ("complete", "warnings")
        and _seconds(one) is not None
    ]
    same = [one for one in ended if set(one.roles) == set(roles)]
    return next(iter(same or ended), None)


def _seconds(record: RunRecord) -> float | None:
    began, ended = moment_of(record.started), moment_of(record.finished)
    if began is None or ended is None or ended < began:
        return None
    return (ended - began).total_seconds()


def _down(
    facts: Facts, by_now: str, kind: str, last: RunRecord | None, roles: Sequence[str]
) -> str:
    """Return for how long the service is down, in a sentence: so far, and until a choice is
    done."""
    noun = NOUNS.get(kind, kind)
    seconds = _seconds(last) if last is not None else None
    if last is None or seconds is None:
        why = f"no {noun} has ended here yet"
        more = ""
    else:
        others = f" of {', '.join(last.roles)}" if set(last.roles) != set(roles) else ""
        took = f"if it takes as long as the last {noun}{others}"
        more = f"about {span(max(1, round(seconds)))}"
    if by_now and more:
        return f"Down {by_now}; {more} more {took}."
    if by_now:
        return f"Down {by_now}; it is not known how much longer: {why}."
    if facts.down or facts.lacks or facts.unseen:
        if more:
            return f"Down; it is not known for how long so far; {more} more {took}."
        return f"Down; it is not known for how long so far, nor how much longer: {why}."
    return (
        f"Down {more} {took}."
        if more
        else (f"It is not known how long services will be down: {why}.")
    )


# --- what goes, and what is there again -----------------------------------------------------------


def newer_known(site: Site, record: RunRecord, set_id: str) -> list[NewerFound]:
    """Return the records counted as newer than the set by the runs that stopped half-way.

    Args:
        record: the restore or undo that stopped half-way.
    """
    every = together if record.kind == "undo" else chain_of
    return newer_before(every(site.state, record), set_id) if set_id else []


def finish_costs(
    site: Site,
    set_id: str,
    roles: Sequence[str] = (),
    newer: Sequence[NewerFound] = (),
) -> str:
    """Return what it costs to finish a restore, in a sentence.

    Each role goes back to its own moment, which is not the moment when the set's backup ended.

    Args:
        roles: the roles that were chosen; empty: all roles of the set.
        newer: the records that were counted as newer than the set.
    """
    # Loaded here: the code that compares sets is slow to load, and the first screen needs none of
    # it.
    from pryv_tui.operations.comparing.set_side import role_moments

    manifest = site.vault.resolve(set_id).manifest
    moments: dict[str, list[str]] = {}
    if manifest is not None:
        known = role_moments(manifest, [part.name for part in manifest.hosts])
        for role in roles or manifest.roles:
            moments.setdefault(shown(known.get(role) or manifest.created), []).append(role)
    if len(moments) > 1:
        each = ", ".join(f"after {at} to {' and '.join(of)}" for at, of in moments.items())
    else:
        each = f"after {next(iter(moments), 'the set was made')}"
    return f"Data written {each} is not in the set: {amounts(newer)}."


def back_costs(newer: Sequence[NewerFound], gone: Sequence[str] = ()) -> str:
    """Return what it costs to put back what was there before a restore, in a sentence.

    Args:
        gone: roles that would be gone again, since they had no content before.
    """
    there = [one for one in newer if one.role not in gone]
    if newer and not there:
        return "Nothing is deleted."
    return f"Nothing is deleted; data newer than the set comes back: {amounts(there)}."


def undo_costs(newer: Sequence[NewerFound], *, of_undo: bool = False) -> str:
    """Return what an undo costs, or what it costs to finish one, in a sentence.

    Args:
        of_undo: the run that is undone is itself an undo; then not all that is newer than the set
            was written since.
    """
    if of_undo:
        return f"Nothing is deleted; data newer than the set is moved aside: {amounts(newer)}."
    return f"Nothing is deleted; data written after the restore is moved aside: {amounts(newer)}."


def with_undo_costs(site: Site, deployment: Deployment, plan: Plan) -> Plan:
    """Return an undo's plan with its costs as the first effect. The undo has not begun.

    The stores are asked now how much the undo would move aside. If that fails, the undo is still
    possible."""
    from pryv_tui.operations.steps.bringing_back.ask_newer import AskNewer

    newer: list[NewerFound] = []
    asking = next((step for step in plan.steps if isinstance(step, AskNewer)), None)
    if asking is not None:
        # As in the step itself: if stores can't be asked, the amounts are not known.
        with contextlib.suppress(Exception):
            newer = list(asking.counted(site, deployment, lambda _told: None))
    records = [one for one in all_runs(site.state) if one.domain == plan.domain]
    facts = Facts(run="", kind="undo", what="", half=False)
    down = _down(facts, "", "undo", _last(records, "undo", plan.roles), plan.roles)
    costs = f"{down} {undo_costs(newer, of_undo=plan.of_an_undo)}"
    return msgspec.structs.replace(plan, effects=(costs, *plan.effects))


def amounts(found: Sequence[NewerFound]) -> str:
    """Return how many records of each kind there are, on all machines together. Kinds with unknown
    numbers are named."""
    if not found:
        return NOT_COUNTED
    told, dark = [], []
    for what, role in dict.fromkeys((one.what, one.role) for one in found):
        mine = [one for one in found if (one.what, one.role) == (what, role)]
        of = f" of {role}" if what == "accounts" else ""
        number = sum(one.number or 0 for one in mine)
        blind = any(one.number is None for one in mine)
        why = "it" if blind or any(one.why for one in mine) else ""
        fewer = "it" if any(one.fewer for one in mine) else ""
        if number:
            lead = Amount(number=number, why=why, fewer=fewer).lead
            told.append(f"{lead}{counted(number, ONE.get(what, what), what)}{of}")
        elif why:
            dark.append(f"{what}{of}")
    if dark:
        told.append(f"{'and ' if told else ''}{', '.join(dark)}: not known")
    return ", ".join(told) or "none was found in the data that was compared"
