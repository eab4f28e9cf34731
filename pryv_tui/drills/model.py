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
"""Level of an exercise, after SP 800-84 and CP-4: `tabletop` is only talked through, `functional`
performs a part of the plan, `full` performs all of it."""
Outcome = Literal["passed", "failed", "broken off", "walked through", "refused"]
BROKEN_OFF: Outcome = "broken off"
State = Literal["yes", "no", "not known"]


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    pass


class Plan(_Part, frozen=True, kw_only=True):
    """1. The kind of exercise, and the plan as it was fixed before the exercise began."""

    exercise: Exercise = "sandbox"
    level: Level = "functional"
    depth: str = ""
    """For a sandbox drill: `data` or `services`; otherwise empty."""
    objectives: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    criteria: tuple[str, ...] = ()
    fixed: str = ""
    """When the plan was written down (RFC 3339, UTC); empty if that was not before the drill."""


class When(_Part, frozen=True, kw_only=True):
    """2. When the drill was held, and when the next one is due. Times are RFC 3339, UTC."""

    declared: str = ""
    """When the disaster was declared; the recovery time counts from this moment."""
    ended: str = ""
    recorded: str = ""
    every_seconds: float | None = None
    """The configured time between drills, in seconds; null if none is configured."""
    next_due: str = ""
    """Empty if `every_seconds` is null, or if the drill does not count: a scenario, or one that
    has not passed."""


class Participant(_Part, frozen=True, kw_only=True):
    """3. A person who took part in the drill."""

    name: str
    role: str
    """`operator`, `observer` or `facilitator`."""
    known_by: str = ""
    """How the name is known: see `who.py`."""
    joined: str = ""


class SetOnRecord(_Part, frozen=True, kw_only=True):
    """4. The backup set that was restored."""

    id: str = ""
    created: str = ""
    sha256: str = ""
    """SHA-256 of the set's `set.json`, which holds the hashes of the set's content."""
    place: str = ""
    roles: tuple[str, ...] = ()
    files: int = 0
    bytes: int = 0
    not_known: str = ""
    """Why the set is not known; empty if it is known."""
    chosen: str = ""
    """How the set was chosen: `named` by a person, or the `newest` of the platform when the drill
    began. Empty if that is not known, and in older records."""
    newest_when_asked: str = ""
    """Id of the newest set when the drill was requested; empty unless a newer one was used."""


class Tool(_Part, frozen=True, kw_only=True):
    """5. The versions of the tool, the platform and the images, and the settings."""

    tool: str = ""
    release: str = ""
    """The platform's release."""
    images: tuple[Image, ...] = ()
    configuration_sha256: str = ""
    """SHA-256 of the settings the drill was started with, as canonical JSON without passwords."""


class Isolation(_Part, frozen=True, kw_only=True):
    """6. Whether nothing got out of the sandbox, and whether the live platform stayed unchanged."""

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
    """7. A step of the plan, whether it was run or not."""

    run: str
    step: str
    title: str
    command: tuple[str, ...] = ()
    state: StepState = "not run"
    began: str = ""
    seconds: float | None = None
    reason: str = ""


class Gone(_Part, frozen=True, kw_only=True):
    """9. The data that would have been lost: one store of one `host` (empty in older records)."""

    store: str
    host: str = ""
    newest: str = ""
    seconds: float | None = None
    """Data loss in seconds: from the newest record, or `held_until`, up to the declaration (or up
    to `lost_from`, if set); null if it is not known, see `why`."""
    held_until: str = ""
    """The time up to which the set has everything written into this store. Empty unless later than
    the newest record, with every check passed."""
    why: str = ""
    timeless: bool = False
    """Whether no record of the store has a time; it then does not count for the recovery point."""


class Measured(_Part, frozen=True, kw_only=True):
    """9. An objective: its target, the measured value, and whether the target was met."""

    target_seconds: float | None = None
    seconds: float | None = None
    met: bool | None = None
    """Whether the target was met; null without a target, or if that is not known."""
    why: str = ""


class Split(_Part, frozen=True, kw_only=True):
    """9. How the time was spent. `whole_ms` is the sum of the first three; with `sandbox_ms` added
    it is the time that passed. All are whole milliseconds, so that they add up exactly."""

    machine_ms: int = 0
    decisions_ms: int = 0
    waiting_ms: int = 0
    whole_ms: int = 0
    sandbox_ms: int = 0
    """Time that a real restore does not need: for making, checking and removing the sandbox."""
    passed_ms: int = 0
    """Time from the declaration to the last check."""


class Objectives(_Part, frozen=True, kw_only=True):
    """9. The recovery time and the recovery point, and what they were computed from."""

    rto: Measured = Measured()
    split: Split = Split()
    phases: tuple[Phase, ...] = ()
    rpo: Measured = Measured()
    stores: tuple[Gone, ...] = ()
    lost_from: str = ""
    """When the set was chosen, if it was made after the drill was requested: data loss then counts
    up to this time. Otherwise empty."""
    newest: tuple[Newest, ...] = ()
    unattended: bool = False
    """Whether a timer started the drill, so that no person decided anything: their time is 0."""
    problems: tuple[str, ...] = ()


