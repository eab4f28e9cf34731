"""Plans, runs and their events on a platform that stands still."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from pryv_tui.hosts.deployment import Deployment
from pryv_tui.operations.plan import DOWN, Plan, PlanKind, Step, numbered
from pryv_tui.operations.plans.container import Act, container_plan, find_container
from pryv_tui.operations.plans.prune import prune_plan
from pryv_tui.operations.sets.retention import Judgement
from pryv_tui.operations.site import Site
from pryv_tui.runs.record.events import (
    AnyEvent,
    GapKnown,
    Note,
    Output,
    ProgressMade,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
)
from pryv_tui.runs.record.history import RunRecord
from pryv_tui.runs.record.journal import NAME as JOURNAL
from tests.tui.stills.still_parts import ASIDE, BACKUP, RESTORE, ROOT, SET, UNDO, at


class StillStep(Step, frozen=True, kw_only=True, tag="still"):
    """A step that is only shown."""

    words: str
    shell: tuple[str, ...] = ()
    changes: bool = False

    @property
    def title(self) -> str:
        return self.words

    @property
    def command(self) -> tuple[str, ...]:
        return self.shell

    @property
    def leaves(self) -> str:
        return "a partial set, which is never taken for a whole one"

    @property
    def leaves_nothing(self) -> bool:
        return not self.shell  # as the real steps that are checks

    @property
    def destructive(self) -> bool:
        return self.changes


def _plan(kind: PlanKind, effects: tuple[str, ...], *steps: StillStep, **more: Any) -> Plan:
    made = numbered([msgspec.structs.replace(step, host="single") for step in steps])
    roles = ("core", "register", "static-web")
    return Plan(kind=kind, roles=roles, steps=made, domain="pryv.example", effects=effects, **more)


_NOTICE = (
    "User accounts created between the core and the register backup will not be usable after a"
    " restore. Expected window: about 3 s.",
    "Attachments and high-frequency data created after the MongoDB dump will not be accessible,"
    " since their events are missing.",
)
_DUMP = "docker exec pryvio_mongodb /app/bin/mongodb/bin/mongodump -d pryv-node -o /app/backup/"
_TAKEN = f"/var/backups/pryv/{SET}"


def _backup(*_given: Any, **_more: Any) -> Plan:
    return _plan(
        "backup",
        ("Only the config follower is held: no service that users need is stopped or held.",
         "Nothing of the platform is deleted. A backup that stops half-way is never taken for a"
         " set."),
        StillStep(words="Check the preconditions, open the set",
                  shell=(f"mkdir -p -m 700 {_TAKEN}.partial",)),
        StillStep(words="Hold the config follower on single",
                  shell=("docker stop pryvio_config_follower",)),
        StillStep(words="Dump MongoDB on single", shell=(_DUMP,)),
        StillStep(words="Copy Redis's files of single ahead of the rest",
                  shell=(f"cp -a {ROOT}/pryv/redis {_TAKEN}.partial/single/files/pryv/",)),
        StillStep(words="Dump InfluxDB on single", shell=(
            "docker exec pryvio_influxdb /usr/bin/influxd backup -portable /pryv/backup/",)),
        StillStep(words=f"Copy the rest of {ROOT} of single (core, register, static-web)",
                  shell=(f"cp -a {ROOT}/. {_TAKEN}.partial/single/files/",)),
        StillStep(words="Check MongoDB in the set of single"),
        StillStep(words="Check Redis in the set of single"),
        StillStep(words="Complete the set", shell=(f"mv {_TAKEN}.partial {_TAKEN}",)),
        StillStep(words="Release the config follower on single",
                  shell=("docker start pryvio_config_follower",)),
        notice=_NOTICE,
        expected={"03-still-single": 42.0, "06-still-single": 390.0},
    )  # fmt: skip


_REPLACING = (
    StillStep(words="Stop the containers of single", shell=("docker stop pryvio_core",),
              changes=True),
    StillStep(words=f"Move what is in {ROOT} of single aside", shell=(f"mv {ROOT}/pryv {ASIDE}/",),
              changes=True),
)  # fmt: skip


def _restore(*_given: Any, **_more: Any) -> Plan:
    return _plan(
        "restore",
        (DOWN,
         "What is there now is moved aside, not deleted; undo puts it back."),
        StillStep(words=f"Verify the set {SET}", shell=("sha256sum -c --quiet ../SHA256SUMS",)),
        *_REPLACING,
        StillStep(words=f"Copy the files back to {ROOT} of single",
                  shell=(f"cp -a {_TAKEN}/single/files/. {ROOT}/",), changes=True),
        StillStep(words="Restore MongoDB on single", shell=(
            "docker exec pryvio_mongodb /app/bin/mongodb/bin/mongorestore /app/backup/",)),
        StillStep(words="Start the services of single", shell=("docker start pryvio_core",)),
        notice=_NOTICE,
    )  # fmt: skip


def _undo(*_given: Any, **_more: Any) -> Plan:
    return _plan(
        "undo",
        ("What was there before the restore comes back; what it put there is moved aside.",),
        *_REPLACING,
        StillStep(words=f"Put {ASIDE} of single back", changes=True),
    )


def _release(*_given: Any, **_more: Any) -> Plan:
    return _plan(
        "release",
        ("What was moved aside is removed for good: it can't be put back any more.",
         "The running platform and the backup sets are not touched."),
        StillStep(words=f"Remove {ASIDE} on single for good", changes=True),
    )  # fmt: skip


def _files(*_given: Any, **_more: Any) -> Plan:
    return _plan(
        "files",
        ("No existing file is touched, and nothing is stopped: the files are put into a"
         " separate folder, from which you take what you need.",),
        StillStep(words=f"Bring 12 files (48.0 KiB) of single to {ROOT}/.pryv-tui/files/RUN"),
    )  # fmt: skip


def _prune(site: Site, found: Deployment, _rules: Any, **_more: Any) -> Plan:
    judged = [
        Judgement(set_id=f"202601{day:02d}T020000Z-nightly", keep=day > 3, bytes=1_365_000_000,
                  why=f"set {7 - day} from the last; the last 3 are kept" if day > 3
                  else "no rule keeps it")
        for day in range(1, 7)
    ]  # fmt: skip
    return prune_plan(judged, vault=str(site.vault.folder), domain=found.domain)


def _switch(_site: Site, found: Deployment, act: Act, name: str, host: str = "") -> Plan:
    return container_plan(found, act, *find_container(found, name, host))


def _record(name: str, folder: Path, **more: Any) -> RunRecord:
    fields: dict[str, Any] = {
        "id": name, "folder": str(folder / name), "kind": name.split("-")[1], "state": "ended",
        "pid": None, "asked": at(2, 0), "started": at(2, 0), "set": SET, "outcome": "complete",
        "roles": ("core", "register", "static-web"),
    }  # fmt: skip
    # What was asked for began at once.
    more = {"asked": more.get("started", at(2, 0)), **more}
    return RunRecord(**{**fields, **more})


def _runs(folder: Path) -> list[RunRecord]:
    return [
        _record("20260113T020000Z-backup-9a9a", folder, state="died", outcome="", set="",
                started="2026-01-13T02:00:00.000Z"),
        _record("20260114T020000Z-backup-8b8b", folder, outcome="failed",
                started="2026-01-14T02:00:00.000Z", what="mongodump stopped with exit code 1"),
        _record(BACKUP, folder, outcome="warnings", what="the gap was longer than 1 s"),
        _record(RESTORE, folder, started=at(11, 0)),
        _record(UNDO, folder, started=at(11, 30), outcome="cancelled"),
    ]  # fmt: skip


def _journal(folder: Path, name: str, events: Sequence[AnyEvent]) -> None:
    (folder / name).mkdir(parents=True)
    lines = b"".join(msgspec.json.encode(event) + b"\n" for event in events)
    (folder / name / JOURNAL).write_bytes(lines)


def _events(plan: Plan, *, running: bool, practice: bool) -> list[AnyEvent]:
    """A backup that began two minutes ago, up to its long copy or to its end."""
    views = plan.views()
    events: list[AnyEvent] = [
        RunStarted(time=at(11, 58), kind="backup", roles=list(plan.roles), plan=list(views), pid=7,
                   domain=plan.domain, practice=practice),
    ]  # fmt: skip
    for second, view in enumerate(views):
        copying = "the rest of" in view.title
        command = list(view.command)
        events.append(
            StepStarted(time=at(11, 58, second), step=view.step, title=view.title, command=command)
        )
        if "mongodump" in "".join(command):
            text = "".join(f"done dumping pryv-node.{name} (1242 documents)\n"
                           for name in ("accesses", "events", "streams"))  # fmt: skip
            events.append(Output(time=at(11, 58, 2), step=view.step, stream="stderr", text=text))
        if copying and running:
            events.append(GapKnown(time=at(11, 58, 9), accounts_seconds=2.4, data_seconds=None,
                                   moments=[_moment("mongodb", 2, 4), _moment("accounts", 4, 5),
                                            _moment("redis", 5, 6)],
                                   going=_moment("files", 9, None)))  # fmt: skip
            events.append(Note(time=at(11, 58, 9), step=view.step, level="warning",
                               text="a log grew while it was copied: nginx/log/a.log"))  # fmt: skip
            for second_now, done in ((10, 100_000_000), (59, 500_000_000)):
                events.append(ProgressMade(time=at(11, 58, second_now), step=view.step, done=done,
                                           total=1_365_000_000, unit="bytes"))  # fmt: skip
            return events
        events.append(
            StepFinished(time=at(11, 58, second + 1), step=view.step, title=view.title,
                         command=command, outcome="done", seconds=1.0)
        )  # fmt: skip
    events.append(
        RunFinished(
            time=at(11, 59, 30), run=BACKUP, outcome="warnings", exit=3, set=SET,
            as_of=at(11, 58, 2),
            gap=["accounts 2.4 s, attachments and series 41.0 s",
                 "casualties: accounts that register knows and core does not: 1"],
            what=f"The set {SET} is complete and checked.",
            remains=["The platform is as it was; nothing is held any more."],
            next=["Settle what the gap cost, dry run first: pryv-tui audit " + SET],
            checks=["mongodb: 1,242 documents in 3 collections, expected 1,242",
                    "redis: 4 users, expected 4"],
            warnings=["the gap for accounts was 2.4 s, longer than the budget of 1 s"],
        )
    )  # fmt: skip
    return events


def _moment(what: str, start: int, end: int | None) -> dict[str, Any]:
    return {"what": what, "host": "single", "role": "core", "started": at(11, 58, start),
            "finished": at(11, 58, end) if end is not None else ""}  # fmt: skip
