"""A sandbox drill on practice: what it proves, what it finds, and that nothing is left."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.sandbox.making import Wanted
from pryv_tui.operations.audit.live_stores import read_events
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.drilling.places import FOLDER
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.operations.site import open_site
from pryv_tui.operations.steps.drilling import check_sandbox
from pryv_tui.operations.steps.drilling.check_sandbox import NAMES_FILE, CheckSandbox
from pryv_tui.operations.steps.drilling.in_sandbox import InSandbox
from pryv_tui.practice.machines import engine
from pryv_tui.practice.machines.sandboxes import PracticeMaker
from pryv_tui.practice.services import program_of
from pryv_tui.practice.stores import tsm
from pryv_tui.practice.stores.redis import RedisStore
from pryv_tui.practice.stores.tsm import Point
from pryv_tui.runs.lock import check_free, lock_path
from pryv_tui.runs.record.events import (
    Disposed,
    ErasedCounted,
    Fingerprinted,
    NewestKnown,
    Note,
    Probed,
    RunStarted,
    StepStarted,
)
from tests.helpers import copied
from tests.journeys.drills.rehearsed import Rehearsed, checks, end, in_state, rehearsed, untouched
from tests.journeys.performing import perform

__all__ = ["rehearsed", "untouched"]


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
    assert "the sandbox, checked at the end: nothing lacks its other half" in said
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
    assert newest["redis"].moment.startswith("2026-01")
    assert newest["attachments"].moment.startswith("2026-01")
    assert newest["sqlite"].moment.startswith("2026-01")
    assert newest["attachments"].moment <= newest["mongodb"].moment
    series = checks(events)["sample: series", "single"]
    assert series.expected.startswith("3 databases, ") and " 0 points" not in series.expected
    many = series.expected.rpartition(", ")[2].removesuffix(" points")
    assert (
        series.found
        == f"{many} points in the set's series, the values of {many} compared and equal"
    )
    # What is checked twice is said once, as it came out last.
    assert end(events).checks.count("the set fits: as expected") == 1
    assert len(set(end(events).checks)) == len(end(events).checks)
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


def _no_points(root: Path) -> None:
    for file in (root / "pryv/influxdb/data/data").glob("user.*/*/*/*.tsm"):
        file.unlink()


def _one_point_less(root: Path) -> None:
    _rewritten(root, lambda points: points[:-1])


def _another_value(root: Path) -> None:
    _rewritten(root, lambda points: [*points[:-1], (points[-1][0], points[-1][1] + 1)])


def _rewritten(root: Path, change: Callable[[list[Point]], list[Point]]) -> None:
    file = sorted((root / "pryv/influxdb/data/data").glob("user.*/*/*/*.tsm"))[-1]
    series = tsm.decode(file.read_bytes())
    key = sorted(series)[-1]
    file.write_bytes(tsm.encode({**series, key: change(series[key])}))


@pytest.mark.parametrize(
    ("kind", "store", "fault", "red"),
    [
        ("close-restore", "", _no_points, ("sample: series", "single")),
        ("close-restore", "", _one_point_less, ("sample: series", "single")),
        ("close-restore", "", _another_value, ("sample: series", "single")),
        ("restore", "mongodb", _truncated_dump, ("content", "mongodb")),
        ("restore", "influxdb", _missing_shard, ("content", "influxdb")),
        ("start", "", _stale_redis, ("content", "redis")),
        ("close-restore", "", _flipped_byte, ("sample: attachments", "single")),
        ("audit-live", "", _account_missing_in_core, ("audit across the stores", "")),
    ],
    ids=[
        *("no points", "a point less", "another value"),
        *("truncated dump", "missing shard", "stale Redis", "flipped byte", "account gone"),
    ],
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


@pytest.mark.parametrize("key", ["content", "type", "streamIds", "_id"])
def test_an_event_that_is_another_one_turns_the_sample_red(
    rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    """As many as there were, of as many accounts: one of them is not what the set holds."""
    spoilt: list[str] = []

    def read(engine: Any, container: str, take: Any, *more: Any) -> None:
        def other(event: Mapping[str, Any]) -> None:
            if not spoilt and "attachments" not in event:
                spoilt.append(str(event["userId"]))
                event = {**event, key: "another"}
            take(event)

        read_events(engine, container, other, *more)

    monkeypatch.setattr(check_sandbox, "read_events", read)
    events = rehearsed.drill(monkeypatch)
    assert spoilt and in_state(events, "failed") == {("sample: events", "single")}
    said = checks(events)["sample: events", "single"]
    assert (said.expected, said.why) == (said.found, "other content of events: 1 of 3 accounts")
    assert spoilt[0] not in str(events)
    assert end(events).exit == 1


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
    assert "The drill itself reaches none of it" in end(events).what
    # It stopped it not, and does not say that nobody did.
    assert "Nothing of the platform was stopped" not in end(events).what
    assert (
        "The drill itself has stopped nothing of the platform and changed nothing"
        in end(events).what
    )


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


def test_a_clusters_machines_come_up_on_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied.with_set(tmp_path / "c", form="cluster", users=1, attachments=1)
    settings = resolve_settings(practice=str(tmp_path / "c"), environment={})
    found = open_site(settings).vault.resolve("latest").id
    events = perform(settings, "20260101T000001Z-drill-0001", "drill", monkeypatch, set_id=found)
    assert end(events).outcome == "complete"
    assert {about for name, about in checks(events) if name == "files brought back"} == {
        "core",
        "register",
        "static-web",
    }
    assert set(checks(events)) == in_state(events, "passed")


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
