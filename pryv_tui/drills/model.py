"""The record of a drill, `record.json`, as types. Pure.

Its parts are the fields that standards and auditors ask for (docs/drills.md says who asks for
which). The format only grows: new fields have defaults, so old records can still be read.
`schema.py` makes the published schema from these types; their docstrings are part of it.
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
"""How many years a record has to be kept (45 CFR 164.316(b)(2)(i))."""

NEXT_OF_A_SET = "the next drill of a set"
"""The default retest of a finding. It is our own text, so it is never taken for a name."""

Exercise = Literal["sandbox", "scenario", "walk-through"]
Level = Literal["tabletop", "functional", "full"]
"""Level of an exercise, after SP 800-84 and CP-4: `tabletop` is talked through, `functional` really
does a part of the plan, `full` does all of it."""
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
    """Of a sandbox drill: `data` or `services`; else empty."""
    objectives: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    criteria: tuple[str, ...] = ()
    fixed: str = ""
    """When the plan was written down, RFC 3339 UTC; empty if not before the drill."""


class When(_Part, frozen=True, kw_only=True):
    """2. When it was, and when the next one is due. Times are RFC 3339 UTC."""

    declared: str = ""
    """When the disaster was declared; recovery time counts from here."""
    ended: str = ""
    recorded: str = ""
    every_seconds: float | None = None
    """The configured time between drills, in seconds; null where none is configured."""
    next_due: str = ""
    """Empty without `every_seconds`, and for a drill that does not count: a scenario, or one that
    has not passed."""


class Participant(_Part, frozen=True, kw_only=True):
    """3. Who took part."""

    name: str
    role: str
    """`operator`, `observer`, `facilitator`."""
    known_by: str = ""
    """How the name is known: see `who.py`."""
    joined: str = ""


class SetOnRecord(_Part, frozen=True, kw_only=True):
    """4. Which backup was restored."""

    id: str = ""
    created: str = ""
    sha256: str = ""
    """Hash of the set's `set.json`, which has the hashes of the set's content."""
    place: str = ""
    roles: tuple[str, ...] = ()
    files: int = 0
    bytes: int = 0
    not_known: str = ""
    """Why the set is not known; empty where it is."""
    chosen: str = ""
    """How the set was chosen: `named` by somebody, or `newest` of the platform when the drill
    began. Empty where that is not known, and in older records."""
    newest_when_asked: str = ""
    """Id of the newest set when the drill was requested; empty unless a newer one was used."""


class Tool(_Part, frozen=True, kw_only=True):
    """5. What it was done with."""

    tool: str = ""
    release: str = ""
    """The platform's release."""
    images: tuple[Image, ...] = ()
    configuration_sha256: str = ""
    """Hash of the settings the drill was started with, as canonical JSON without passwords."""


class Isolation(_Part, frozen=True, kw_only=True):
    """6. That nothing got out of the sandbox, and that the live platform stayed what it was."""

    isolated: State = "not known"
    probes: tuple[Probe, ...] = ()
    production_unchanged: State = "not known"
    fingerprints: tuple[Fingerprint, ...] = ()
    changed: tuple[str, ...] = ()
    """The parts of the live platform that differed after the drill."""
    why: str = ""
    """Why isolation is not proven, or what could be reached from the sandbox."""
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
    """Data loss in seconds: from the newest record, or from `held_until`, to the declaration (or to
    `lost_from`, if set); null where it is not known, see `why`."""
    held_until: str = ""
    """Until when the set has everything written into this store. Empty unless that is later than
    the newest record and each check passed."""
    why: str = ""
    timeless: bool = False
    """Whether no record in the store has a time; then it does not count for the recovery point."""


class Measured(_Part, frozen=True, kw_only=True):
    """9. An objective: its target, what was measured, and whether it was met."""

    target_seconds: float | None = None
    seconds: float | None = None
    met: bool | None = None
    """Whether the target was met; null without a target, or where that is not known."""
    why: str = ""


class Split(_Part, frozen=True, kw_only=True):
    """9. Whose the time was. `whole_ms` is the sum of the first three; with `sandbox_ms` it is the
    time that passed. In whole milliseconds, so that they add up."""

    machine_ms: int = 0
    decisions_ms: int = 0
    waiting_ms: int = 0
    whole_ms: int = 0
    sandbox_ms: int = 0
    """Time that a real restore does not need: to build, prove and remove the sandbox."""
    passed_ms: int = 0
    """Time from the declaration to the last check."""


class Objectives(_Part, frozen=True, kw_only=True):
    """9. Recovery time and recovery point."""

    rto: Measured = Measured()
    split: Split = Split()
    phases: tuple[Phase, ...] = ()
    rpo: Measured = Measured()
    stores: tuple[Gone, ...] = ()
    lost_from: str = ""
    """When the set was chosen, if it was made after the drill was requested; data loss counts to
    this time. Else empty."""
    newest: tuple[Newest, ...] = ()
    unattended: bool = False
    """Whether a timer began the drill, so that nobody decided anything: human time is 0."""
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
    """Hash of the scenario's file when the drill began; empty in older records."""
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
    """Whether a sandbox was made; null where that is not known, and in older records."""


class Privacy(_Part, frozen=True, kw_only=True):
    """16. That no personal data of the platform's users is in here, and for how long it is kept."""

    names_compared: bool = False
    """Whether each text of the record was compared with all account names of the set."""
    left_out: int = 0
    """How many names, addresses and secrets were removed from texts."""
    why: str = ""
    keep_until: str = ""
    """The last day on which the record has to be kept."""


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
    """Id of the previous record's drill; empty in the first record."""
    previous_sha256: str = ""
    """Hash of the previous `record.json`, byte for byte."""
    sources: tuple[Source, ...] = ()
    papers: tuple[Paper, ...] = ()
    """Papers that lay beside earlier records when this one was written, not yet in any record."""
    without: tuple[str, ...] = ()
    """Ids of earlier drills whose record was missing, not as the list has it, or ambiguous when
    this one was written. If it is put back, it may have the same `number` as this record."""


class Record(_Part, frozen=True, kw_only=True):
    """A drill, whatever came of it."""

    format: int = FORMAT
    id: str
    practice: bool = False
    simulated: str = ""
    """A notice that no real platform was part of the drill; empty where one was."""
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
        """Whether the time to the next drill starts at this one.

        A scenario does not count, since it proves nothing about the platform; nor does a drill that
        has not passed, or that a reviewer has rejected.
        """
        return self.passed and self.plan.exercise == "sandbox" and not rejected

    @property
    def broken_off(self) -> bool:
        """Whether the drill did not reach its end: checks that passed prove nothing of the rest."""
        return self.outcome == BROKEN_OFF

    @property
    def not_made(self) -> bool:
        """Whether it is known that no sandbox was made."""
        made = self.disposal.made
        if made is None:  # an older record has its sentence alone
            return self.disposal.why == _NOT_MADE_BEFORE
        return not made

    @property
    def executed(self) -> bool:
        """Whether anything was executed: a walk-through is only talked through."""
        return self.plan.exercise != "walk-through"


NOT_MADE = "no sandbox was made"
"""`Disposed.why` of a drill that ended before its sandbox was made: nothing has to be removed."""
_NOT_MADE_BEFORE = "no sandbox was made"
"""`NOT_MADE` as older records have it, which lack `Disposed.made`. Never change it."""
SIMULATED = "SIMULATED: no real platform was part of this drill. It proves nothing of one."
"""It was held on a practice platform, or told in words alone."""


def encode(record: Record) -> bytes:
    """The bytes of `record.json`: indented, so that people and stock commands can read it."""
    return msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n"
