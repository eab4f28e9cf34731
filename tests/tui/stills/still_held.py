"""Drills that were held, on a platform that stands still: their records, reports and runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from pryv_tui.drills.cadence import Cadence, attention
from pryv_tui.drills.findings import Open
from pryv_tui.drills.model import (
    Action,
    Chain,
    Measured,
    Objectives,
    Outcome,
    Privacy,
    Record,
    SetOnRecord,
    When,
)
from pryv_tui.drills.record.closing import close_drill
from pryv_tui.drills.report.writing import in_text
from pryv_tui.drills.signing.checking import Signatures
from pryv_tui.drills.signing.standing import Odd
from pryv_tui.drills.waiting import Known
from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents.events import FindingNoted, Planned
from pryv_tui.incidents.incident import Incident
from pryv_tui.operations.drilling.clearing import Cleared
from pryv_tui.operations.drilling.facts import Check, Disposal
from pryv_tui.operations.drilling.places import Kept
from pryv_tui.operations.overview.overview import Overview
from pryv_tui.operations.plan import Plan
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.runs.record.events import (
    AnyEvent,
    Output,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
)
from pryv_tui.tui.screens.drills.held import Held
from tests.drills.held import RUN, checks, hold
from tests.tui.stills.still_parts import NOW, SET, at
from tests.tui.stills.still_runs import StillStep, _plan

DRILL = "20260115T115500Z-drill-5f5f"
FOLDER = "/var/lib/pryv-tui/drills/20260112T020000Z-drill-0001"


def _held(day: str, outcome: Outcome, *why: str, signed: bool) -> Known:
    name = f"202601{day}T020000Z-drill-0001"
    when = f"2026-01-{day}T02:00:00.000Z"
    return Known(
        Incident(id=name, folder=f"/var/lib/pryv-tui/drills/{name}", opened=when),
        Record(
            id=name,
            outcome=outcome,
            outcome_why=why,
            when=When(declared=when, ended=when),
            set=SetOnRecord(id=f"202601{day}T010000Z"),
            objectives=Objectives(rto=Measured(seconds=421.0 if not why else None)),
        ),
        Signatures(signed=signed),
    )


FAILED = _held("12", "failed", "content, redis: 3 users, the set says 4", signed=False)
PASSED = _held("05", "passed", signed=True)
HELD = (FAILED, PASSED)
CLEARED = (
    Cleared(
        drill=DRILL,
        gone=(
            *(Disposal(what=f"pryvdrill_{name}", when=at(11, 58), proof="gone", container=True)
              for name in ("mongodb", "influxdb", "redis")),
            Disposal(what="/var/lib/pryv-tui/sandboxes", when=at(11, 58), proof="gone"),
        ),
    ),
    Cleared(drill=DRILL, problem="the engine single does not answer"),
)  # fmt: skip
"""What came of sandboxes that were left: one is gone, one can't be removed."""


def _edited() -> Known:
    odd = Odd(PASSED.drill.id, "record.json is not what was signed")
    wrong = Signatures(signed=True, wrong=odd.why)
    return Known(PASSED.drill, None, wrong, odd.problem, odd)


EDITED = (FAILED, _edited(), _held("02", "broken off", "the fire alarm", signed=False))


def unsigned(folder: Path) -> Held:
    """The report of a drill that failed, of which something was found since."""
    bad = Check(
        name="content", about="redis", state="failed", expected="4", found="3",
        why="3 users, the set says 4: the account register.core of one is missing",
    )  # fmt: skip
    more = [
        FindingNoted(name="a1", text="nobody knew where the key lies", owner="berta",
                     due="2026-04-01", retest="the next drill of a set"),
        FindingNoted(name="a2", text="the list was at hand", good=True),
    ]  # fmt: skip
    settings = hold(folder / "held", of=[*checks(), bad], more=more)
    record = close_drill(settings, RUN).record
    report = _report(_the_same_each_time(record), Signatures(signed=False))
    since = "Found since, not signed yet:\n  - a3 of this drill: the disk was small (ops)\n"
    return report._replace(text=f"{report.text}\n{since}")


def _the_same_each_time(record: Record) -> Record:
    return msgspec.structs.replace(
        record,
        when=msgspec.structs.replace(record.when, recorded="2026-03-02T04:08:20.000Z"),
        set=SetOnRecord(id=record.set.id, created="2026-03-01T03:00:00.000Z"),
        tool=msgspec.structs.replace(
            record.tool, tool="1.0.0", release="1.9.2", configuration_sha256="5a" * 32
        ),
        privacy=Privacy(names_compared=True, keep_until="2033-01-01"),
        chain=Chain(platform="pryv.example"),
    )


def _report(record: Record, signatures: Signatures) -> Held:
    return Held(
        in_text(record, signatures, ("--state", "/srv/drills")),
        signatures,
        unsigned=not signatures.signed,
        late=signatures.signed,
    )


