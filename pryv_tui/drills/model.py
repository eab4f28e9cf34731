"""What is on record of a drill: `record.json`, typed and versioned. Pure.

Its parts are the fields that standards and auditors ask for (docs/drills.md says who asks for
which). The format only grows: each field has a default, so that an old record still reads. What a
schema says of it is made from here (`schema.py`).
"""

from __future__ import annotations

from typing import Literal

import msgspec

from pryv_tui.operations.drilling.facts import (
    Check,
    Disposal,
    Erased,
    Fingerprint,
    Image,
    Newest,
    Phase,
    Probe,
)

FORMAT = 1
KEPT_YEARS = 6
"""For so long documentation has to be kept (45 CFR 164.316(b)(2)(i))."""

NEXT_OF_A_SET = "the next drill of a set"
"""What shows that something is mended, where nobody says else: words of ours."""

Exercise = Literal["sandbox", "scenario", "walk-through"]
Level = Literal["tabletop", "functional", "full"]
"""Of an exercise, as SP 800-84 and CP-4 tell them apart: talked through; a part of the plan really
done; all of it."""
Outcome = Literal["passed", "failed", "broken off", "walked through", "refused"]
BROKEN_OFF: Outcome = "broken off"
State = Literal["yes", "no", "not known"]


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    pass


class Plan(_Part, frozen=True, kw_only=True):
    """1. What kind of exercise it was, and what was fixed before it began."""

    exercise: Exercise = "sandbox"
    level: Level = "functional"
    depth: str = ""
    """Of a sandbox: `data` or `services`."""
    objectives: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    criteria: tuple[str, ...] = ()
    fixed: str = ""
    """When these were written down, RFC 3339 UTC; empty: not before the drill."""


class When(_Part, frozen=True, kw_only=True):
    """2. When it was, and when the next one is due. Times are RFC 3339 UTC."""

    declared: str = ""
    """When the disaster was declared: the clock runs from here."""
    ended: str = ""
    recorded: str = ""
    every_seconds: float | None = None
    """Within which time a drill is due again; null where nobody has said."""
    next_due: str = ""
    """Empty where nobody has said, and of a drill that starts no time anew: a scenario, or one that
    has not passed."""


class Participant(_Part, frozen=True, kw_only=True):
    """3. Who took part."""

    name: str
    role: str
    """`operator`, `observer`, `facilitator`."""
    known_by: str = ""
    """How that is known: see `who.py`."""
    joined: str = ""


class SetOnRecord(_Part, frozen=True, kw_only=True):
    """4. Which backup was restored."""

    id: str = ""
    created: str = ""
    sha256: str = ""
    """Of its `set.json`, which holds the hashes of all that is in it."""
    place: str = ""
    roles: tuple[str, ...] = ()
    files: int = 0
    bytes: int = 0
    not_known: str = ""
    """Why this is not known."""
    chosen: str = ""
    """Why it was this one: `named`; `newest`, of the platform's when the drill began, since nobody
    named one; empty where that is not known, and in older records."""
    newest_when_asked: str = ""
    """The newest one's id when the drill was asked for, where a newer one was made since."""


class Tool(_Part, frozen=True, kw_only=True):
    """5. What it was done with."""

    tool: str = ""
    release: str = ""
    """Of the platform."""
    images: tuple[Image, ...] = ()
    configuration_sha256: str = ""
    """Of the settings that the drill was started with, as canonical JSON without passwords."""


class Isolation(_Part, frozen=True, kw_only=True):
    """6. That nothing got out of the sandbox, and that the live platform stayed what it was."""

    isolated: State = "not known"
    probes: tuple[Probe, ...] = ()
    production_unchanged: State = "not known"
    fingerprints: tuple[Fingerprint, ...] = ()
    changed: tuple[str, ...] = ()
    """What of the live platform was another one afterwards."""
    why: str = ""
    """Why isolation is not proven, or what was reached."""
    production_why: str = ""
    """Why the live platform could not be compared."""


StepState = Literal["done", "failed", "cancelled", "not finished", "not run"]


