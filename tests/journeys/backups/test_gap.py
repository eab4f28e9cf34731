"""Life goes on during a backup, at known moments: what the set makes of it, held or not."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bson
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.formats.redis_files import read_redis
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.settings.resolve import Settings, resolve_settings
from pryv_tui.operations.site import open_site
from pryv_tui.operations.steps.services.hold_platform import HoldPlatform
from pryv_tui.platform.gap import GapChoices, HoldKind
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.left import left_behind
from pryv_tui.runs.record.events import GapKnown, RunFinished, StepStarted
from pryv_tui.runs.record.history import RunRecord, debts_of
from pryv_tui.runs.record.journal import JournalReader
from pryv_tui.runs.recovery import start_recovery
from pryv_tui.runs.start import follow, start_run
from pryv_tui.runs.worker.guardian import NAME as GUARDIAN
from pryv_tui.runs.worker.guardian import GuardianProcess
from pryv_tui.vault.manifest import SetManifest
from tests.helpers import copied
from tests.helpers.waiting import until
from tests.journeys.meddler import NAME as MEDDLED
from tests.operations.kit import context

both_forms = pytest.mark.parametrize("form", ["single-node", "cluster"])
Script = list[tuple[str, str, str]]

SPOTS: Script = [
    ("finished", "dump-mongodb", "grow"),
    ("finished", "copy-ahead-accounts", "grow"),
    ("finished", "copy-ahead-redis", "grow"),
    ("finished", "dump-influxdb", "grow"),
    ("started", "check-mongodb", "grow"),
]
"""After each of the things that are taken, and when all is taken."""


class Backup:
    """A practice platform, and a backup of it that is meddled with."""

    def __init__(self, folder: Path, form: str = "single-node") -> None:
        self.folder = folder / "platform"
        copied.new(self.folder, form=form, users=3, attachments=4)
        self.settings: Settings = resolve_settings(practice=str(self.folder), environment={})
        self.record: RunRecord
        self.end: RunFinished | None = None

    @property
    def platform(self) -> PracticePlatform:
        return PracticePlatform.open(self.folder)

    def run(self, script: Script, **gap: Any) -> None:
        worker = (sys.executable, "-m", "tests.journeys.meddler", json.dumps(script))
        self.record = start_run(self.settings, "backup", gap=GapChoices(**gap), worker=worker)
        for _line, event in follow(self.record):
            if isinstance(event, RunFinished):
                self.end = event

    @property
    def log(self) -> str:
        return (Path(self.record.folder) / "worker.log").read_text()

    @property
    def grown(self) -> dict[str, dict[str, bool]]:
        found: dict[str, dict[str, bool]] = json.loads(
            (Path(self.record.folder) / MEDDLED).read_text()
        )
        return found

    @property
    def manifest(self) -> SetManifest:
        assert self.end is not None and self.end.set, (self.end, self.log)
        found = open_site(self.settings).vault.resolve(self.end.set).manifest
        assert found is not None
        return found

    def files(self, role: str) -> Path:
        host = next(host for host in self.manifest.hosts if role in host.roles)
        return Path(self.settings.vault) / self.manifest.id / host.name / "files"

    # What the set's own files say.

    def in_register(self) -> set[str]:
        content = read_redis(self.files("register") / "pryv/redis/data")
        assert content is not None
        return set(content.users) - {"wactiv"}

    def index(self) -> dict[str, str]:
        path = self.files("core") / "pryv/core/data/users/user-index.db"
        with sqlite3.connect(f"file:{path}?immutable=1", uri=True) as index:
            return dict(index.execute("SELECT username, userId FROM id4name"))

    def documents(self, collection: str) -> list[dict[str, Any]]:
        path = self.files("core") / f"pryv/mongodb/backup/pryv-node/{collection}.bson"
        return list(bson.decode_all(path.read_bytes()))

    def attached(self) -> tuple[set[str], set[str]]:
        """Attachments by their events, and by their files."""
        events = {a["id"] for e in self.documents("events") for a in e.get("attachments", [])}
        users = self.files("core") / "pryv/core/data/users"
        return events, {p.name for p in users.rglob("attachments/*/*") if p.is_file()}

    # What the platform is left as.

    def held(self) -> list[str]:
        """Containers that are not as a running platform has them."""
        return [
            f"{c.name} {c.state}"
            for host in self.platform.hosts
            for c in host.engine.containers()
            if not c.running
        ]

    def until(self, reached: Callable[[], bool], what: str) -> None:
        until(reached, what)


@both_forms
def test_without_a_hold_an_account_may_be_in_register_alone_never_in_core_alone(
    tmp_path: Path, form: str
) -> None:
    backup = Backup(tmp_path, form)
    backup.run(SPOTS, budget=0.001)
    assert backup.end is not None and backup.end.exit == 3
    assert any("over its budget" in line for line in backup.end.warnings)
    assert any("over its budget" in line for line in backup.manifest.warnings)
    assert all(all(made.values()) for made in backup.grown.values())
    register, index = backup.in_register(), backup.index()
    documents = {one["userId"] for one in backup.documents("streams")}
    assert (len(register), len(index), len(documents)) == (5, 4, 3)
    assert set(index) < register
    assert documents < set(index.values())
    gap = backup.manifest.gap
    assert gap.accounts_seconds == gap.window_seconds is not None
    events, files = backup.attached()
    assert events < files, "attachments that came after the dump have no event"


@both_forms
def test_while_registrations_are_held_no_account_is_made_and_all_else_goes_on(
    tmp_path: Path, form: str
) -> None:
    backup = Backup(tmp_path, form)
    backup.run([("finished", "settle", "grow"), *SPOTS], hold="registrations")
    assert backup.end is not None and backup.end.exit == 0, backup.log
    accounts = {spot: made["account"] for spot, made in backup.grown.items()}
    assert accounts == {
        "finished settle": False,
        "finished dump-mongodb": False,
        "finished copy-ahead-accounts": False,
        "finished copy-ahead-redis": False,
        "finished dump-influxdb": True,
        "started check-mongodb": True,
    }
    assert all(made["attachment"] and made["points"] for made in backup.grown.values())
    index = backup.index()
    assert backup.in_register() == set(index)
    assert {one["userId"] for one in backup.documents("streams")} == set(index.values())
    manifest = backup.manifest
    assert manifest.gap.accounts_seconds == 0
    assert manifest.gap.window_seconds is not None and manifest.gap.window_seconds > 0
    assert manifest.gap.data_seconds
    assert manifest.hold is not None and manifest.hold.released_by == "run"
    assert any("registrations were held for" in line for line in backup.end.checks)
    known = [e for e in JournalReader(backup.record.journal).read() if isinstance(e, GapKnown)]
    assert {e.going["what"] for e in known if e.going} == {m.what for m in manifest.moments}
    assert next(e.hold["released"] for e in known if e.hold) == "", "told while it lasts"
    assert known[-1].hold is not None and known[-1].hold["released"]
    assert all(h.clock_offset_seconds is not None for h in manifest.hosts)
    assert backup.held() == []


@both_forms
def test_while_everything_is_held_nothing_is_made_until_all_is_copied(
    tmp_path: Path, form: str
) -> None:
    backup = Backup(tmp_path, form)
    before = backup.platform.contents()
    backup.run([("finished", "settle", "grow"), *SPOTS], hold="everything")
    assert backup.end is not None and backup.end.exit == 0, backup.log
    grown = backup.grown
    assert all(grown.pop("started check-mongodb").values()), "let in again when all was copied"
    assert not any(any(made.values()) for made in grown.values())
    index = backup.index()
    assert backup.in_register() == set(index)
    assert len(index) == 3
    events, files = backup.attached()
    assert events == files and len(files) == before["attachments"]["files"]
    gap = backup.manifest.gap
    assert (gap.accounts_seconds, gap.data_seconds) == (0, 0)
    assert gap.data_window_seconds
    assert backup.held() == []


@pytest.mark.parametrize("hold", ["registrations", "everything"])
def test_the_worker_is_killed_while_it_holds(tmp_path: Path, hold: HoldKind) -> None:
    """Nobody but the guardian can let go: there is no worker, and the deadline is far."""
    backup = Backup(tmp_path, "cluster")
    backup.run([("finished", "dump-mongodb", "die")], hold=hold, hold_deadline=86_400.0)
    assert backup.end is None
    backup.until(lambda: (Path(backup.record.folder) / GUARDIAN).exists(), "the guardian's word")
    wanted = "pryvio_register" if hold == "registrations" else "pryvio_nginx"
    backup.until(lambda: not any(wanted in word for word in backup.held()), "its release")

    def settled() -> bool:
        return any(owed.what == wanted for owed in debts_of(backup.record).settled)

    backup.until(settled, "the guardian's line in the journal")
    site = open_site(backup.settings)
    (left,) = left_behind(site, site.discover())
    assert wanted not in {owed.what for owed in left.outstanding}
    recovery = start_recovery(site, left)
    events = [event for _line, event in follow(recovery)]
    end = events[-1]
    assert isinstance(end, RunFinished) and end.exit == 0
    begun = [event.step for event in events if isinstance(event, StepStarted)]
    assert begun and not any("release-hold" in step for step in begun)
    assert backup.held() == []
    assert left_behind(site, site.discover()) == []


def test_without_its_guardian_a_dead_worker_is_recovered_from(tmp_path: Path) -> None:
    """A machine that loses both: the journal knows what is held, and recover lets it go."""
    backup = Backup(tmp_path)
    backup.run([("finished", "dump-mongodb", "die")], hold="registrations")
    backup.until(lambda: backup.held() == ["pryvio_config_follower exited"], "its release")
    backup.until(
        lambda: any(o.kind == "unpause" for o in debts_of(backup.record).settled), "its line"
    )
    # As if it had been killed before it did anything.
    journal = backup.record.journal
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(line for line in lines if b'"settled"' not in line))
    backup.platform.hosts[0].engine.pause("pryvio_register")
    site = open_site(backup.settings)
    (left,) = left_behind(site, site.discover())
    assert "pryvio_register" in left.text
    for _ in follow(start_recovery(site, left)):
        pass
    assert backup.held() == []
    assert left_behind(site, site.discover()) == []


def test_the_deadline_passes_and_the_run_goes_on_with_a_warning(tmp_path: Path) -> None:
    backup = Backup(tmp_path)
    backup.run(
        [("finished", "dump-mongodb", "outlast"), ("finished", "copy-ahead-accounts", "grow")],
        hold="registrations",
        hold_deadline=0.5,
    )
    assert backup.end is not None
    assert (backup.end.outcome, backup.end.exit) == ("warnings", 3), backup.log
    assert any("the gap was not closed" in line for line in backup.end.warnings)
    assert backup.grown["finished copy-ahead-accounts"]["account"], "let in while the run went on"
    manifest = backup.manifest
    assert manifest.hold is not None and manifest.hold.released_by == "deadline"
    gap = manifest.gap
    assert gap.accounts_seconds is not None and gap.window_seconds is not None
    assert 0 < gap.accounts_seconds < gap.window_seconds
    assert gap.accounts_from == manifest.hold.released
    assert backup.in_register() - set(backup.index()), "the account of the open part"
    assert backup.held() == []


def test_what_somebody_else_lets_in_again_is_not_taken_for_held(tmp_path: Path) -> None:
    backup = Backup(tmp_path)
    script: Script = [("finished", "dump-mongodb", "open"), ("finished", "dump-mongodb", "grow")]
    backup.run(script, hold="registrations")
    assert backup.end is not None and backup.end.exit == 3
    assert any("somebody else ended the hold" in line for line in backup.end.warnings)
    gap = backup.manifest.gap
    assert gap.accounts_seconds == gap.window_seconds
    assert backup.held() == []


@pytest.mark.parametrize("hold", ["registrations", "everything"])
@pytest.mark.parametrize("how", ["cancel", "error"])
def test_what_is_held_is_let_go_when_the_run_ends_early(
    tmp_path: Path, hold: HoldKind, how: str
) -> None:
    backup = Backup(tmp_path)
    script: Script = [("finished", "dump-mongodb", "cancel")] if how == "cancel" else []
    if how == "error":
        backup.platform.faults.set("redis-rewrite-fails")
    backup.run(script, hold=hold, hold_deadline=86_400.0)
    assert backup.end is not None
    assert backup.end.exit == (130 if how == "cancel" else 1), backup.log
    assert any("held for" in line for line in backup.end.checks)
    assert backup.held() == []
    assert not (Path(backup.record.folder) / GUARDIAN).exists(), "the run did it, not its guardian"
    events = JournalReader(backup.record.journal).read()
    assert isinstance(events[-1], RunFinished)


def test_what_can_not_be_let_go_is_said_and_the_guardian_goes_on_trying(tmp_path: Path) -> None:
    backup = Backup(tmp_path)
    backup.platform.faults.set("container-will-not-start:nginx")
    backup.run([("finished", "dump-mongodb", "cancel")], hold="everything")
    assert backup.end is not None and backup.end.exit == 130
    said = " ".join(backup.end.remains)
    assert "containers start pryvio_nginx --host single" in said
    assert "docker" not in said, "Docker would start another platform's"
    assert backup.held() == ["pryvio_nginx exited"]
    backup.platform.faults.clear()
    backup.until(lambda: backup.held() == [], "its release by the guardian")


def test_a_guardian_lets_go_where_it_can_write_nothing_down(tmp_path: Path) -> None:
    """The disk of the state folder may be what ended the worker."""
    backup = Backup(tmp_path)
    host = backup.platform.hosts[0]
    host.engine.pause("pryvio_register")
    backup.run([], hold="everything")
    folder = Path(backup.record.folder)
    # A folder in its place: nothing of it can be written down.
    (folder / GUARDIAN).mkdir()
    guardian = GuardianProcess(folder)
    guardian.watch(Owed(kind="unpause", host=host.name, what="pryvio_register"), 0.05)
    backup.until(lambda: backup.held() == [], "its release")
    guardian.dismiss()
    assert guardian.released() is None


def test_nothing_is_held_without_a_guardian(tmp_path: Path) -> None:
    backup = Backup(tmp_path)
    host = backup.platform.hosts[0]
    ctx, _heard = context(tmp_path, host)  # type: ignore[arg-type]
    ctx.guardian = GuardianProcess(tmp_path, ("false",))
    step = HoldPlatform(host=host.name, hold="registrations", deadline=60.0)
    with pytest.raises(PryvTuiError, match="nothing was held"):
        step.perform(ctx)
    ctx.guardian = None
    with pytest.raises(PryvTuiError):
        step.perform(ctx)
    assert backup.held() == []
    assert ctx.outstanding == []


def test_what_somebody_else_paused_is_not_let_go(tmp_path: Path) -> None:
    backup = Backup(tmp_path)
    backup.platform.hosts[0].engine.pause("pryvio_register")
    backup.run([], hold="registrations")
    assert backup.end is not None and backup.end.exit == 0, backup.log
    assert backup.held() == ["pryvio_register paused"]
    assert not any(owed.kind == "unpause" for owed in debts_of(backup.record).owed)
