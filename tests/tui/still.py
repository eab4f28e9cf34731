"""A platform that stands still, so that its screens are always the same.

Made by hand, at one moment: it stands in for hosts, vault, plans, journals and the clock; what
is drawn of them is the program's own.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import msgspec

from pryv_tui.hosts.deployment import Deployment
from pryv_tui.hosts.engine import Mount
from pryv_tui.incidents.looking import Standing
from pryv_tui.operations.activity import GoingOn
from pryv_tui.operations.advice import Choice, Facts, Stop, advise
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.guards.line import GuardLine, failed, ok, warning
from pryv_tui.operations.overview.attention import Attention
from pryv_tui.operations.overview.overview import FolderSize, Overview
from pryv_tui.operations.plan import DOWN, Plan, PlanKind, Step, numbered
from pryv_tui.operations.plans.container import Act, container_plan, find_container
from pryv_tui.operations.plans.prune import prune_plan
from pryv_tui.operations.sets.retention import Judgement
from pryv_tui.operations.settings.resolve import HostSettings, Settings
from pryv_tui.operations.site import Site
from pryv_tui.platform.gap import Gap
from pryv_tui.runs.half_done import BACK_COSTS
from pryv_tui.runs.left import Left
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
from pryv_tui.runs.recovery import FirstLook
from pryv_tui.vault.checks import Verification
from pryv_tui.vault.set_files import GUIDE
from pryv_tui.vault.sets import BackupSet
from pryv_tui.vault.vault import Vault
from tests.hosts.machines import StillEngine, StillHost
from tests.operations.kit import deployed, manifest_of, part, set_of
from tests.tui import still_drill, still_practice
from tests.tui.still_comparing import StillLooker

NOW = datetime(2026, 1, 15, 12, 0, 0, tzinfo=UTC)
ROOT = "/var/pryv"
SET = "20260115T020000Z-nightly"
BACKUP, RESTORE, UNDO = (
    "20260115T020000Z-backup-0a1b",
    "20260115T110000Z-restore-2c3d",
    "20260115T113000Z-undo-4e5f",
)


def at(hour: int, minute: int, second: int = 0) -> str:
    """A moment of that day."""
    return f"2026-01-15T{hour:02d}:{minute:02d}:{second:02d}.000Z"


class TalkingEngine(StillEngine):
    """Has a log; its events never come."""

    def events(self) -> Iterator[Any]:
        threading.Event().wait()
        yield

    def logs(self, container: str, **_more: Any) -> Iterator[bytes]:
        for number in range(30):
            yield f"{at(11, 59, number)} [{container}] request {number}: 4 ms\n".encode()
        threading.Event().wait()


class StillVault(Vault):
    def __init__(self, sets: Sequence[BackupSet]) -> None:
        super().__init__(Path("/var/backups/pryv"))
        self._sets = list(sets)

    def sets(self) -> list[BackupSet]:
        return list(self._sets)

    def guide(self, backup: BackupSet) -> str:
        return f"# How to restore this set by hand\n\n{backup.folder / GUIDE}\n"


class StillSite(Site):
    """What the screens are given; `scene` chooses what the overview finds."""

    def __init__(self, *, practice: bool) -> None:
        settings = Settings(
            vault="/var/backups/pryv",
            state="/var/lib/pryv-tui",
            practice="/srv/practice" if practice else None,
            hosts=(HostSettings(name="single"),),
        )
        found = _platform(practice)
        host: Any = StillHost("single", found.hosts[0].containers)
        host.engine = TalkingEngine(found.hosts[0].containers)
        super().__init__(settings, (host,))
        self.found = found
        self.vault = StillVault(_sets())
        self.scene = "well"

    def discover(self) -> Deployment:
        return self.found


def _platform(practice: bool) -> Deployment:
    found = deployed("single-node")
    (state,) = found.hosts
    containers = tuple(
        msgspec.structs.replace(
            each,
            since=at(8, number),
            restarts=3 if number == 4 else 0,
            restart_policy="always",
            image_digest=f"sha256:{number:x}{'5a' * 31}b",
            networks=("pryv_backend 172.19.0.7",),
            mounts=(*each.mounts, Mount("/dev/log", "/dev/log")),
            labels={
                "com.docker.compose.project": "pryv",
                "com.docker.compose.project.working_dir": f"{ROOT}/pryv",
            },
        )
        for number, each in enumerate(state.containers)
    )
    state = msgspec.structs.replace(
        state, name="single", root=ROOT, root_exists=True, containers=containers
    )
    return msgspec.structs.replace(found, practice=practice, hosts=(state,))


def _lost(found: Deployment) -> Deployment:
    (state,) = found.hosts
    left = tuple(c for c in state.containers if c.service in ("redis", "dns", "nginx", "mail"))
    gone = [msgspec.structs.replace(left[0], state="exited"), *left[1:]]
    state = msgspec.structs.replace(state, containers=tuple(gone), roles=("register", "static-web"))
    return msgspec.structs.replace(found, hosts=(state,))


def _sets() -> list[BackupSet]:
    gap = Gap(
        accounts_from=at(2, 0, 4), accounts_to=at(2, 0, 6), accounts_seconds=2.4,
        data_from=at(2, 0, 4), data_to=at(2, 7, 0), data_seconds=416.0,
    )  # fmt: skip
    single = part(
        "single", "core", "register", "static-web", root=ROOT, files=20_184,
        bytes=1_365_000_000, folders=18_022, links=3,
    )  # fmt: skip
    manifest = manifest_of(
        single, id=SET, label="nightly", created=at(2, 0), gap=gap,
        casualties={"accounts.register_only": 1, "attachments.without_event": 2},
    )  # fmt: skip
    older = manifest_of(single, id="20260114T020000Z-nightly", created="2026-01-14T02:00:00.000Z")
    folder = "/var/backups/pryv"
    good = Verification(at(3, 0), "good", 20_184, 1_365_000_000)
    bad = Verification(at(4, 0), "bad", 20_183, 1_364_000_000, ("single/files/pryv/x: missing",))
    damaged = msgspec.structs.replace(
        set_of(older, folder), state="damaged", verification=bad, problem="1 file is missing"
    )
    partial = BackupSet(
        id="20260114T180000Z", path=f"{folder}/20260114T180000Z.partial", state="partial",
        problem="it was never finished",
    )  # fmt: skip
    parts = [
        Verification(at(hour, 0), "good", 1_009, 68_000_000, part=number, parts=20)
        for number, hour in enumerate((5, 9), start=1)
    ]
    complete = msgspec.structs.replace(
        set_of(manifest, folder), verification=good, checks=(good, *parts)
    )
    return [damaged, partial, complete]


SIZES = [
    FolderSize("pryv/core/data", "travels", 1_320_000_000, 20_050),
    FolderSize("pryv/mongodb/data", "left_out", 840_000_000, 320),
    FolderSize("pryv/influxdb/data", "left_out", 210_000_000, 96),
    FolderSize("pryv/redis/data", "travels", 2_400_000, 3),
    FolderSize("pryv/core/data/previews", "recreated", 96_000, 41),
    FolderSize("config-leader", "travels", 41_000, 22),
    FolderSize("pryv/nginx/conf", "travels", 9_200, 14),
]


def first_look(site: StillSite) -> FirstLook:
    """What the overview of a scene finds."""
    found, last = site.found, site.vault.sets()[-1]
    items: tuple[Attention, ...] = ()
    going_on = None
    left: tuple[Left, ...] = ()
    if site.scene == "lost":
        found = _lost(found)
        items = (
            Attention("failed", "Core is gone: in the last backup, but not found here.",
                      f"Bring it back: pryv-tui restore {SET}"),
            Attention("warning", "single: pryvio_nginx is exited.",
                      "Read its log: pryv-tui containers logs pryvio_nginx --host single"),
            Attention("info", f"single: content moved aside by the run {RESTORE} is still there.",
                      f"Put it back: pryv-tui undo {RESTORE}; or remove it for good: pryv-tui"
                      f" release {RESTORE} --confirm pryv.example"),
        )  # fmt: skip
    elif site.scene == "running":
        going_on = GoingOn(run=BACKUP, kind="backup",
                           held=frozenset({("single", "pryvio_config_follower")}))  # fmt: skip
        items = (Attention("info", f"The backup {BACKUP} is going on.",
                           f"Follow it: pryv-tui attach {BACKUP}"),)  # fmt: skip
    elif site.scene == "left":
        left = (
            Left(
                run=RESTORE, kind="restore", died=True, set_id=SET, text=LEFT.what,
                outstanding=(Owed(kind="aside", host="single", what=ROOT, where=ASIDE),),
                choices={way: choice.does for way, choice in LEFT.ways.items()},
                default="finish",
                advice=advise(LEFT),
            ),
        )  # fmt: skip
    held = last.manifest.roles if last.manifest is not None else ()
    overview = Overview(
        deployment=found, sets=tuple(site.vault.sets()), last=last, attention=items,
        going_on=going_on, answers={("single", "core"): "", ("single", "register"): ""},
        # Nothing of this platform is on any disk: it is known from what was found alone.
        lost=dict.fromkeys(set(held) - set(found.roles), last.id),
    )  # fmt: skip
    return FirstLook(overview=overview, left=left, changed_by="")


LEFT = Facts(
    run=RESTORE, kind="restore", half=True,
    what=f"The restore {RESTORE} died half-way: {ROOT} on single.",
    stops=(Stop(run=RESTORE, way="finish", step=f"Copy the set's files back into {ROOT} on single",
                at="2026-01-15T11:00:47Z"),),
    down=tuple(f"pryvio_{name}" for name in ("core", "hfs", "mongodb", "nginx", "register")),
    since="2026-01-15T11:00:12Z",
    ways={
        "finish": Choice(
            does=f"Restore the set {SET} to the end; files and databases that are back are kept and"
            " compared.",
            cost="Down as long as a restore takes; what was written after 2026-01-15 02:00:00 UTC"
            " is not in the set.",
        ),
        "roll-back": Choice(
            does="Put back what was there before the restore, start what ran.",
            cost=BACK_COSTS,
        ),
    },
)  # fmt: skip
ASIDE = f"{ROOT}/.pryv-tui/aside/{RESTORE}"
GUARDS = [
    ok("engine single", "Docker Engine 24.0.7 answers"),
    ok("privileges", "this is root"),
    ok("roles", "core, register, static-web"),
    ok("root single", f"{ROOT} (from the containers' mounts)"),
    ok("stores single", "mongodb, influxdb, redis running"),
]
WARNED = [*GUARDS, warning("certificate single", "the certificate ends in 9 days",
                           "Renew it now; a restore brings the old one back")]  # fmt: skip
BROKEN = [
    *WARNED,
    failed("vault", "/var/backups/pryv has 1.1 GiB free, about 1.4 GiB are needed",
           "Make room there, or choose another: --vault"),
]  # fmt: skip


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
        ("No service that users need is stopped or held: only the config follower is.",
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
        ("Nothing that is there is touched, and nothing is stopped: the files come into a folder"
         " of their own, from which you take what you need.",),
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


LIVE = "20260115T115800Z-backup-6071"


@contextmanager
def standing_still(folder: Path, *, practice: bool) -> Iterator[StillSite]:
    """The still platform in place of everything that the screens ask.

    Args:
        folder: for the journals.
    """
    site = StillSite(practice=practice)
    plan = _backup()
    _journal(folder, BACKUP, _events(plan, running=False, practice=practice))
    _journal(folder, LIVE, _events(plan, running=True, practice=practice))

    def runs(_state: Path) -> list[RunRecord]:
        found = _runs(folder)
        if site.scene == "running":
            found.append(_record(LIVE, folder, state="running", outcome="", set="",
                                 started=at(11, 58)))  # fmt: skip
        return found

    def known(state: Path, name: str) -> RunRecord:
        return next(record for record in runs(state) if record.id == name)

    def going_on(_state: Path) -> RunRecord | None:
        return runs(_state)[-1] if site.scene == "running" else None

    def guards(*_given: Any, **_more: Any) -> list[GuardLine]:
        return list(WARNED)

    def undoable(state: Path) -> list[RunRecord]:
        return [record for record in runs(state) if record.id == RESTORE]

    clock = SimpleNamespace(time=NOW.timestamp)
    tui = "pryv_tui.tui"
    in_place: dict[str, Any] = {
        "text.words.utc_now": lambda: NOW,
        "flows.since.utc_now": lambda: NOW,
        "widgets.topbar.utc_now": lambda: NOW,
        "text.run.time": clock,
        "text.run_model.time": clock,
        "screens.practice._look": still_practice.look,
        "screens.drills.choose._look": still_drill.look,
        "screens.drills.choose.begin": still_drill.begin,
        "screens.drills.play.utc_now": lambda: NOW,
        "screens.overview.first_look": first_look,
        "screens.overview.notice": lambda *_given: Standing(),
        "screens.overview.folder_sizes": lambda _state: list(SIZES),
        # A run that goes on is not opened by itself here.
        "screens.overview.run_going_on": lambda _state: None,
        "base.page.run_going_on": going_on,
        "screens.runs.all_runs": runs,
        # Nothing lies aside on any disk.
        "screens.runs.undoable": undoable,
        "screens.runs.keeps_something": lambda record: record.id == RESTORE,
        "session.undoable": undoable,
        # Their folders hold a journal alone: nobody works there, and none of them has died.
        "screens.run.read_run": lambda _folder: None,
        "session.resolve_run": known,
        "screens.doctor.doctor": lambda *_given: list(BROKEN),
        "screens.backup.missing_roles": lambda *_given, **_more: (),
        "screens.restore.missing_roles": lambda *_given, **_more: (),
        "screens.restore.set_to_restore": lambda _found, sets, **_more: sets[-1],
        "screens.backup.backup_guards": guards,
        "screens.backup.plan_backup": _backup,
        "screens.restore.Looker": StillLooker,
        "text.comparing.utc_now": lambda: NOW,
        "screens.restore.restore_guards": guards,
        "screens.restore.plan_restore": _restore,
        "flows.undo.plan_undo": _undo,
        "flows.release.plan_release": _release,
        # Nothing is held and nothing was left: what is planned is the program's own.
        "screens.container.run_that_holds": lambda *_given: "",
        "screens.container.plan_switch": _switch,
        "flows.recover.plan_recovery": _undo,
        "flows.files.plan_files": _files,
        "screens.prune.plan_prune": _prune,
    }
    with ExitStack() as stack:
        for name, stand_in in in_place.items():
            stack.enter_context(patch(f"{tui}.{name}", stand_in))
        yield site
