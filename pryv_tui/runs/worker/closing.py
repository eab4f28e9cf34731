"""Fields of `run_finished`: next steps, what may be removed, how old the data is."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pryv_tui import own_folder
from pryv_tui.clock import shown
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.commands import confirm_words
from pryv_tui.operations.comparing.newer_words import short_words
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.debts import ROOT_DEBTS, Owed
from pryv_tui.operations.facts import Offer
from pryv_tui.operations.kind import kind_of
from pryv_tui.operations.plan import Plan
from pryv_tui.operations.root.aside import inside
from pryv_tui.operations.root.marker import read_marker
from pryv_tui.operations.sets.gone_again import undo_of_undo
from pryv_tui.operations.sets.missing_roles import bare_aside
from pryv_tui.operations.steps.bringing_back.put_back_root import PutBackRoot
from pryv_tui.platform.layout import STORE_ROLE, TEMPLATE_STORES
from pryv_tui.runs.record.chain import newer_before
from pryv_tui.runs.record.events import OwedNoted, StoppedNow
from pryv_tui.runs.record.history import all_runs, resolve_run
from pryv_tui.runs.record.journal import JournalReader
from pryv_tui.runs.record.stops import stopped_before
from pryv_tui.runs.record.undos import brings_back, set_aside_by, together, undone_of
from pryv_tui.vault.set_names import PARTIAL

if TYPE_CHECKING:
    from pryv_tui.operations.plan import Lack


def half_restored(ctx: RunContext) -> frozenset[str]:
    """Return the hosts whose root is marked as half-restored, by any run."""
    return frozenset(
        state.name
        for state in ctx.deployment.hosts
        if state.root and read_marker(Path(state.root)) is not None
    )


def as_of(plan: Plan, ctx: RunContext, *, failed: bool) -> str:
    """Return the moment up to which the data now in the set, or in the roots, is complete.

    A backup and a restore know it. An undo brings back what its restore moved aside, so it is the
    time when that was moved: the platform was stopped then. Empty if it is not known, and for a run
    that did not bring its data to where it belongs.
    """
    if failed and not (plan.kind == "backup" and ctx.manifest is not None):
        return ""
    if plan.kind != "undo":
        return ctx.facts.as_of
    if plan.lacks and not plan.roles:
        return ""  # what it puts back holds no data of any role
    times = [_moved(ctx, step.aside) for step in plan.steps if isinstance(step, PutBackRoot)]
    return min((time for time in times if time), default="")


def _moved(ctx: RunContext, aside: str) -> str:
    """Return when a root's content was moved aside. Its folder has the name of the run that moved
    it."""
    with contextlib.suppress(PryvTuiError, OSError):
        record = resolve_run(ctx.site.state, Path(aside).name)
        for event in JournalReader(record.journal).read():
            if isinstance(event, OwedNoted) and event.owed.kind in ROOT_DEBTS:
                return event.time
    return ""


def stopped_now(ctx: RunContext) -> StoppedNow | None:
    """Return how many of the containers that a run stopped are running now; None if it stopped
    none."""
    stopped = {(owed.host, owed.what) for owed in ctx.facts.owed if owed.kind == "start"}
    up, many = 0, len(stopped)
    try:
        for host in {host for host, _ in stopped}:
            found = ctx.found_on(host)
            here = [found.find(name) for at, name in stopped if at == host]
            up += sum(1 for container in here if container is not None and container.running)
    except PryvTuiError:
        return StoppedNow(number=many, run=None)
    return StoppedNow(number=many, run=up) if many else None


def running_now(ctx: RunContext, now: StoppedNow | None) -> str:
    """Return the numbers of `stopped_now` in words. Empty if no container was stopped, or if none
    is running and the run has started none again."""
    if now is None:
        return ""
    if now.run is None:
        return f"it is not known how many of {now.number} run: an engine does not tell"
    told = now.run or ctx.facts.down_to
    return f"{now.run} of {now.number} {'runs' if now.run == 1 else 'run'}" if told else ""


def stopped_earlier(ctx: RunContext) -> str:
    """Return when an earlier run, which this one continues, stopped the first of the containers
    that this run found down and has to start; empty if there is none, or no journal tells."""
    if not any(owed.kind == "start" for owed in ctx.facts.owed):
        return ""
    try:
        return stopped_before(ctx.site.state, resolve_run(ctx.site.state, ctx.run_id))
    except (PryvTuiError, OSError):
        return ""


def removal(plan: Plan, ctx: RunContext, *, failed: bool) -> Sequence[str | Offer]:
    """Return what may be removed when nobody needs it any more, as commands that can be typed
    unchanged."""
    folder = ctx.facts.set_folder
    if failed:
        partial = folder.endswith(PARTIAL)
        if partial and (line := kind_of(plan.kind).partial_goes(folder)):
            return [line]
        if not rolled_back(plan, ctx):
            return []
    kept = any(isinstance(s, PutBackRoot) and Path(s.kept).exists() for s in plan.steps)
    if (
        failed
        or kept
        or (plan.kind != "undo" and any(owed.kind == "aside" for owed in ctx.facts.owed))
    ):
        text = (
            "To remove for good what was moved aside, when nobody needs it any more: pryv-tui"
            f" release {ctx.run_id}{confirm_words(plan.domain)}"
        )
        return [Offer(kind="release", target=ctx.run_id, text=text)]
    return []


def newer_asides(ctx: RunContext, plan: Plan | None = None) -> list[str]:
    """Return the folders with files newer than the set.

    A folder counts only if something in it was newer, and if it still has files of that role.

    Args:
        plan: the plan of an undo. It may continue a stopped undo, whose folder it then fills.
    """
    asides = dict.fromkeys((o.host, o.where) for o in ctx.facts.owed if o.kind == "aside")
    steps = plan.steps if plan is not None else ()
    kept = {step.root: step.kept for step in steps if isinstance(step, PutBackRoot)}
    asides |= dict.fromkeys(
        (owed.host, kept.get(owed.what, str(own_folder.undone(Path(owed.what), ctx.run_id))))
        for owed in ctx.facts.owed
        if owed.kind == "return"
    )
    return [
        where
        for host, where in asides
        if any(
            one.number and one.host == host and _lies_in(Path(where), one.role)
            for one in ctx.facts.newer
        )
    ]


def _lies_in(aside: Path, role: str) -> bool:
    """Whether a folder of moved content has files of a role; databases alone are enough."""
    data = [TEMPLATE_STORES[store].data for store, owner in STORE_ROLE.items() if owner == role]
    places = (place for path in data for place, _ in inside(aside, path))
    return not bare_aside(aside, [role]) or any(
        place.is_dir() and any(place.iterdir()) for place in places
    )


def again(plan: Plan, ctx: RunContext) -> str:
    """Return what to do after a run that was cancelled: how to start it again."""
    kind = kind_of(plan.kind)
    command = kind.again(plan, ctx)
    return f"{kind.again_after}: {command}" if command else ""


def looked_at(plan: Plan, ctx: RunContext) -> str:
    """Return what to do after a failure without a remedy: read what the programs printed."""
    told = f"See what was printed: pryv-tui attach {ctx.run_id}"
    kind = kind_of(plan.kind)
    if not kind.begins_anew:
        return told  # how to go on or back is told beside it
    return f"{told}; then try again: {kind.again(plan, ctx)}"


def started_again(started: list[Owed]) -> str:
    """Return a sentence on the containers that a run stopped and started again before its end."""
    if not started:
        return ""
    names = ", ".join(f"{owed.what} on {owed.host}" for owed in started)
    return f" The containers that it had stopped are running again: {names}."


def rolled_back(plan: Plan, ctx: RunContext) -> list[tuple[Owed, Path]]:
    """Return, for a cancelled restore that has put the former content back: what it had moved
    aside, and the folder that now contains what it had copied."""
    if not kind_of(plan.kind).rolls_back:
        return []
    back = [o for o in ctx.facts.owed if o.kind == "aside" and o not in ctx.outstanding]
    found = [(owed, own_folder.undone(Path(owed.what), ctx.run_id)) for owed in back]
    return [(owed, kept) for owed, kept in found if kept.exists()]


def roll_back_leaves(plan: Plan, ctx: RunContext) -> list[str]:
    """Return what a cancelled restore leaves after it has put the former content back."""
    return [
        f"The content that the restore had put into {owed.what} on {owed.host} until it was"
        f" cancelled was moved aside to {kept}. It was copied from the set {plan.set_id}, which is"
        " unchanged."
        for owed, kept in rolled_back(plan, ctx)
    ]


def undo_leaves(plan: Plan, ctx: RunContext) -> list[str]:
    """Return what an undo leaves: containers that are not running, and the replaced content, with
    what was written after the restore."""
    # Loaded here: the overview takes words from this module, and loads no steps.
    from pryv_tui.operations.steps.bringing_back.put_back_root import PutBackRoot

    def again(step: PutBackRoot) -> str:
        back = f" To bring it back, undo this run: {undo_of_undo(ctx.run_id, plan.domain)}"
        if own_folder.is_undone(Path(step.aside)):
            return back
        if plan.of_half:
            return (
                " It may be half-restored: an undo does not bring it back. Restore the set again."
            )
        if not plan.set_id:
            return f"{back}; that includes what was written after the restore."
        mine = [one for one in ctx.facts.newer if one.host == step.host]
        if told := short_words(mine):
            return f"{back}, with what was written after the restore: {told}."
        if mine and all(one.number == 0 and not one.why for one in mine):
            stores = ", ".join(f"{one.what} of {one.role}" for one in mine)
            return f"{back}; {stores} were compared, and nothing there was newer than the set."
        return (
            f"{back}; what was written after the restore (it is not known how much) may exist"
            " only there."
        )

    def was(step: PutBackRoot) -> str:
        here = f"{step.root} on {step.host}"
        if own_folder.is_undone(Path(step.aside)):
            return f"The content that was in {here} until this undo"
        return f"The content that the restore had put into {here}"

    return [
        *_lacked_lines(ctx, plan.lacks),
        *(
            f"{was(step)} was moved aside to {step.kept}.{again(step)}"
            for step in plan.steps
            if isinstance(step, PutBackRoot) and Path(step.kept).exists()
        ),
    ]


def set_aside_before(ctx: RunContext) -> list[Offer]:
    """Return, for a restore that is done: content written after an earlier restore that was undone.
    That undo moved the content aside, so it is in no set, and not in what was restored now."""
    state = ctx.site.state
    records = all_runs(state)
    known = {one.id: one for one in records}
    roots = {owed.what for owed in ctx.facts.owed if owed.kind == "aside"}
    found = []
    for record in records:
        if record.kind != "undo" or not brings_back(state, record, records):
            continue
        undos = together(state, record, records)
        places = [one.where for one in set_aside_by(undos) if one.what in roots]
        told = short_words(newer_before(undos, record.set))
        if not places or not told:
            continue
        undone = known.get(undone_of(record))
        since = f" between {shown(undone.finished)}" if undone and undone.finished else ""
        text = (
            f"Not in the content that was restored now: {told}, written{since}"
            f"{' and' if since else ' before'} {shown(record.started)}. The undo {record.id} moved"
            f" this data aside to {', '.join(places)}. To bring back the content of that time"
            f" instead: {undo_of_undo(record.id, ctx.deployment.domain)}"
        )
        found.append(Offer(kind="undo", target=record.id, text=text))
    return found


def _lacked_lines(ctx: RunContext, found: Sequence[Lack]) -> list[str]:
    """Return the containers that an undo left stopped, since the files of their role are gone."""
    return [
        f"These containers of {one.role} on {one.host} were left stopped: {', '.join(down)}. They"
        f" did not run before the {one.before}, and the files of {one.role} are not there any"
        " more: don't start them, they would start without these files."
        for one in found
        if (down := _still_down(ctx, one))
    ]


def _still_down(ctx: RunContext, one: Lack) -> list[str]:
    """Return those of a lost role's containers that are not running now: somebody may have started
    one."""
    try:
        found = ctx.found_on(one.host)
    except PryvTuiError:
        return list(one.containers)  # this run stopped them, and nothing says otherwise
    up = {each.name for each in found.in_the_way if each.running}
    return [name for name in one.containers if name not in up]
