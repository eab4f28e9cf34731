"""What a platform that stands still is made of: its engine, vault, sets and checks."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from pryv_tui.hosts.deployment import Deployment
from pryv_tui.hosts.engine import Mount
from pryv_tui.operations.activity import GoingOn
from pryv_tui.operations.advice import Choice, Facts, Stop, advise
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.guards.line import failed, ok, warning
from pryv_tui.operations.overview.attention import Attention
from pryv_tui.operations.overview.folders import FolderSize
from pryv_tui.operations.overview.overview import Overview
from pryv_tui.operations.settings.resolve import HostSettings, Settings
from pryv_tui.operations.site import Site
from pryv_tui.platform.gap import Gap
from pryv_tui.runs.left import Left
from pryv_tui.runs.recovery import FirstLook
from pryv_tui.vault.checks import Verification
from pryv_tui.vault.set_files import GUIDE
from pryv_tui.vault.sets import BackupSet
from pryv_tui.vault.vault import Vault
from tests.hosts.machines import StillEngine, StillHost
from tests.operations.kit import deployed, manifest_of, part, set_of

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
        self.audit = "names"
        """What the live platform tells when it is asked; see `still_audit`."""
        self.drills: Any = None
        """What there is to be seen of drills: `still_drill.Stage`, which is made of these parts."""

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


def first_look(site: StillSite, *, stores: bool) -> FirstLook:
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
        items = (Attention("info", f"The backup {BACKUP} is running.",
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
    by_now="59 min by now",
    ways={
        "finish": Choice(
            does=f"Restore the set {SET} to the end; files and databases that are back are kept and"
            " compared.",
            cost="Down 59 min by now; about 54 s more if it takes as long as the last restore."
            " Data written after 2026-01-15 02:00:00 UTC is not in the set: 3 accounts of core,"
            " 12 events, 3 accounts of register.",
        ),
        "roll-back": Choice(
            does="Put back the content from before the restore, then start what ran.",
            cost="Down 59 min by now; it is not known how much longer: no undo has ended here yet."
                 " Nothing is deleted; data newer than the set comes back: 3 accounts of"
                 " core, 12 events, 3 accounts of register.",
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
