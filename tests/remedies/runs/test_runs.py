"""Remedies of runs that stopped or still go on: done as they are printed."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.hosts.discovery import discover
from pryv_tui.operations.root.aside import give_back
from pryv_tui.operations.root.marker import read_marker
from pryv_tui.operations.services import rescue
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.operations.steps.bringing_back import put_back_root
from pryv_tui.practice.machines.engine import PracticeEngine
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.planning.request import plan_release, plan_switch, plan_undo
from pryv_tui.runs.record.events import RunFinished, StepStarted
from pryv_tui.runs.record.journal import JournalWriter
from pryv_tui.runs.start import start_run
from tests.faults.bench import Bench, lost
from tests.helpers.waiting import until
from tests.remedies.kit import program, refusal, typed
from tests.remedies.places.test_folders import replaced
from tests.runs.test_recovery import Past

DOMAIN = "practice.pryv.example"
MOMENT = "dump-mongodb"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def ended(end: RunFinished | None, exit: int) -> RunFinished:
    assert end is not None
    assert end.exit == exit, end
    return end


def advice(end: RunFinished) -> str:
    return "\n".join(end.next)


def commands(words: str) -> list[str]:
    """The commands that a sentence names."""
    found = [part.split("\n")[0] for part in words.split("pryv-tui ")[1:]]
    return [f"pryv-tui {part.split(';')[0].strip().rstrip('.')}" for part in found]


# -- half-restored, half-undone ------------------------------------------------------------------


def test_what_is_half_restored_is_brought_to_its_end(bench: Bench) -> None:
    """Backup, release, a container's start: each refuses, and each is free after `recover`."""
    bench.platform.faults.set("mongorestore-failures")
    failed = ended(bench.run("restore", set_id=bench.set_id), 1)
    bench.platform.faults.clear()
    words = "Finish it, or put back what was there before: pryv-tui"
    here = ("--practice", bench.platform.folder)
    release = ("release", failed.run, "--confirm", DOMAIN)
    refused = [program(*each, *here) for each in (("backup",), release, ("doctor",))]
    for done in refused:
        assert words in done.output, done.output
        (command,) = set(commands(done.output[done.output.index(words) :].split("\n")[0]))
    assert (
        words
        in refusal(lambda: plan_switch(bench.site, bench.site.discover(), "start", "hfs")).remedy
    )
    done = typed(command)
    assert done.exit_code == 0, done.output
    assert lost(bench.of_set, bench.held()) == []
    assert program("release", failed.run, "--confirm", DOMAIN, *here).exit_code in (0, 4)
    assert words not in program("doctor", *here).output
    assert plan_switch(bench.site, bench.site.discover(), "stop", "hfs").steps