class StepOnRecord(_Part, frozen=True, kw_only=True):
    """7. A step of the plan, run or not."""

    run: str
    step: str
    title: str
    command: tuple[str, ...] = ()
    state: StepState = "not run"
    began: str = ""
    seconds: float | None = None
    reason: str = ""


class Gone(_Part, frozen=True, kw_only=True):
    """9. What of the data would have been lost, by store and machine (empty in older records)."""

    store: str
    host: str = ""
    newest: str = ""
    seconds: float | None = None
    """From the newest record, or from `held_until`, to the declaration (`lost_from`, where there is
    one); null where it is not known, and `why`."""
    held_until: str = ""
    """Up to when the set holds what was written into this store, where that is later than its
    newest record and each check passed; else empty."""
    why: str = ""
    timeless: bool = False
    """Whether nothing in it has a time: it is no part of the recovery point."""


class Measured(_Part, frozen=True, kw_only=True):
    """9. An objective: its target, what was measured, and whether it was met."""

    target_seconds: float | None = None
    seconds: float | None = None
    met: bool | None = None
    """Null where there was no target, or it can't be told."""
    why: str = ""


class Split(_Part, frozen=True, kw_only=True):
    """9. Whose the time was. `whole_ms` is the sum of the first three; with `sandbox_ms` it is the
    time that passed. In whole milliseconds, so that they add up."""

    machine_ms: int = 0
    decisions_ms: int = 0
    waiting_ms: int = 0
    whole_ms: int = 0
    sandbox_ms: int = 0
    """What no real restore would have needed: the sandbox built, proven, taken down."""
    passed_ms: int = 0
    """From the declaration to the last check."""


class Objectives(_Part, frozen=True, kw_only=True):
    """9. Recovery time and recovery point."""

    rto: Measured = Measured()
    split: Split = Split()
    phases: tuple[Phase, ...] = ()
    rpo: Measured = Measured()
    stores: tuple[Gone, ...] = ()
    lost_from: str = ""
    """When the set was settled, if made after the drill was asked for: loss is reckoned to then."""
    newest: tuple[Newest, ...] = ()
    unattended: bool = False
    """Nobody decided anything in it: a timer began it, and its human time is 0."""
    problems: tuple[str, ...] = ()


class Choice(_Part, frozen=True, kw_only=True):
    """10. A decision."""

    time: str
    question: str
    option: str
    wrong: bool = False
    by: str = ""


class Story(_Part, frozen=True, kw_only=True):
    """10. The scenario that was played, and who was taken to be away."""

    name: str = ""
    title: str = ""
    version: str = ""
    sha256: str = ""
    """Of the scenario's file as the drill was begun; empty in older records."""
    seed: str = ""
    faults: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    decisions: tuple[Choice, ...] = ()
    gates_missed: tuple[str, ...] = ()
    hints: int = 0
    wrong_turns: int = 0


class Observation(_Part, frozen=True, kw_only=True):
    """11. What somebody saw, or what did not go as planned."""

    time: str
    text: str
    by: str = ""
    kind: Literal["observation", "decision", "deviation"] = "observation"


class Review(_Part, frozen=True, kw_only=True):
    """12. Where a reviewer's verdict stands: a record is never changed, so it is beside it."""

    file: str = "review.json"
    signature: str = "review.json.sig"
    rule: str = (
        "Reviewed only where review.json names the SHA-256 of this record and of the operator's"
        " signature, and is signed by another key than the operator's. Else it is unreviewed."
    )


class Action(_Part, frozen=True, kw_only=True):
    """13. What is to be done about a finding. Its closing stands in the drill's journal."""

    name: str
    text: str
    good: bool = False
    owner: str = ""
    due: str = ""
    retest: str = ""
    closed: str = ""
    closed_text: str = ""


class Erasures(_Part, frozen=True, kw_only=True):
    """14. Accounts that the set holds and that were erased since: a real restore brings them back,
    and they have to be erased again. Their names stand in the operator's file alone."""

    count: int | None = None
    by_role: tuple[Erased, ...] = ()
    file: str = ""
    why: str = ""