def signed(report: Held) -> Held:
    """The same after it was signed."""
    signatures = Signatures(
        signed=True, operator="SHA256:0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
    )
    text = report.text.replace("UNSIGNED AND UNREVIEWED", signatures.words)
    return report._replace(text=text, signatures=signatures, unsigned=False, late=True)


def without_record() -> Held:
    nothing = Signatures(signed=False)
    return Held("It has no record yet: it has not ended.", nothing, unsigned=False, there=False)


def can_not_write(*_given: Any, **_more: Any) -> None:
    raise PryvTuiError(
        "disk-full", f"{FOLDER}/journal.jsonl can't be written: no space left on device"
    )


def can_not_sign(*_given: Any, **_more: Any) -> None:
    raise PryvTuiError(
        "usage",
        "/root/.ssh/id_ed25519 is no key with which anything can be signed: no such file",
        "Make one: ssh-keygen -t ed25519 -f /root/.ssh/id_ed25519",
    )


# --- what the overview says -----------------------------------------------------------------------


def with_drills(found: Overview, _settings: Settings) -> Overview:
    """An overview on which all of it comes together."""
    drill = PASSED.drill.id
    told = Cadence(
        NOW,
        86_400.0,
        last=FAILED.record,
        passed=PASSED.record,
        actions=(
            Open(drill, Action(name="a1", text="nobody knew where the key lies", owner="berta",
                               due="2026-01-10", retest="the next drill of a set")),
        ),
        left=(
            Kept(drill=DRILL, folder=f"/var/lib/pryv-tui/sandboxes/{DRILL}", host="single",
                 made=at(11, 55), expires=at(15, 55)),
        ),
        played=(Planned(exercise="scenario", scenario="core-lost",
                        title="The core machine is lost"),),
    )  # fmt: skip
    return msgspec.structs.replace(
        found, attention=(*found.attention, *attention(told)), drilled=told.words
    )


# --- its run --------------------------------------------------------------------------------------


def plan() -> Plan:
    return _plan(
        "drill",
        ("The live platform is not touched: it is looked at, before and after.",),
        StillStep(words="Check the preconditions of the drill"),
        StillStep(words="Make the sandbox",
                  shell=(f"docker network create --internal pryvdrill_{DRILL}",)),
        StillStep(words="Prove that nothing in it reaches anything outside"),
        StillStep(words=f"Restore the set {SET} in the sandbox"),
        StillStep(words="Compare every store with what the set says it holds"),
        StillStep(words="Take the sandbox down",
                  shell=(f"rm -r /var/lib/pryv-tui/sandboxes/{DRILL}",)),
        StillStep(words="Look whether the live platform is what it was"),
    )  # fmt: skip


def events(*, until: int, end: RunFinished | None = None, practice: bool) -> list[AnyEvent]:
    """The events of its run.

    Args:
        until: how many steps have ended; the next one goes on, where there is no end.
    """
    made = plan()
    views = made.views()
    told: list[AnyEvent] = [
        RunStarted(time=at(11, 55), kind="drill", roles=list(made.roles), plan=list(views), pid=7,
                   domain=made.domain, practice=practice, set=SET),
    ]  # fmt: skip
    for number, view in enumerate(views[: until + (end is None)]):
        words: dict[str, Any] = {"step": view.step, "title": view.title,
                                 "command": list(view.command)}  # fmt: skip
        told.append(StepStarted(time=at(11, 55, 5 * number), **words))
        if number < until:
            told.append(StepFinished(time=at(11, 55, 5 * number + 4), outcome="done", seconds=4.0,
                                     **words))  # fmt: skip
        else:
            text = "finished restoring pryv-node.events (1242 documents)\n"
            now = at(11, 55, 5 * number + 1)
            told.append(Output(time=now, step=view.step, stream="stdout", text=text))
    return [*told, end] if end is not None else told


PASSED_END = RunFinished(
    time=at(11, 56), run=DRILL, outcome="complete", exit=0, set=SET,
    what=f"The set {SET} was restored in a sandbox and compared: every check passed.",
    remains=["Nothing of the sandbox is left; the live platform is what it was before."],
    checks=["mongodb: 1,242 documents in 3 collections, expected 1,242",
            "redis: 4 users, expected 4"],
    next=["Sign its record: pryv-tui drill sign " + DRILL],
)  # fmt: skip
REFUSED_END = RunFinished(
    time=at(11, 55, 3), run=DRILL, outcome="refused", exit=4,
    what="The drill was refused: /var/lib/pryv-tui has 1.1 GiB free, about 1.4 GiB are needed.",
    remains=["No sandbox was made, and nothing was changed."],
    next=["Make room there, or name another disk: --sandbox FOLDER"],
)  # fmt: skip
