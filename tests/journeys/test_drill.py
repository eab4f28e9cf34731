"""A sandbox drill on practice: what it proves, what it finds, and that nothing is left."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from pryv_tui.cli.main import cli
from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.sandbox.guard import DrillEngine
from pryv_tui.hosts.sandbox.labels import DRILL, PREFIX
from pryv_tui.hosts.sandbox.making import MadeNetwork, Wanted
from pryv_tui.operations.activity import GoingOn
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.drilling.clearing import clear_left
from pryv_tui.operations.drilling.facts import Check
from pryv_tui.operations.drilling.places import FOLDER, keep
from pryv_tui.operations.drilling.places import Kept as Word
from pryv_tui.operations.drilling.platform import need_machine
from pryv_tui.operations.drilling.spec import NotMade
from pryv_tui.operations.guards.drill import drill_guards, memory_line
from pryv_tui.operations.guards.line import GuardLine
from pryv_tui.operations.plans.drill import drill_plan
from pryv_tui.operations.settings.resolve import Settings, resolve_settings
from pryv_tui.operations.site import open_site
from pryv_tui.operations.steps.drilling.check_sandbox import NAMES_FILE, CheckSandbox
from pryv_tui.operations.steps.drilling.in_sandbox import InSandbox
from pryv_tui.practice.machines import engine
from pryv_tui.practice.machines.sandboxes import PracticeMaker
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.practice.services import program_of
from pryv_tui.practice.stores.redis import RedisStore
from pryv_tui.runs.lock import check_free, lock_path
from pryv_tui.runs.record.events import (
    AnyEvent,
    Disposed,
    DrillChecked,
    ErasedCounted,
    Fingerprinted,
    NewestKnown,
    Note,
    Probed,
    RunFinished,
    RunStarted,
    StepStarted,
)
from pryv_tui.runs.record.history import read_run
from pryv_tui.runs.start import start_run
from pryv_tui.runs.worker.process import clear_dead
from tests.hosts.machines import StillHost
from tests.journeys.performing import perform
from tests.waiting import until


class Rehearsed:
    """A platform with a backup, drilled as often as a test wants."""

    def __init__(self, folder: Path, **more: Any) -> None:
        PracticePlatform.create(folder, **{"users": 3, "attachments": 6, **more})
        self.folder = folder
        self.platform = PracticePlatform.open(folder)
        self.settings: Settings = resolve_settings(practice=str(folder), environment={})
        assert self.type("backup", "--quiet").exit_code == 0
        self.set = open_site(self.settings).vault.resolve("latest").id
        self._drills = 0

    def type(self, *words: str) -> Result:
        return CliRunner().invoke(cli, [*words, "--practice", str(self.folder)])

    def drill(self, monkeypatch: pytest.MonkeyPatch, **more: Any) -> list[AnyEvent]:
        self._drills += 1
        name = f"20260101T{self._drills:06d}Z-drill-0001"
        return perform(self.settings, name, "drill", monkeypatch, set_id=self.set, **more)

    @property
    def left(self) -> list[str]:
        """What of any drill is still there."""
        site = open_site(self.settings)
        names = [
            one.name
            for host in site.hosts
            for one in host.engine.containers()
            if DRILL in one.labels or one.name.startswith(PREFIX)
        ]
        folder = site.state / FOLDER
        return names + [str(one) for one in folder.glob("*")]


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    return Rehearsed(tmp_path_factory.mktemp("drill") / "p")


@pytest.fixture(autouse=True)
def untouched(rehearsed: Rehearsed) -> Iterator[None]:
    """Whatever becomes of a drill, the platform is what it was, and no sandbox is left."""
    before = rehearsed.platform.contents()
    yield
    clear_left(open_site(rehearsed.settings))
    assert rehearsed.platform.contents() == before
    assert rehearsed.left == []


def checks(events: list[AnyEvent]) -> dict[tuple[str, str], Check]:
    return {
        (one.check.name, one.check.about): one.check
        for one in events
        if isinstance(one, DrillChecked)
    }


def end(events: list[AnyEvent]) -> RunFinished:
    (found,) = [one for one in events if isinstance(one, RunFinished)]
    return found


def in_state(events: list[AnyEvent], state: str) -> set[tuple[str, str]]:
    return {key for key, one in checks(events).items() if one.state == state}


def test_a_set_is_proven_beside_the_platform_and_nothing_is_left(
    rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = rehearsed.drill(monkeypatch)
    assert (end(events).outcome, end(events).exit) == ("complete", 0)
    assert set(checks(events)) == in_state(events, "passed")
    assert {about for name, about in checks(events) if name == "content"} == {
        "mongodb",
        "influxdb",
        "redis",
    }
    # It says who was asked and what was started: no register was, and the platform was let be.
    said = " ".join(str(one) for one in events)
    assert "the sandbox, asked at the end: nothing lacks its other half" in said
    for words in (
        "live platform, asked",
        "Ask the live platform",
        "other services",
        "register and the databases",
    ):
        assert words not in said
    tried = [one.probe for one in events if isinstance(one, Probed)]
    assert {one.what for one in tried} == {"outwards", "name", "host", "production"}
    assert len({one.source for one in tried}) == 3
    assert all(one.told and not one.reached for one in tried)
    before, after = [one.fingerprint for one in events if isinstance(one, Fingerprinted)]
    assert before.details == after.details and len(before.details) > 15
    assert len([one for one in events if isinstance(one, Disposed)]) == 4
    newest = {one.newest.store: one.newest for one in events if isinstance(one, NewestKnown)}
    # By what they hold: the records of a practice platform are of another year than its files.
    assert newest["mongodb"].moment.startswith("2026-01")
    assert newest["influxdb"].moment.startswith("2026-01")
    assert newest["redis"].moment == "" and newest["redis"].why
    assert [one.erased.count for one in events if isinstance(one, ErasedCounted)] == [0, 0]
    assert rehearsed.left == []
    # Before any data is in it: the proof comes before the first step of the restore.
    kinds = [one.kind for one in next(e for e in events if isinstance(e, RunStarted)).plan]
    assert kinds.index("prove-isolation") < kinds.index("in-sandbox")
    # No command of it names what is live, nor lets a compose file do so.
    shown = [line for one in events if isinstance(one, StepStarted) for line in one.command]
    assert shown and not [line for line in shown if "pryvio_" in line or "compose" in line]


def test_what_can_get_out_never_gets_any_data(
    rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = PracticeMaker.make

    def leaky(self: PracticeMaker, wanted: Wanted) -> None:
        make(self, wanted)
        with self._machine.engine.change() as record:
            record.containers[wanted.name].network = True

    monkeypatch.setattr(PracticeMaker, "make", leaky)
    events = rehearsed.drill(monkeypatch)
    assert end(events).exit == 1 and end(events).failure is not None
    assert in_state(events, "failed") == {("isolation", "")}
    started = {one.step.partition("-")[2] for one in events if isinstance(one, StepStarted)}
    assert "in-sandbox" not in " ".join(started)
    assert ("sandbox removed", "") in in_state(events, "passed")


def test_what_can_not_be_tried_is_no_proof(
    rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An image without any program that could try it."""

    def without(service: str, argv0: str) -> str | None:
        return None if "bash" in argv0 else program_of(service, argv0)

    monkeypatch.setattr(engine, "program_of", without)
    events = rehearsed.drill(monkeypatch)
    assert end(events).exit == 1
    assert in_state(events, "could not verify") == {("isolation", "")}
    assert ("content", "mongodb") in in_state(events, "not checked")