class Choice(_Part, frozen=True, kw_only=True):
    """10. A decision that was made in a scenario."""

    time: str
    question: str
    option: str
    wrong: bool = False
    by: str = ""


class Story(_Part, frozen=True, kw_only=True):
    """10. The scenario that was played, and who was assumed to be absent."""

    name: str = ""
    title: str = ""
    version: str = ""
    sha256: str = ""
    """SHA-256 of the scenario's file when the drill began; empty in older records."""
    seed: str = ""
    faults: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    decisions: tuple[Choice, ...] = ()
    gates_missed: tuple[str, ...] = ()
    hints: int = 0
    wrong_turns: int = 0


class Observation(_Part, frozen=True, kw_only=True):
    """11. Something that a person saw or decided, or that did not go as planned."""

    time: str
    text: str
    by: str = ""
    kind: Literal["observation", "decision", "deviation"] = "observation"


class Review(_Part, frozen=True, kw_only=True):
    """12. Where to find a reviewer's verdict: in files beside the record, which never changes."""

    file: str = "review.json"
    signature: str = "review.json.sig"
    rule: str = (
        "Reviewed only where review.json names the SHA-256 of this record and of the operator's"
        " signature, and is signed by another key than the operator's. Else it is unreviewed."
    )


class Action(_Part, frozen=True, kw_only=True):
    """13. What is to be done about a finding. The drill's journal says when it is closed."""

    name: str
    text: str
    good: bool = False
    owner: str = ""
    due: str = ""
    retest: str = ""
    closed: str = ""
    closed_text: str = ""


class Erasures(_Part, frozen=True, kw_only=True):
    """14. Accounts of the set that were erased since it was made: a real restore brings them back,
    and they have to be erased again. The operator's file names them; the record does not."""

    count: int | None = None
    by_role: tuple[Erased, ...] = ()
    file: str = ""
    why: str = ""


class Disposed(_Part, frozen=True, kw_only=True):
    """15. Whether the sandbox was removed completely."""

    complete: State = "not known"
    what: tuple[Disposal, ...] = ()
    why: str = ""
    made: bool | None = None
    """Whether a sandbox was made; null if that is not known, and in older records."""


class Privacy(_Part, frozen=True, kw_only=True):
    """16. How personal data was kept out of the record, and how long the record has to be kept."""

    names_compared: bool = False
    """Whether every text of the record was compared with all account names of the set."""
    left_out: int = 0
    """How many names, addresses and secrets were removed from texts."""
    why: str = ""
    keep_until: str = ""
    """The last day on which the record has to be kept."""


class Source(_Part, frozen=True, kw_only=True):
    """17. A journal that the record was made from: its length and hash at that time."""

    name: str
    bytes: int
    sha256: str


class Paper(_Part, frozen=True, kw_only=True):
    """17. A file beside the record of an earlier drill: a signature, a debrief or a review."""

    drill: str
    name: str
    sha256: str


class Chain(_Part, frozen=True, kw_only=True):
    """17. The link to the previous record of the same platform."""

    platform: str = ""
    number: int = 1
    previous: str = ""
    """Id of the previous record's drill; empty in the first record."""
    previous_sha256: str = ""
    """SHA-256 of the previous `record.json`, byte for byte."""
    sources: tuple[Source, ...] = ()
    papers: tuple[Paper, ...] = ()
    """Files beside earlier records when this one was written, which no record had named yet."""
    without: tuple[str, ...] = ()
    """Ids of earlier drills whose record was missing, different from the list, or ambiguous when
    this one was written. If one is put back, it may have the same `number` as this record."""


class Record(_Part, frozen=True, kw_only=True):
    """The record of a drill, whatever its outcome."""

    format: int = FORMAT
    id: str
    practice: bool = False
    simulated: str = ""
    """A notice that no real platform was part of the drill; empty if one was."""
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
        """Whether the drill ended early: checks that passed then prove nothing about what was not
        run."""
        return self.outcome == BROKEN_OFF

    @property
    def not_made(self) -> bool:
        """Whether it is known that no sandbox was made."""
        made = self.disposal.made
        if made is None:  # An older record says it only in this sentence.
            return self.disposal.why == _NOT_MADE_BEFORE
        return not made

    @property
    def executed(self) -> bool:
        """Whether anything was executed: a walk-through is only talked through."""
        return self.plan.exercise != "walk-through"


NOT_MADE = "no sandbox was made"
"""`Disposed.why` of a drill that ended before its sandbox was made: nothing has to be removed."""
_NOT_MADE_BEFORE = "no sandbox was made"
"""`NOT_MADE` as in older records, which have no `Disposed.made`. Never change it."""
SIMULATED = "SIMULATED: no real platform was part of this drill. It proves nothing of one."
"""Notice on a drill that was held on a practice platform, or only talked through."""


def encode(record: Record) -> bytes:
    """The bytes of `record.json`: indented, so that people and stock commands can read it."""
    return msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n"
