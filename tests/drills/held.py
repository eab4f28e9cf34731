"""A drill that was held, as the journals of its run and its own tell it: no platform is needed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from pryv_tui.clock import timestamp
from pryv_tui.drills.files import begin
from pryv_tui.incidents.events import AnyEvent as DrillEvent
from pryv_tui.incidents.events import Planned
from pryv_tui.operations.drilling.facts import (
    Check,
    Disposal,
    DrillFact,
    Erased,
    Fingerprint,
    Image,
    Newest,
    Phase,
    Probe,
    Sandbox,
)
from pryv_tui.operations.plan import StepView
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.runs.record.events import (
    AnyEvent,
    Note,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
    drill_event,
)
from pryv_tui.who import Who

BEGAN = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
RUN = "20260302T040000Z-drill-ab12"
ANNA = Who(user="anna", uid=1000, known_by="login", terminal="pts/1", how="terminal")


def at(seconds: float) -> str:
    """A moment of the drill: so many seconds after it began."""
    return timestamp(BEGAN + timedelta(seconds=seconds))


def settings_of(folder: Path, *, practice: bool = False) -> Settings:
    return Settings(
        vault=str(folder / "vault"),
        state=str(folder / "state"),
        domain="pryv.example",
        practice=str(folder / "p") if practice else None,
    )


def probes() -> list[DrillFact]:
    return [
        Probe(what="outwards", target="1.1.1.1:443", reached=False, answer="no route", source="x"),
        Probe(what="name", target="pryv.example", reached=False, answer="no answer", source="x"),
        Probe(what="host", target="172.17.0.1:22", reached=False, answer="refused", source="x"),
        Probe(
            what="production",
            target="172.18.0.5:27017",
            reached=False,
            answer="no route",
            source="x",
        ),
    ]


def prints() -> list[DrillFact]:
    one = Fingerprint(moment="before", containers="a" * 64, networks="b" * 64, root="c" * 64)
    return [one, msgspec.structs.replace(one, moment="after")]


def checks() -> list[DrillFact]:
    return [
        Check(name="documents", about="mongodb", state="passed", expected="1200", found="1200"),
        Check(name="accounts", about="redis", state="passed", expected="12", found="12"),
        Check(name="files", about="core", state="passed", expected="40", found="40"),
    ]


def facts(of: Sequence[DrillFact] | None = None) -> list[tuple[float, DrillFact]]:
    """Each with its second: a sandbox made in a minute, a restore of six, a teardown of one."""
    first, last = prints()
    found = [
        (0.0, Sandbox(id=RUN, set="20260301T030000Z", depth="data", root="/d", expires=at(9999))),
        (1.0, first),
        (2.0, Phase(name="sandbox", began=at(2), ended=at(62), of="sandbox")),
        *((50.0, one) for one in probes()),
        (
            60.0,
            Image(service="mongodb", reference="pryv/mongodb:1.9.1", digest="sha256:" + "d" * 64),
        ),
        (62.0, Phase(name="restore", began=at(62), ended=at(422), of="machine")),
        (400.0, Newest(store="mongodb", moment=at(-7200))),
        (401.0, Newest(store="redis", moment=at(-3600))),
        *((420.0, one) for one in (checks() if of is None else of)),
        (421.0, Erased(count=2, role="core")),
        (480.0, Disposal(what="pryvdrill_mongodb", when=at(479), proof="no such container")),
        (481.0, Disposal(what="/d", when=at(480), proof="no such folder")),
        (482.0, last),
    ]
    return [(second, fact) for second, fact in found if isinstance(fact, msgspec.Struct)]


def run_events(
    told: Sequence[tuple[float, DrillFact]],
    *,
    ended: bool = True,
    by: Who = ANNA,
    end: RunFinished | None = None,
    text: str = "",
    practice: bool = False,
) -> list[AnyEvent]:
    """What a run's journal says.

    Args:
        text: stands in whatever the run says in words.
    """
    plan = [
        StepView(step=f"0{n}-x", title=f"{name} {text}", host="h", command=(f"run {name} {text}",),
                 leaves="nothing", undone="nothing", destructive=False)
        for n, name in ((1, "make the sandbox"), (2, "restore"), (3, "clean up"))
    ]  # fmt: skip
    events: list[AnyEvent] = [
        RunStarted(
            time=at(0), run=RUN, kind="drill", roles=["core"], plan=plan, pid=1, by=by,
            domain="pryv.example", set="20260301T030000Z", practice=practice,
        ),
        StepStarted(time=at(1), run=RUN, step="01-x", title=plan[0].title, command=["make"]),
        StepFinished(time=at(61), run=RUN, step="01-x", title=plan[0].title, command=["make"],
                     outcome="done", seconds=60.0),
        StepStarted(time=at(62), run=RUN, step="02-x", title=plan[1].title, command=["put"]),
        *(msgspec.structs.replace(drill_event(one), time=at(s), run=RUN) for s, one in told),
    ]  # fmt: skip
    if text:
        events.append(Note(time=at(470), run=RUN, text=text, level="warning"))
    if ended:
        events += [
            StepFinished(time=at(422), run=RUN, step="02-x", title=plan[1].title, command=["put"],
                         outcome="done", seconds=360.0, reason=text),
            end or RunFinished(time=at(490), run=RUN, outcome="complete", exit=0, what="done"),
        ]  # fmt: skip
    return sorted(events, key=lambda one: one.time)


def hold(
    folder: Path,
    *,
    run: str = RUN,
    of: Sequence[DrillFact] | None = None,
    events: Sequence[AnyEvent] | None = None,
    planned: Planned | None = None,
    more: Sequence[DrillEvent] = (),
    journal: bool = True,
    practice: bool = False,
    asked: Settings | None = None,
) -> Settings:
    """A drill as it stands on the disk when its run is over and nobody has recorded it."""
    settings = settings_of(folder, practice=practice)
    place = Path(settings.state) / "runs" / run
    place.mkdir(parents=True, mode=0o700)
    told = events if events is not None else run_events(facts(of), practice=practice)
    lines = [msgspec.json.encode(msgspec.structs.replace(one, run=run)) for one in told]
    (place / "journal.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    if journal:
        begin(settings, planned or Planned(exercise="sandbox", rto=900.0, rpo=86400.0),
              drill=run, domain="pryv.example", by=ANNA, more=more)  # fmt: skip
        # As if it had been begun right before its run, whenever this test is run.
        journal_of = Path(settings.state) / "drills" / run / "journal.jsonl"
        then = [msgspec.json.decode(line) for line in journal_of.read_bytes().splitlines()]
        made = [msgspec.json.encode({**one, "time": at(0)}) for one in then]
        journal_of.write_bytes(b"\n".join(made) + b"\n")
    return settings