def _truncated_dump(root: Path) -> None:
    dump = root / "pryv/mongodb/backup/pryv-node/events.bson"
    content = dump.read_bytes()
    dump.write_bytes(content[: len(content) // 2])


def _missing_shard(root: Path) -> None:
    shards = sorted((root / "pryv/influxdb/data/data").glob("user.*/*/*"))
    shutil.rmtree(shards[0])


def _stale_redis(root: Path) -> None:
    folder = root / "pryv/redis/data"
    for file in folder.iterdir():
        if file.is_file():
            file.unlink()
    RedisStore(folder).ensure()


def _flipped_byte(root: Path) -> None:
    attached = next(
        one
        for one in sorted((root / "pryv/core/data/users").rglob("attachments/*/*"))
        if one.is_file()
    )
    content = bytearray(attached.read_bytes())
    content[len(content) // 2] ^= 1
    attached.write_bytes(bytes(content))


def _account_missing_in_core(root: Path) -> None:
    (index,) = (root / "pryv/core/data/users").glob("user-index.db")
    with contextlib.closing(sqlite3.connect(index)) as database:
        (table,) = database.execute("SELECT name FROM sqlite_master WHERE type='table'").fetchone()
        database.execute(f"DELETE FROM {table} WHERE rowid=(SELECT min(rowid) FROM {table})")
        database.commit()


@pytest.mark.parametrize(
    ("kind", "store", "fault", "red"),
    [
        ("restore", "mongodb", _truncated_dump, ("content", "mongodb")),
        ("restore", "influxdb", _missing_shard, ("content", "influxdb")),
        ("start", "", _stale_redis, ("content", "redis")),
        ("close-restore", "", _flipped_byte, ("sample: attachments", "single")),
        ("audit-live", "", _account_missing_in_core, ("audit across the stores", "")),
    ],
    ids=["truncated dump", "missing shard", "stale Redis", "flipped byte", "account gone"],
)
def test_each_fault_turns_its_check_red_and_no_other(
    rehearsed: Rehearsed,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    store: str,
    fault: Callable[[Path], None],
    red: tuple[str, str],
) -> None:
    """Right before the step that has to find it, or stands before the one that has to."""
    plain = InSandbox.perform
    done: list[str] = []

    def perform_it(self: InSandbox, ctx: RunContext) -> None:
        tag = str(self.step.__struct_config__.tag)
        if not done and tag == kind and store in ("", self.store):
            done.append(tag)
            (root,) = (open_site(rehearsed.settings).state / FOLDER).glob("*/content/single")
            fault(root)
        plain(self, ctx)

    monkeypatch.setattr(InSandbox, "perform", perform_it)
    events = rehearsed.drill(monkeypatch)
    assert done and in_state(events, "failed") == {red}
    assert end(events).exit == 1
    assert {("sandbox removed", ""), ("production unchanged", "")} <= in_state(events, "passed")


def test_what_can_not_be_told_is_no_green_one(
    rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_words: object, **_more: object) -> None:
        raise PryvTuiError("step-failed", "mongodump does not answer")

    monkeypatch.setattr("pryv_tui.operations.steps.drilling.check_sandbox.read_events", away)
    events = rehearsed.drill(monkeypatch)
    assert end(events).exit == 3
    assert in_state(events, "could not verify") == {
        ("sample: events", "single"),
        ("sample: attachments", "single"),
    }


def test_a_change_of_the_platform_meanwhile_is_named(
    rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = CheckSandbox.perform
    live = rehearsed.platform.host("single").engine

    def stopping(self: CheckSandbox, ctx: RunContext) -> None:
        plain(self, ctx)
        live.stop("pryvio_mail")

    monkeypatch.setattr(CheckSandbox, "perform", stopping)
    events = rehearsed.drill(monkeypatch)
    live.start("pryvio_mail")
    assert end(events).exit == 1
    assert in_state(events, "failed") == {("production unchanged", "")}
    assert "single pryvio_mail" in checks(events)["production unchanged", ""].why
    assert "The drill reaches none of it" in end(events).what
    # It stopped it not, and does not say that nobody did.
    assert "Nothing of the platform was stopped" not in end(events).what
    assert "The drill itself has stopped and changed nothing of the platform" in end(events).what


def test_a_cancel_takes_it_down(rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch) -> None:
    def at(event: AnyEvent) -> bool:
        return isinstance(event, StepStarted) and event.step.endswith("-mongodb-restore-single")

    events = rehearsed.drill(monkeypatch, cancel=at)
    assert (end(events).outcome, end(events).exit) == ("cancelled", 130)
    assert ("sandbox removed", "") in in_state(events, "passed")
    assert ("content", "redis") in in_state(events, "not checked")


def test_a_backup_that_falls_due_goes_on_beside_it_and_accounts_erased_since_are_counted(
    rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = CheckSandbox.perform
    codes: list[int] = []

    def backing_up(self: CheckSandbox, ctx: RunContext) -> None:
        check_free(lock_path(rehearsed.settings))
        codes.append(rehearsed.type("backup", "--quiet").exit_code)
        plain(self, ctx)

    def fewer(*_words: object, **_more: object) -> set[str]:
        known = real(*_words, **_more)  # type: ignore[arg-type]
        return known if "pryvdrill" in str(_words[1]) else set(sorted(known)[1:])

    from pryv_tui.operations.audit import live_stores

    real = live_stores.registered
    monkeypatch.setattr(live_stores, "registered", fewer)
    monkeypatch.setattr(CheckSandbox, "perform", backing_up)
    events = rehearsed.drill(monkeypatch)
    assert codes == [0]
    assert end(events).outcome == "warnings", end(events).what
    counts = {one.erased.role: one.erased.count for one in events if isinstance(one, ErasedCounted)}
    assert counts == {"register": 1, "core": 0}
    folder = Path(rehearsed.settings.state) / "runs" / end(events).run
    (name,) = (folder / NAMES_FILE).read_text().split()
    assert (folder / NAMES_FILE).stat().st_mode & 0o077 == 0
    assert name not in (folder / "journal.jsonl").read_text()


@pytest.mark.parametrize("at", ["build-sandbox", "in-sandbox-mongodb", "remove-sandbox"])
def test_one_that_is_killed_is_cleared_by_whoever_comes_next(
    rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    worker = (sys.executable, "-m", "tests.kill.worker", at, "step")
    record = start_run(rehearsed.settings, "drill", set_id=rehearsed.set, worker=worker)
    until(lambda: (read := read_run(Path(record.folder))) is not None and read.state == "died")
    if at == "in-sandbox-mongodb":
        # The next run's worker does so: the proof reaches the drill's record all the same.
        clear_dead(open_site(rehearsed.settings))
    said = rehearsed.type("recover")
    assert said.exit_code == 0, said.output
    assert rehearsed.left == []
    assert rehearsed.type("drill", "clean").stdout == "No sandbox is left.\n"
    told = json.loads(rehearsed.type("drill", "report", record.id, "--format", "json").stdout)
    assert told["outcome"] == "broken off"
    if at == "in-sandbox-mongodb":
        assert told["disposal"]["complete"] == "yes"


def test_what_can_not_be_removed_is_told_and_goes_when_it_can(
    rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stuck(self: PracticeMaker, name: str, drill: str) -> None:
        raise PryvTuiError("step-failed", f"{name} is held")

    with monkeypatch.context() as patch:
        patch.setattr(PracticeMaker, "remove", stuck)
        events = rehearsed.drill(monkeypatch)
    assert end(events).exit == 1 and rehearsed.left
    assert in_state(events, "failed") == {("sandbox removed", "")}
    assert "pryv-tui --practice" in " ".join(end(events).next)
    assert "drill clean" in " ".join(end(events).next)
    done = rehearsed.type("drill", "clean")
    assert done.exit_code == 0, done.output
    assert rehearsed.left == []


def test_one_in_which_somebody_works_is_left_alone(rehearsed: Rehearsed) -> None:
    site = open_site(rehearsed.settings)
    folder = site.state / FOLDER / "d9" / "content"
    held = keep(
        site.state,
        Word(
            drill="d9", folder=str(folder), host="single", made="x", expires="2000-01-01T00:00:00Z"
        ),
    )
    done = rehearsed.type("drill", "run")
    assert done.exit_code == 4 and "the drill d9 goes on" in done.stderr
    (one,) = json.loads(rehearsed.type("drill", "clean", "--json").stdout)
    assert one["goes_on"] and folder.is_dir()
    held.let_go()


def test_a_clusters_machines_come_up_on_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    PracticePlatform.create(tmp_path / "c", form="cluster", users=1, attachments=1)
    settings = resolve_settings(practice=str(tmp_path / "c"), environment={})
    taken = CliRunner().invoke(cli, ["backup", "--quiet", "--practice", str(tmp_path / "c")])
    assert taken.exit_code == 0
    found = open_site(settings).vault.resolve("latest").id
    events = perform(settings, "20260101T000001Z-drill-0001", "drill", monkeypatch, set_id=found)
    assert end(events).outcome == "complete"
    assert {about for name, about in checks(events) if name == "files brought back"} == {
        "core",
        "register",
        "static-web",
    }
    assert set(checks(events)) == in_state(events, "passed")


def test_what_can_not_be_removed_is_told_each_and_keeps_nothing_else_there(
    rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = open_site(rehearsed.settings)
    folder = site.state / FOLDER / "d9" / "content"
    asked: list[str] = []

    def stuck(_self: PracticeMaker, name: str, _drill: str) -> None:
        asked.append(name)
        raise PryvTuiError("step-failed", f"{name} is stuck")

    word = Word(drill="d9", folder=str(folder), host="single", made="x", expires="x",
                names=("pryvdrill_a", "pryvdrill_b"))  # fmt: skip
    keep(site.state, word).leave()
    nets = [MadeNetwork(name=f"pryvdrill_n{number}", drill="d9", expires="") for number in range(2)]
    monkeypatch.setattr(PracticeMaker, "made_networks", lambda _self: nets)
    monkeypatch.setattr(PracticeMaker, "remove", stuck)
    monkeypatch.setattr(PracticeMaker, "remove_network", stuck)
    (found,) = [one for one in clear_left(site) if one.drill == "d9"]
    every = {"pryvdrill_a", "pryvdrill_b", "pryvdrill_n0", "pryvdrill_n1"}
    assert set(asked) == every
    assert set(found.problem.split("; ")) == {f"{name} is stuck" for name in every}
    monkeypatch.undo()
    assert [one.problem for one in clear_left(site) if one.drill == "d9"] == [""]


class TestRefused:
    """Each names the thing and the way out, and nothing is made."""

    @pytest.fixture
    def lines(self, rehearsed: Rehearsed) -> Callable[..., dict[str, GuardLine]]:
        site = open_site(rehearsed.settings)
        deployment = site.discover()

        def found(**more: Any) -> dict[str, GuardLine]:
            given: dict[str, Any] = {
                "deployment": deployment,
                "backup": site.vault.resolve(rehearsed.set),
                "folder": str(site.state / "elsewhere"),
                "containers": 3,
            }
            made = drill_guards(site, **{**given, **more})
            return {one.name: one for one in made if one.outcome == "failed"}

        assert found() == {}
        return found

    def test_a_place_in_what_is_live_and_one_elsewhere(
        self, rehearsed: Rehearsed, lines: Callable[..., dict[str, GuardLine]], tmp_path: Path
    ) -> None:
        root = rehearsed.folder / "hosts/single/root"
        linked = tmp_path / "link"
        linked.symlink_to(root / "pryv")
        for place in (root, linked, Path(rehearsed.settings.vault)):
            done = rehearsed.type("drill", "run", "--sandbox", str(place))
            assert done.exit_code == 4 and "Name a folder elsewhere with --sandbox" in done.stderr
            assert not list(place.glob("pryvdrill*"))
        there = lines(folder=str(tmp_path))["sandbox"]
        assert "is there already" in there.text and "--sandbox" in there.remedy
        elsewhere = tmp_path / "elsewhere"
        # An unmounted disk, or a slip of the pen: no folder is made of it, and none is left.
        for missing in (elsewhere, elsewhere / "deeper"):
            done = rehearsed.type("drill", "run", "--sandbox", str(missing))
            assert done.exit_code == 4 and f"{missing} is not there" in done.stderr
            assert f"mkdir -p {missing}" in done.stderr and not elsewhere.exists()
        elsewhere.mkdir()
        done = rehearsed.type("drill", "run", "--sandbox", str(elsewhere))
        assert done.exit_code == 0, done.output
        assert list(elsewhere.iterdir()) == []
        for word in ("report", "sign", "review"):
            assert f"--practice {rehearsed.folder} drill {word} " in done.output
        (record,) = [Path(line[12:]) for line in done.output.splitlines() if "Its record:" in line]
        assert json.loads((record / "record.json").read_text())["outcome"] == "passed"

    def test_a_depth_that_is_not_there_and_the_one_that_is(self, rehearsed: Rehearsed) -> None:
        done = rehearsed.type("drill", "run", "--depth", "everything")
        assert done.exit_code == 2 and "data" in done.stderr and "services" in done.stderr
        both = rehearsed.type("drill", "run", rehearsed.set, "--scenario", "core-lost")
        assert both.exit_code == 2 and "Omit them, or --scenario." in both.stderr
        done = rehearsed.type("drill", "run", rehearsed.set, "--depth", "data", "--quiet")
        assert (done.exit_code, done.stdout) == (0, "")
        # Of one that nobody follows its own worker writes the record.
        begun = rehearsed.type("drill", "run", rehearsed.set, "--detach", "--json")
        assert begun.exit_code == 0, begun.output
        folder = Path(rehearsed.settings.state) / "drills" / begun.stdout.split()[0]
        until((folder / "VERIFY.md").exists)
        assert json.loads((folder / "record.json").read_text())["outcome"] == "passed"

    def test_a_set_of_another_platform_or_a_damaged_one(
        self, rehearsed: Rehearsed, lines: Callable[..., dict[str, GuardLine]]
    ) -> None:
        site = open_site(rehearsed.settings)
        backup = site.vault.resolve(rehearsed.set)
        other = msgspec.structs.replace(site.discover(), domain="other.example")
        assert "other.example" in lines(deployment=other)["domain"].text
        for state in ("damaged", "partial"):
            bad = msgspec.structs.replace(backup, state=state, problem="x")
            assert rehearsed.set in lines(backup=bad)["set"].text
        away = msgspec.structs.replace(backup, here=False, repository="repo")
        assert f"pryv-tui fetch {rehearsed.set}" in lines(backup=away)["set here"].remedy
        real = msgspec.structs.replace(
            backup, manifest=msgspec.structs.replace(backup.need("read"), practice=False)
        )
        assert "practice" in lines(backup=real)

    def test_a_set_of_a_cluster_of_the_same_domain_and_this_ones_own(
        self, rehearsed: Rehearsed, lines: Callable[..., dict[str, GuardLine]], tmp_path: Path
    ) -> None:
        other = Rehearsed(tmp_path / "c", form="cluster", users=1, attachments=1)
        theirs, mine = open_site(other.settings), open_site(rehearsed.settings)
        of_cluster = theirs.vault.resolve(other.set)
        assert of_cluster.need("read").domain == mine.discover().domain
        found = lines(backup=of_cluster)
        assert "set is of 3 machines, this platform has 1 machine" in found["form"].text
        assert "pryv-tui list" in found["form"].remedy
        cluster = theirs.discover()
        assert "form" in lines(deployment=cluster)
        assert lines(deployment=cluster, backup=of_cluster) == {}

        def of_parts(*parts: Any) -> Any:
            manifest = of_cluster.need("read")
            roles = tuple(role for part in parts for role in part.roles)
            changed = msgspec.structs.replace(manifest, hosts=parts, roles=roles)
            return msgspec.structs.replace(of_cluster, manifest=changed)

        core, register, static = of_cluster.need("read").hosts
        # A set of one role is this cluster's; beside one machine with all of them it is not.
        assert lines(deployment=cluster, backup=of_parts(register)) == {}
        assert "roles single" in lines(backup=of_parts(core))
        more = msgspec.structs.replace(core, name="core-9")
        assert "machines" in lines(
            deployment=cluster, backup=of_parts(core, more, register, static)
        )
        # Of a platform that is lost nothing can be compared, and its set is drilled all the same.
        bare = [msgspec.structs.replace(one, roles=()) for one in mine.discover().hosts]
        lost = msgspec.structs.replace(mine.discover(), hosts=tuple(bare))
        assert lines(deployment=lost, backup=of_cluster) == {}

    @pytest.mark.parametrize("path", ["pryv/mongodb/data", "pryv/core", "pryv/influxdb/backup"])
    def test_a_set_with_a_link_where_something_is_written(
        self,
        rehearsed: Rehearsed,
        lines: Callable[..., dict[str, GuardLine]],
        tmp_path: Path,
        path: str,
    ) -> None:
        """It would lead to what is live: a container mounts what it leads to."""
        backup = open_site(rehearsed.settings).vault.resolve(rehearsed.set)
        link = tmp_path / "single/files" / path
        link.parent.mkdir(parents=True)
        assert lines(backup=msgspec.structs.replace(backup, path=str(tmp_path))) == {}
        link.symlink_to(rehearsed.folder / "hosts/single/root" / path)
        found = lines(backup=msgspec.structs.replace(backup, path=str(tmp_path)))
        assert path in found["links single"].text

    def test_an_image_that_is_gone_and_a_container_that_can_not_be_made(
        self, lines: Callable[..., dict[str, GuardLine]]
    ) -> None:
        gone = NotMade(service="redis", why="its image is not here", image="pryvio/redis:1.9.2")
        found = lines(not_made=[gone])["image redis"]
        assert "docker pull pryvio/redis:1.9.2" in found.remedy
        assert (
            "take a backup"
            in lines(not_made=[NotMade(service="redis", why="x")])["container redis"].remedy
        )

    def test_a_run_that_goes_on_and_too_little_room(
        self, lines: Callable[..., dict[str, GuardLine]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        going = GoingOn(run="r1", kind="backup")
        assert "pryv-tui attach r1" in lines(going_on=going)["runs"].remedy
        assert memory_line(None, 3).outcome == "ok"
        assert memory_line(8 << 30, 3).outcome == "ok"
        short = memory_line(1 << 30, 3)
        assert short.outcome == "failed" and "Wait until it is used less" in short.remedy
        usage = shutil.disk_usage("/")
        monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=1))
        assert "on a larger disk" in lines()["space"].remedy

    def test_a_set_without_any_database_is_checked_instead(self, rehearsed: Rehearsed) -> None:
        site = open_site(rehearsed.settings)
        backup = site.vault.resolve(rehearsed.set)
        manifest = backup.need("read")
        files = [msgspec.structs.replace(one, stores={}) for one in manifest.hosts]
        bare = msgspec.structs.replace(
            backup, manifest=msgspec.structs.replace(manifest, hosts=tuple(files))
        )
        with pytest.raises(PryvTuiError) as refused:
            drill_plan(site, site.discover(), bare, drill="d1")
        assert refused.value.remedy.endswith(f"pryv-tui verify {rehearsed.set}")
        assert rehearsed.type("verify", rehearsed.set).exit_code == 0

    def test_no_engine_of_this_machine(self, rehearsed: Rehearsed) -> None:
        away = StillHost("core")
        here = open_site(rehearsed.settings).hosts[0]
        with pytest.raises(PryvTuiError, match="no Docker Engine"):
            need_machine([away])
        assert need_machine([away, here]) is here


def test_a_server_that_ends_as_soon_as_it_is_started_is_named_before_any_data_comes(
    rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = DrillEngine.start

    def ends(self: DrillEngine, container: str) -> None:
        real(self, container)
        if "mongodb" in container:
            self.stop(container)

    monkeypatch.setattr(DrillEngine, "start", ends)
    events = rehearsed.drill(monkeypatch)
    said = checks(events)[("isolation", "")]
    assert said.state == "could not verify" and "_mongodb does not stay up: exited" in said.why
    assert end(events).exit == 1 and "_mongodb does not stay up" in end(events).what
    assert (said.why + end(events).what).count("does not stay up") == 2, "of those that run no word"
    assert ("content", "mongodb") in in_state(events, "not checked")


def test_containers_that_can_t_be_made_are_all_named_and_what_was_made_goes(
    rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = PracticeMaker.make

    def full(self: PracticeMaker, wanted: Wanted) -> None:
        if wanted.service != "mongodb":
            raise PryvTuiError("step-failed", f"no room for {wanted.service}")
        real(self, wanted)

    monkeypatch.setattr(PracticeMaker, "make", full)
    events = rehearsed.drill(monkeypatch)
    assert {
        "no room for influxdb" in end(events).what,
        "no room for redis" in end(events).what,
    } == {True}
    assert ("sandbox removed", "") in in_state(events, "passed")


def test_where_influxdb_can_t_be_asked_what_mongodb_told_stands_and_its_words_are_noted(
    rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mute(_engine: object, _container: str, tell: Callable[[str], None]) -> None:
        tell("influx says nothing")
        raise PryvTuiError("step-failed", "influx did not answer")

    monkeypatch.setattr("pryv_tui.operations.steps.drilling.check_sandbox.databases", mute)
    events = rehearsed.drill(monkeypatch)
    said = checks(events)[("sample: series", "single")]
    assert (said.state, said.why) == ("could not verify", "influx did not answer")
    assert in_state(events, "could not verify") == {("sample: series", "single")}
    assert {("sample: events", "single"), ("sample: attachments", "single")} <= in_state(
        events, "passed"
    )
    assert [one.text for one in events if isinstance(one, Note) and "influx says" in one.text]
    assert end(events).exit == 3
