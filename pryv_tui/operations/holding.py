"""Holds: containers that a backup stops or pauses to close the gap, and releases again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from pryv_tui.clock import timestamp
from pryv_tui.errors import ERRORS, PryvTuiError
from pryv_tui.operations.commands import container_command, or_by_hand
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.site import Site
from pryv_tui.platform.gap import Hold, Moment, Timeline, measure, span


def tell_gap(ctx: RunContext, going: Moment | None = None) -> None:
    """Report the gap, as far as known now."""
    ctx.report.gap(Timeline(moments=tuple(ctx.facts.moments), going=going, hold=ctx.facts.hold))


def let_go(site: Site, owed: Owed) -> bool:
    """Release a held container, if it is still paused or stopped; return whether it was.

    Raises:
        PryvTuiError: the engine does not answer, or refuses.
    """
    engine = site.host(owed.host).engine
    states = {c.name: c.state for c in engine.containers()}
    if owed.kind == "unpause" and states.get(owed.what) == "paused":
        engine.unpause(owed.what)
        return True
    if owed.kind == "start" and states.get(owed.what) in ("exited", "created"):
        engine.start(owed.what)
        return True
    return False


def is_there(site: Site, owed: Owed) -> bool:
    """Whether a container still exists; True if its engine does not answer."""
    try:
        found = site.host(owed.host).engine.containers()
    except PryvTuiError:
        return True
    return any(one.name == owed.what for one in found)


def gone_meanwhile(owed: Owed) -> str:
    """The message about a held container that was removed before it could be released."""
    missing = ERRORS["container-missing"].remedy
    return f"{owed.what} on {owed.host} was held, and does not exist any more. {missing}"


def again_by_hand(site: Site, owed: Owed, error: PryvTuiError) -> str:
    """Say how a person can release a held container after the run failed to do so.

    Args:
        error: why the run could not do it.
    """
    if error.name == "container-missing":
        return f"it does not exist any more. {error.remedy}"
    docker = ("docker", owed.kind, owed.what)
    ours = "pryv-tui recover"
    if owed.kind == "start":
        ours = container_command("start", owed.what, owed.host)
    first = f"{error.remedy.rstrip('.')}; then: " if error.name == "engine-unreachable" else ""
    return first + ours + or_by_hand(*docker, practice=site.practice)


def held_by(ctx: RunContext) -> list[Owed]:
    """The debts for the containers that this run still holds; empty if it holds none."""
    if ctx.facts.hold is None:
        return []
    return [owed for owed in ctx.outstanding if (owed.host, owed.what) in _places(ctx)]


def _places(ctx: RunContext) -> set[tuple[str, str]]:
    return {tuple(place) for place in ctx.facts.held}  # type: ignore[misc]


def see_hold(ctx: RunContext) -> None:
    """Ask the guardian whether it has released the containers; if so, record the end of the
    hold."""
    hold = ctx.facts.hold
    if hold is None or hold.released or ctx.guardian is None:
        return
    found = ctx.guardian.released()
    if found is None:
        return
    ctx.facts.hold = released(hold, found.time, "deadline")
    ctx.report.note(
        f"the hold's deadline of {span(hold.deadline)} has passed: ended at {found.time}",
        "warning",
    )


def released(hold: Hold, when: str, by: Literal["run", "deadline", "others"]) -> Hold:
    """Return the hold with its end recorded.

    If the run had ended it before, only its duration grows until now: another container was
    released later. If the deadline or others had ended it, it is returned unchanged.

    Args:
        when: the time at which the hold ended, RFC 3339.
        by: what ended it.
    """
    seconds = datetime.fromisoformat(timestamp()) - datetime.fromisoformat(hold.began)
    if hold.released:
        if hold.released_by != "run":
            return hold
        return msgspec.structs.replace(hold, seconds=round(seconds.total_seconds(), 3))
    since = datetime.fromisoformat(when) - datetime.fromisoformat(hold.began)
    return msgspec.structs.replace(
        hold, released=when, released_by=by, seconds=round(since.total_seconds(), 3)
    )


def end_hold(ctx: RunContext) -> None:
    """Report a hold that has ended: how long it lasted, and whether it closed the gap."""
    hold = ctx.facts.hold
    if ctx.guardian is not None:
        ctx.guardian.dismiss()
    if hold is None or not hold.released:
        return
    tell_gap(ctx)
    what = "registrations were" if hold.kind == "registrations" else "the platform was"
    ctx.checked(f"{what} held for {hold.seconds:.1f} s, from {hold.began} to {hold.released}")
    gap = measure(ctx.facts.moments, hold)
    open_ = {"accounts": gap.accounts_seconds}
    if hold.kind == "everything":
        open_["attachments and high-frequency data"] = gap.data_seconds
    left = [f"{name} {seconds:.1f} s" for name, seconds in open_.items() if seconds]
    if left:
        why = {
            "deadline": (
                f"the deadline of {span(hold.deadline)} passed before everything that"
                " must match was backed up"
            ),
            "others": "somebody else ended the hold, at a time unknown here",
        }.get(hold.released_by, "not everything could be held")
        longer = f" --hold-deadline {_longer(hold)}s" if hold.released_by == "deadline" else ""
        ctx.warn(
            f"the gap was not closed: {why}; open for {', '.join(left)}. If that matters, take"
            f" another backup: pryv-tui backup --hold {hold.kind}{longer}"
        )


def _longer(hold: Hold) -> int:
    """A deadline in seconds that would have been long enough.

    Twice the time from the hold's start until now, when everything is backed up, and at least twice
    the deadline that was too short.
    """
    taken = datetime.fromisoformat(timestamp()) - datetime.fromisoformat(hold.began)
    return math.ceil(2 * max(hold.deadline, taken.total_seconds()))


def begin_moment(ctx: RunContext, what: str, roles: Sequence[str], host: str) -> str:
    """Report that the backup of something begins now; return the time, for `record_moment`."""
    started = timestamp()
    see_hold(ctx)
    going = Moment(what=what, roles=tuple(roles), host=host, started=started, finished="")
    tell_gap(ctx, going)
    return started


def record_moment(
    ctx: RunContext, what: str, roles: Sequence[str], host: str, started: str
) -> None:
    """Record when something was backed up, and report the gap, as far as known now.

    Args:
        started: what `begin_moment` returned.
    """
    ctx.facts.moments.append(
        Moment(what=what, roles=tuple(roles), host=host, started=started, finished=timestamp())
    )
    see_hold(ctx)
    tell_gap(ctx)
