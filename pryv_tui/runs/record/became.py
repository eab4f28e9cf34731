"""What happened after a run ended that makes its result out of date.

A result offers what can be done next: an undo, a verification, a recovery. A person who opens it a
week later first reads what has happened since, and sees which offers no longer apply.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from pryv_tui.operations.facts import Offer
from pryv_tui.operations.kind import kind_of
from pryv_tui.runs.record.chain import chain_of, since_its_end, undoable
from pryv_tui.runs.record.history import (
    RunRecord,
    all_runs,
    debts_of,
    request_of,
)
from pryv_tui.runs.record.report import CONFIRMED, Offers
from pryv_tui.runs.record.undos import CAME_TO_ITS_END, keeps, undone_by
from pryv_tui.vault.restic.protocol import PREFIX


def became(state: Path, record: RunRecord) -> tuple[str, ...]:
    """Return what has happened since that makes a run's result out of date, one sentence each.

    Empty if the result is still right.

    Blocks: it reads the journals of runs that moved content, and checks whether the set is there.
    """
    if record.state not in ("ended", "died"):
        return ()
    told = since_its_end(state, record)
    found = (
        *([told] if told else _taken_care_of(state, record)),
        *_replaced(state, record),
        *_set_gone(record),
    )
    return tuple(found)


def who_words(record: RunRecord) -> str:
    """Return who asked for a run, how it was confirmed, and who asked it to end, for a list of
    runs; empty if nothing of that is known."""
    told = [record.by.short] if record.by is not None else []
    request = request_of(record)
    if request is not None and (how := CONFIRMED.get(request.confirmed)):
        told.append(f"confirmed ({how})")
    if record.cancel_by is not None:
        told.append(f"cancel asked for by {record.cancel_by.short}")
    return ", ".join(told)


def _after(state: Path, record: RunRecord) -> list[RunRecord]:
    """Return the later runs that came to their end, oldest first."""
    every = all_runs(state)
    at = next((n for n, one in enumerate(every) if one.id == record.id), len(every))
    return [one for one in every[at + 1 :] if one.outcome in CAME_TO_ITS_END]


def _taken_care_of(state: Path, record: RunRecord) -> Iterator[str]:
    """Yield, for a run that did not come to its end, which later run settled what it left."""
    if record.outcome in CAME_TO_ITS_END:
        return
    for other in _after(state, record):
        request = request_of(other)
        if request is not None and record.id in (request.recovers, request.continues):
            yield f"{other.id} has settled what this run left. The text below is older."
            return


def _replaced(state: Path, record: RunRecord) -> Iterator[str]:
    """Yield, for a restore, which later restore replaced its content and was not undone."""
    if record.kind != "restore" or record.outcome not in CAME_TO_ITS_END:
        return
    mine, undone = _roots(record), undone_by(state)
    if record.id in undone:
        return
    for other in reversed(_after(state, record)):
        if other.kind != "restore" or other.id in undone or not mine & _roots(other):
            continue
        if record.id not in {one.id for one in chain_of(state, other)}:
            yield (
                f"{other.id} has restored over it since: undoing this restore would put back the"
                f" content from before this restore, not from before {other.id}."
            )
            return


def _roots(record: RunRecord) -> frozenset[tuple[str, str]]:
    owed = debts_of(record).owed
    return frozenset((one.host, one.what) for one in owed if one.kind == "aside")


def _set_gone(record: RunRecord) -> Iterator[str]:
    """Yield that the set of this run is no longer in the vault; nothing if that can't be seen."""
    made_none = kind_of(record.kind).makes_a_set and record.outcome not in CAME_TO_ITS_END
    request = request_of(record)
    vault = request.settings.vault if request is not None else None
    # A repository has to be asked whether it has a set, which is slow.
    if not record.set or made_none or not vault or vault.startswith(PREFIX):
        return
    if Path(vault).is_dir() and not (Path(vault) / record.set).is_dir():
        yield (
            f"The set {record.set} is not in {vault} any more. The text below is older, and may"
            " still speak of it."
        )


# What a run's result offers to do next, and whether each can still be done.

OF_A_SET = ("verify", "restore", "audit", "send")
"""The kinds of offers that need a set."""


def stand_now(state: Path, record: RunRecord, offers: Iterable[Offer]) -> Offers:
    """Return which of a run's offers can still be done, and which can't any more."""
    told: dict[bool, set[str]] = {True: set(), False: set()}
    for offer in offers:
        can_be = _can_be(state, record, offer)
        if can_be is not None:
            told[can_be].add(offer.text)
    return Offers(frozenset(told[True]), frozenset(told[False]))


def _can_be(state: Path, record: RunRecord, offer: Offer) -> bool | None:
    if offer.kind == "undo":
        return any(one.id == offer.target for one in undoable(state))
    if offer.kind == "release":
        known = [one for one in all_runs(state) if one.id == offer.target]
        return keeps(state, known[0]) if known else None
    if offer.kind in OF_A_SET:
        request = request_of(record)
        vault = request.settings.vault if request is not None else None
        # A repository has to be asked whether it has a set, which is slow.
        if not vault or vault.startswith(PREFIX) or not Path(vault).is_dir():
            return None
        return (Path(vault) / offer.target).is_dir()
    return None
