"""What cron's jobs need: nothing on success with `--quiet`; else why, on standard error, in every
mode."""

from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path
from uuid import uuid4

import click
import msgspec
import pytest
from click.testing import CliRunner, Result

from pryv_tui.cli.base import watching
from pryv_tui.cli.main import cli
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.kind import known_kind
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.record.events import (
    AnyEvent,
    GuardChecked,
    Outcome,
    Output,
    OwedNoted,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
)
from pryv_tui.runs.record.history import WORKER, WorkerMark, all_runs, mark_of, resolve_run
from pryv_tui.runs.record.journal import JournalReader, JournalWriter
from pryv_tui.runs.record.request import NAME as REQUEST
from pryv_tui.runs.start import beginning
from tests.helpers import copied

MODES: tuple[list[str], ...] = ([], ["--json"], ["--quiet"], ["--quiet", "--json"])
ENDS: tuple[tuple[Outcome, int], ...] = (
    ("complete", 0), ("failed", 1), ("warnings", 3), ("refused", 4), ("refused", 5),
    ("cancelled", 130),
)  # fmt: skip
WHY = "why it ended so"


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> PracticePlatform:
    where = tmp_path_factory.mktemp("quiet") / "p"
    return copied.new(where, users=1, attachments=0)


def run(platform: PracticePlatform, *words: str) -> Result:
    return CliRunner().invoke(cli, [*words, "--practice", str(platform.folder)])


def state_of(platform: PracticePlatform) -> Path:
    return Path(f"{platform.folder}-state")


def a_run(
    platform: PracticePlatform,
    name: str,
    end: RunFinished | None,
    events: tuple[AnyEvent, ...] = (RunStarted(kind="verify", roles=[], plan=[], pid=1),),
) -> str:
    """A run that has ended so, or whose worker is gone."""
    folder = Path(f"{platform.folder}-state/runs") / name
    folder.mkdir(parents=True)
    kind = known_kind("verify")
    assert kind is not None
    made = kind(run=name, settings=Settings(vault="", state=""), asked="2026-01-01T00:00:00.000Z")
    (folder / REQUEST).write_bytes(msgspec.json.encode(made))
    (folder / WORKER).write_bytes(msgspec.json.encode(WorkerMark(1, 1, "another boot")))
    journal = JournalWriter(folder, name)
    for event in (*events, *([end] if end is not None else ())):
        journal.write(event)
    return name


@pytest.mark.parametrize(("outcome", "code"), ENDS)
def test_a_reason_is_on_standard_error_in_every_mode(
    platform: PracticePlatform, outcome: Outcome, code: int
) -> None:
    end = RunFinished(outcome=outcome, exit=code, what=WHY, warnings=["look at it"], next=["then"])
    name = a_run(platform, f"20260101T00000{code % 7}Z-verify-{code:04d}", end)
    for mode in MODES:
        done = run(platform, "attach", name, *mode)
        assert done.exit_code == code
        if code == 0:
            assert done.stderr == ""
            assert bool(done.stdout) == ("--quiet" not in mode)
            continue
        for told in (WHY, "look at it", "then", f"attach {name}"):
            assert told in done.stderr, (mode, done.stderr)
        lines = done.stdout.splitlines()
        if "--json" in mode:
            last = json.loads(lines[-1])
            assert (last["event"], last["exit"]) == ("run_finished", code)
        if "--quiet" in mode:
            assert len(lines) == ("--json" in mode)


def test_a_worker_that_died_and_a_name_of_nobody(platform: PracticePlatform) -> None:
    name = a_run(platform, "20260101T000009Z-verify-dead", None)
    for mode in MODES:
        died = run(platform, "attach", name, *mode)
        assert died.exit_code == 1 and f"the run {name} died" in died.stderr
        unknown = run(platform, "attach", "nobody", *mode)
        assert unknown.exit_code == 2 and "no run 'nobody'" in unknown.stderr


def test_every_command_that_starts_a_run_can_be_quiet() -> None:
    context = click.Context(cli)
    seen = []
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        parts = list(command.commands.values()) if isinstance(command, click.Group) else [command]
        for part in parts:
            options = {option for one in part.params for option in one.opts}
            if "--detach" in options or name in ("attach", "cancel", "recover"):
                assert "--quiet" in options, name
                seen.append(name)
    assert len(set(seen)) >= 12