def half_undone(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> RunFinished:
    """An undo that is stopped half-way; how it ended."""
    done = ended(bench.run("restore", set_id=bench.set_id), 0)
    real = give_back

    def breaking(root: Path, aside: Path, clear: Callable[[], None]) -> None:
        clear()
        raise OSError(16, "Device or resource busy")

    monkeypatch.setattr(put_back_root, "give_back", breaking)
    end = ended(bench.run("undo", undone_run=done.run), 1)
    monkeypatch.setattr(put_back_root, "give_back", real)
    assert "Fix what prevents that, then run undo again" in advice(end)
    assert read_marker(bench.root) is not None
    return done


def test_an_undo_that_was_stopped_is_run_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = half_undone(bench, monkeypatch)
    ended(bench.run("undo", undone_run=done.run), 0)
    assert lost(bench.lived, bench.held()) == []


def test_a_half_undone_root_is_brought_to_its_end_before_a_restore(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    half_undone(bench, monkeypatch)
    refused = bench.run("restore", set_id=bench.set_id)
    assert refused is not None and refused.exit == 4
    words = next(line for line in refused.next if "Finish it first" in line)
    (command,) = commands(words)
    done = typed(command)
    assert done.exit_code == 0, done.output
    assert lost(bench.lived, bench.held()) == []
    ended(bench.run("restore", set_id=bench.set_id), 0)


# -- runs that go on ----------------------------------------------------------------------------


def test_a_restore_that_goes_on_is_cancelled_not_undone(tmp_path: Path) -> None:
    """What its cancel gives back, tests/journeys/test_cancel_steps.py looks at in each step."""
    past = Past(tmp_path)
    owed = past.aside("core", "20260101T000000Z-restore-0000")
    run = past.run("restore", owed, alive=True, set_id="SET")
    here = discover(past.hosts)
    told = refusal(lambda: plan_undo(past.site, here, run))
    assert told.remedy.endswith(f"puts back what it moved aside: pryv-tui cancel {run}")
    told = refusal(lambda: plan_release(past.site, here, run))
    assert told.remedy == f"Wait for its end: pryv-tui attach {run}"


@pytest.mark.parametrize("kind", ["backup", "undo", "prune"])
def test_what_can_never_be_undone_is_not_cancelled_for_it(tmp_path: Path, kind: Any) -> None:
    past = Past(tmp_path)
    run = past.run(kind, alive=True)
    told = refusal(lambda: plan_undo(past.site, discover(past.hosts), run))
    assert "cancel" not in told.remedy, told.remedy
    assert "can't be undone" in told.what


def test_a_chain_of_restores_is_undone_or_let_go_as_one(tmp_path: Path) -> None:
    past = Past(tmp_path)
    owed = past.aside("core", "20260101T000000Z-restore-0000", mark=False)
    first = past.run("restore", owed, set_id="SET")
    last = past.run("restore", owed, end="complete", set_id="SET", continues=first)
    here = discover(past.hosts, domain="pryv.example")
    told = refusal(lambda: plan_undo(past.site, here, first))
    assert told.remedy == f"Both are undone together: pryv-tui undo {last}"
    assert plan_undo(past.site, here, last).kind == "undo"
    told = refusal(lambda: plan_release(past.site, here, first))
    assert told.remedy.endswith(f"pryv-tui release {last} --confirm pryv.example")
    plan = plan_release(past.site, here, last)
    assert (plan.kind, plan.domain) == ("release", "pryv.example")


@pytest.mark.parametrize("way", ["followed", "cancelled"])
def test_a_run_that_holds_the_platform(tmp_path: Path, way: str) -> None:
    # It stays in a step until it may go on, or until it is cancelled.
    held = {
        "followed": ("tests.real.pausing", f'["{MOMENT}"]'),
        "cancelled": ("tests.tui.held_worker", "3"),
    }
    platform = PracticePlatform.create(tmp_path / "p", users=1, attachments=0)
    here = ("--practice", platform.folder)
    settings = resolve_settings(practice=str(platform.folder), environment={})
    first = start_run(settings, "backup", worker=(sys.executable, "-m", *held[way]))
    # From its first step on it holds the platform; until then another may be quicker.
    until(lambda: first.journal.exists() and b"step_started" in first.journal.read_bytes())
    told = program("status", *here).output
    (attach,) = commands(told[told.index("Follow it: ") :].splitlines()[0])
    busy = program("backup", *here)
    assert busy.exit_code == 5, busy.output
    follow, end = commands(busy.output[busy.output.index("Follow it: ") :])
    assert follow == attach
    if way == "followed":
        (Path(first.folder) / f"go-{MOMENT}").touch()
    done = typed(follow if way == "followed" else end)
    assert done.exit_code in (0, 3, 130), done.output
    assert "Follow it: " not in program("status", *here).output
    again = program("plan", "backup", *here)
    assert again.exit_code == 0, "the platform is free"


# -- a state folder, a container, Redis ------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "again"),
    [
        ("restore-mongodb", "freed"),
        ("stop", "freed"),
        ("stop", "another state folder"),
    ],
)
def test_a_state_folder_that_fills_up_while_a_run_goes_on(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, step: str, again: str
) -> None:
    """In the middle of a restore, with or without containers stopped and their restart policies
    away."""
    import msgspec

    def policies() -> dict[str, str]:
        return {c.name: c.restart_policy for c in bench.platform.hosts[0].engine.containers()}

    before, real = policies(), JournalWriter.write

    def write(self: JournalWriter, event: Any, *, durable: bool = False) -> None:
        if isinstance(event, StepStarted) and step in event.step:
            raise OSError(28, "No space left on device")
        real(self, event, durable=durable)

    monkeypatch.setattr(JournalWriter, "write", write)
    end = bench.run("restore", set_id=bench.set_id)
    monkeypatch.setattr(JournalWriter, "write", real)
    ended(end, 1)
    assert end is not None
    state = bench.site.state
    if step == "restore-mongodb":
        # Policies are owed, and only that folder tells which they were.
        assert f"Free space at {state}, then try again." in advice(end), end
    else:
        assert f"Free space at {state}, or name another with --state; then" in advice(end), end
    if again == "another state folder":
        bench.settings = msgspec.structs.replace(bench.settings, state=str(tmp_path / "other"))
    ended(bench.run("restore", set_id=bench.set_id), 0)
    assert lost(bench.of_set, bench.held()) == []
    assert policies() == before


def test_a_container_that_would_not_stop(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is printed is done: afterwards all is restored, and all that ran runs."""
    ran = bench.running()
    real = PracticeEngine.stop

    def stop(self: PracticeEngine, container: str, *, timeout: int | None = None) -> None:
        if container != "pryvio_hfs":
            real(self, container, timeout=timeout)

    monkeypatch.setattr(PracticeEngine, "stop", stop)
    end = ended(bench.run("restore", set_id=bench.set_id), 1)
    assert "would not stop" in end.what
    act = ended(bench.run("stop", container="pryvio_hfs", host="single"), 1)
    monkeypatch.setattr(PracticeEngine, "stop", real)
    for told in (end, act):
        for command in commands(told.next[0]):
            assert typed(command).exit_code == 0, command
    ended(bench.run("restore", set_id=bench.set_id), 0)
    assert lost(bench.of_set, bench.held()) == []
    assert bench.running() == ran
    ended(bench.run("stop", container="pryvio_hfs", host="single"), 0)


def former_redis(bench: Bench) -> None:
    replaced(bench.root / "pryv/redis/data")


def test_what_works_elsewhere_is_stopped_by_whoever_does_not_want_that(bench: Bench) -> None:
    """A restore would stop it for good: two folders lie beside, that of InfluxDB nowhere."""
    replaced(bench.root / "pryv/mongodb/data")
    replaced(bench.root / "pryv/core/data")
    replaced(bench.root / "pryv/influxdb/data", removed=True)
    ran = bench.running()
    end = ended(bench.run("restore", set_id=bench.set_id), 4)
    assert "pryvio_mongodb does not use" in end.what
    assert "pryvio_influxdb does not use" in end.what
    assert end.what.count("pryv/core/data") == 1, "of several containers that have it"
    assert "mongodb/data.old" in end.next[0] and "was removed" in end.next[0]
    assert bench.running() == ran, "nothing was stopped"
    for command in commands(end.next[0].partition("If none of that data is wanted: ")[2]):
        assert typed(command).exit_code == 0, command
    ended(bench.run("restore", set_id=bench.set_id), 0)
    assert lost(bench.of_set, bench.held()) == []
    assert bench.running() == ran


def users(bench: Bench) -> int:
    return int(PracticePlatform.open(bench.platform.folder).contents()["redis"]["users"])


def test_what_redis_holds_is_saved_once_there_is_room(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = users(bench)
    former_redis(bench)
    real = rescue._stream

    def full(*_words: object) -> None:
        raise OSError(28, "No space left on device", str(bench.root))

    monkeypatch.setattr(rescue, "_stream", full)
    end = ended(bench.run("restart", container="pryvio_redis", host="single"), 1)
    assert end.next[0].startswith("Free space there, or correct what the message names, then try")
    assert "it is still running" in end.what
    monkeypatch.setattr(rescue, "_stream", real)
    done = bench.run("restart", container="pryvio_redis", host="single")
    assert done is not None and done.exit in (0, 3), done
    assert users(bench) == before


def test_what_redis_held_is_copied_by_hand(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    before = users(bench)
    former_redis(bench)

    def barred(*_words: object) -> list[Path]:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(rescue, "put_snapshot", barred)
    end = ended(bench.run("restart", container="pryvio_redis", host="single"), 1)
    told = next(line for line in end.next if line.startswith("Once that is fixed: "))
    assert "pryvio_redis stays stopped" in end.what
    engine = bench.platform.hosts[0].engine
    assert not next(c for c in engine.containers() if c.name == "pryvio_redis").running
    shell(told.removeprefix("Once that is fixed: "))
    assert users(bench) == before
    ended(bench.run("backup"), 0)


def shell(commands: str) -> None:
    """A line as it is pasted into a shell."""
    line = commands.replace("pryv-tui ", shlex.join([sys.executable, "-m", "pryv_tui", ""])[:-2])
    done = subprocess.run(line, shell=True, capture_output=True, text=True, timeout=120)
    assert done.returncode in (0, 3), f"{line}: {done.stdout}{done.stderr}"
