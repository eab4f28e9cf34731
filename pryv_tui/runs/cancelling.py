"""What a cancel does: the rules that the executor follows, and the same rules in words.

The interface's question, `pryv-tui cancel` and the operator's guide all take the words from here.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pryv_tui.operations.debts import Owed
from pryv_tui.operations.kind import LOOKS, Progress, kind_of
from pryv_tui.operations.plan import StepView
from pryv_tui.runs.now import step_now
from pryv_tui.runs.record.events import AnyEvent, StepFinished, start_of
from pryv_tui.runs.record.history import RunRecord, debts_in
from pryv_tui.runs.record.journal import JournalReader

BACK = "back-"
"""Prefix of the step ids of a roll-back, so that none of them equals the id of a planned step."""

ALREADY = (
    "The run is already cancelled: what was there before is being put back. Another cancel"
    " changes nothing about that."
)
TO_ITS_END = (
    "The run can't be cancelled any more: it has begun to put the former content back, and"
    " continues until that is done."
)
LAST = "The run is in its last step, and may be complete before the cancel takes effect."


def goes_to_its_end(owed: Sequence[Owed]) -> bool:
    """Whether a cancel no longer has an effect, since an undo must not stop half-way."""
    return any(one.kind == "return" for one in owed)


def rolls_back(kind: str, owed: Sequence[Owed]) -> bool:
    """Whether a cancelled run itself puts back the content that it has moved aside."""
    return kind_of(kind).rolls_back and any(one.kind == "aside" for one in owed)


class Outlook(msgspec.Struct, frozen=True):
    """The effect that a cancel would have now."""

    whole: str
    """The effect on the run as a whole, in sentences."""
    step: str
    """What the current step leaves if it is stopped now; empty between two steps."""


def outlook(kind: str, events: Sequence[AnyEvent]) -> Outlook:
    """Return what a cancel of a run would do, judged by its journal so far."""
    started = start_of(events)
    plan = started.plan if started is not None else []
    done = {e.step for e in events if isinstance(e, StepFinished) and e.outcome == "done"}
    owed, step = debts_in(events).owed, step_now(events)
    if plan and step is not None and step.step not in {view.step for view in plan}:
        # Only the steps of a roll-back are missing from the plan that was shown.
        return Outlook(ALREADY, f"It is at: {step.title}.")
    made = {view.kind for view in plan if view.step in done}
    waits = started is not None and not plan and step is None
    whole = _whole(kind, owed, made, step.kind if step is not None else "", waits)
    # After the step that completes a run there may be one more, which only looks.
    last = (
        bool(plan)
        and step is not None
        and (step.step == plan[-1].step or kind_of(kind).is_done({step.kind}))
    )
    if last and whole != TO_ITS_END:
        whole = f"{whole} {LAST}"
    return Outlook(whole, _step(kind, owed, step) if step is not None else "")


def outlook_of(record: RunRecord) -> Outlook:
    """Return what a cancel of this run would do now; its journal is read for that."""
    return outlook(record.kind, list(JournalReader(record.journal).read()))


def _whole(kind: str, owed: Sequence[Owed], done: set[str], at: str, waits: bool) -> str:
    """Return what a cancel does to the run as a whole, in sentences.

    Args:
        done: the kinds of the steps that are done.
        at: the kind of the current step; empty between two steps.
        waits: whether the run is waiting, and nothing is planned yet.
    """
    if at != LOOKS and (goes_to_its_end(owed) or at == "put-back-root"):
        return TO_ITS_END
    return kind_of(kind).cancelling(Progress(owed, done, at, waits))


def _step(kind: str, owed: Sequence[Owed], step: StepView) -> str:
    at = f"It is at: {step.title}."
    if goes_to_its_end(owed) or not step.leaves:
        return at
    if step.leaves_nothing:
        return f"{at} That step leaves {step.leaves}."
    if rolls_back(kind, owed):
        aside = "its work so far is moved aside with the rest"
        return f"{at} If that step is stopped now, {aside}: {step.leaves}."
    left = f"{at} If that step is stopped now, it leaves at that moment: {step.leaves}."
    if kind_of(kind).cancel_says_all or not (step.undoable or step.for_good):
        return left
    return f"{left} Afterwards: {step.undone}."