def test_a_backup_of_cron(platform: PracticePlatform) -> None:
    assert (done := run(platform, "backup", "--quiet", "--label", "nightly")).exit_code == 0
    assert (done.stdout, done.stderr) == ("", "")
    assert run(platform, "verify", "latest", "--quiet", "--json").output == ""
    # It is found all the same, by what it was called, and who asked for it.
    listed = run(platform, "runs").stdout
    assert "nightly" in listed and "took" in listed
    (told,) = [
        one for one in json.loads(run(platform, "runs", "--json").stdout) if one["kind"] == "backup"
    ]
    (end,) = [
        one
        for one in JournalReader(resolve_run(state_of(platform), told["id"]).journal).read()
        if isinstance(one, RunFinished)
    ]
    assert [(one.kind, one.target) for one in end.offers] == [("verify", told["set"])]
    assert end.offers[0].text in end.next
    assert told["label"] == "nightly" and told["seconds"] > 0 and told["by"]["runs_as"]
    platform.faults.set("mongodump-fails")
    failed = run(platform, "backup", "--quiet", "--json")
    assert failed.exit_code == 1
    assert "mongodump" in failed.stderr and failed.stdout.count("\n") == 1
    assert "mongodump" in run(platform, "runs").stdout
    platform.faults.clear("mongodump-fails")
    # Refused before a run is begun: the same.
    refused = run(platform, "restore", "latest", "--confirm", "other.example", "--quiet")
    assert refused.exit_code == 4 and "is not the domain" in refused.stderr
    assert refused.stdout == ""
    state = Path(f"{platform.folder}-nowhere")
    state.write_text("no folder")
    kept = run(platform, "backup", "--quiet", "--detach", "--state", str(state))
    assert kept.exit_code == 1 and str(state) in kept.stderr and kept.stdout == ""


def test_a_detached_run_is_quiet_too(platform: PracticePlatform) -> None:
    known = {one.id for one in all_runs(Path(f"{platform.folder}-state"))}
    done = run(platform, "backup", "--quiet", "--detach")
    assert (done.exit_code, done.output) == (0, "")
    (new,) = {one.id for one in all_runs(Path(f"{platform.folder}-state"))} - known
    assert run(platform, "attach", new, "--quiet").output == ""


def test_what_refuses_a_detached_run_is_told_to_cron(platform: PracticePlatform) -> None:
    """It starts, and is refused before it did anything: nobody looks at it again."""
    state = Path(f"{platform.folder}-state")
    inside = str(next((platform.folder / "hosts").glob("*/root")) / "vault")
    for words, why in (
        (["--role", "register"], "share one root"),  # by its plan
        (["--hold", "registrations", "--role", "core"], "share one root"),
        (["--vault", inside], "root"),  # by the checks of its first step
    ):
        for mode in ([], ["--quiet"], ["--quiet", "--json"]):
            known = {one.id for one in all_runs(state)}
            done = run(platform, "backup", "--detach", *words, *mode)
            (new,) = {one.id for one in all_runs(state)} - known
            assert done.exit_code == 4, (words, done.output)
            assert why in done.stderr and "refused" in done.stderr, done.stderr
            assert f"attach {new}" in done.stderr
            assert done.stdout == ("" if "--quiet" in mode else f"{new}\n")


ASKING: tuple[AnyEvent, ...] = (
    RunStarted(kind="verify", roles=[], plan=[], pid=1),
    StepStarted(step="1", title="Check", command=[]),
    GuardChecked(name="room", outcome="failed", text="none", remedy=""),
    StepFinished(step="1", title="Check", command=[], outcome="failed", seconds=0.1),
)
REFUSED = RunFinished(outcome="refused", exit=4)


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ((*ASKING, REFUSED), "ended"),
        ((ASKING[0], REFUSED), "ended"),
        (ASKING, "died"),
        ((), "died"),
        # What was done before it failed is a run that had begun, whenever it is looked at.
        ((*ASKING[:2], Output(step="1", stream="stdout", text="x"), REFUSED), "begun"),
        (
            (*ASKING[:2], OwedNoted(owed=Owed(kind="start", host="single", what="redis")), REFUSED),
            "begun",
        ),
        ((*ASKING[:2], msgspec.structs.replace(ASKING[3], outcome="done"), REFUSED), "begun"),
    ],
)
def test_whether_a_run_has_begun(
    platform: PracticePlatform, events: tuple[AnyEvent, ...], state: str
) -> None:
    name = a_run(platform, f"20260101T010000Z-verify-{uuid4().hex[:4]}", None, events)
    record = resolve_run(Path(f"{platform.folder}-state"), name)
    assert beginning(record).state == state


def test_one_that_says_nothing_is_left_with_a_word(
    platform: PracticePlatform, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name = a_run(platform, "20260101T020000Z-verify-0000", None, ())
    folder = Path(f"{platform.folder}-state/runs") / name
    mark = mark_of(os.getpid())
    (folder / WORKER).write_bytes(msgspec.json.encode(mark))
    record = resolve_run(folder.parent.parent, name)
    assert beginning(record, begins=0).state == "waiting"
    monkeypatch.setattr(watching, "beginning", partial(beginning, begins=0))
    with pytest.raises(SystemExit) as left:
        watching.watch(record, as_json=False, detach=True)
    assert left.value.code == 3 and f"attach {name}" in capsys.readouterr().err
    # One whose first step asks for long goes on by itself.
    journal = JournalWriter(folder, name)
    journal.write(ASKING[0])
    assert beginning(record, begins=0, refuses=0).state == "begun"