class Disposed(_Part, frozen=True, kw_only=True):
    """15. That nothing is left of the sandbox."""

    complete: State = "not known"
    what: tuple[Disposal, ...] = ()
    why: str = ""
    made: bool | None = None
    """Whether a sandbox was made at all; null where that is not known, and in older records."""


class Privacy(_Part, frozen=True, kw_only=True):
    """16. That no personal data of the platform's users is in here, and for how long it is kept."""

    names_compared: bool = False
    """Every text in here was compared with the names of the accounts that the set holds."""
    left_out: int = 0
    """How many names, addresses and secrets were taken out of texts."""
    why: str = ""
    keep_until: str = ""
    """A date."""


class Source(_Part, frozen=True, kw_only=True):
    """17. A journal that the record was made from, as far as it was written by then."""

    name: str
    bytes: int
    sha256: str


class Paper(_Part, frozen=True, kw_only=True):
    """17. What lay beside the record of an earlier drill: a signature, a debrief, a review."""

    drill: str
    name: str
    sha256: str


class Chain(_Part, frozen=True, kw_only=True):
    """17. The record before this one, of the same platform."""

    platform: str = ""
    number: int = 1
    previous: str = ""
    """Its id; empty of the first one."""
    previous_sha256: str = ""
    """Of its `record.json`, byte for byte."""
    sources: tuple[Source, ...] = ()
    papers: tuple[Paper, ...] = ()
    """What lay beside earlier records when this one was written, and that none of them names."""
    without: tuple[str, ...] = ()
    """The drills without whose record this one was written: it was on the list, and not there, or
    not as the list has it, or nobody could tell which of two it was. When it is put back it may
    have the number of this one."""


class Record(_Part, frozen=True, kw_only=True):
    """A drill, whatever came of it."""

    format: int = FORMAT
    id: str
    practice: bool = False
    simulated: str = ""
    """On a practice platform: that all of it was simulated; else empty."""
    domain: str = ""
    outcome: Outcome = "failed"
    outcome_why: tuple[str, ...] = ()
    plan: Plan = Plan()
    when: When = When()
    participants: tuple[Participant, ...] = ()
    set: SetOnRecord = SetOnRecord()
    tool: Tool = Tool()
    isolation: Isolation = Isolation()
    steps: tuple[StepOnRecord, ...] = ()
    checks: tuple[Check, ...] = ()
    objectives: Objectives = Objectives()
    scenario: Story | None = None
    observations: tuple[Observation, ...] = ()
    review: Review = Review()
    actions: tuple[Action, ...] = ()
    erasures: Erasures = Erasures()
    disposal: Disposed = Disposed()
    privacy: Privacy = Privacy()
    chain: Chain = Chain()

    @property
    def passed(self) -> bool:
        return self.outcome == "passed"

    def counts(self, *, rejected: bool) -> bool:
        """Whether the next drill is due so many days after this one.

        A scenario does not count, since it proves nothing of the platform; nor does a drill that
        has not passed, or that a reviewer has rejected.
        """
        return self.passed and self.plan.exercise == "sandbox" and not rejected

    @property
    def broken_off(self) -> bool:
        """It came to no end: what had passed by then tells nothing of the rest."""
        return self.outcome == BROKEN_OFF

    @property
    def not_made(self) -> bool:
        """It is known that its sandbox was never made."""
        made = self.disposal.made
        if made is None:  # an older record has its sentence alone
            return self.disposal.why == _NOT_MADE_BEFORE
        return not made

    @property
    def executed(self) -> bool:
        """Whether anything was done: a walk-through only talks it through."""
        return self.plan.exercise != "walk-through"


NOT_MADE = "no sandbox was made"
"""Of one that ended before that, as while it waited for room: nothing of it is in doubt."""
_NOT_MADE_BEFORE = "no sandbox was made"
"""The same as records without a word of their own have it: it is never another."""
SIMULATED = (
    "SIMULATED: this drill was held on a practice platform. It proves nothing of a real one."
)


def encode(record: Record) -> bytes:
    """`record.json` as it lies there: indented, for people and for the stock commands too."""
    return msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n"
