"""What is said while a run goes on, after one that died, and by a step that failed."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from pryv_tui.errors import ERRORS, PryvTuiError
from pryv_tui.operations.commands import completed
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.facts import Rescued
from pryv_tui.operations.services.rescue import after_start
from pryv_tui.operations.services.staying_up import _complain
from pryv_tui.operations.settings.patience import Patience
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.operations.site import open_site
from pryv_tui.operations.steps.bringing_back import place_redis
from pryv_tui.operations.steps.bringing_back.keep_copied import KeepCopied
from pryv_tui.operations.steps.bringing_back.place_redis import PlaceRedis
from pryv_tui.operations.steps.services.hold_platform import HoldPlatform
from pryv_tui.operations.steps.taking.check_store import CheckStore
from pryv_tui.runs.record.history import all_runs
from pryv_tui.runs.record.report import NOT_LOOKED
from pryv_tui.runs.start import cancel_run, start_run
from pryv_tui.tui.preferences import watch
from pryv_tui.tui.session import ended_unseen
from tests.helpers.waiting import until
from tests.journeys.program import Practice
from tests.operations.kit import Heard
from tests.remedies.kit import refusal
from tests.remedies.shell import Shell, commands_in, paste, type_in


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A platform with a set, which these tests leave running and whole."""
    return Shell.with_set(tmp_path_factory.mktemp("going-on") / "platform", users=2)


def context_on(shell: Shell, patience: Patience | None = None) -> RunContext:
    site = open_site(shell.settings, patience=patience)
    return RunContext(
        site=site,
        deployment=site.discover(),
        reporter=Heard(),
        cancel=threading.Event(),
        run_id="RUN",
    )


def commands_of(shell: Shell, told: PryvTuiError) -> list[str]:
    """The commands of an error as the program prints it on this platform."""
    given = ("--practice", str(shell.platform.folder))
    return commands_in(completed(told.remedy, given))


def latest(shell: Shell) -> str:
    return shell.latest


def test_whoever_is_told_of_a_run_follows_or_ends_it(tmp_path: Path) -> None:
    slow = Practice.create(tmp_path / "slow", "--users", 1, "--attachments", 0, "--pace", 60)
    words = ("--practice", str(slow.folder))
    run = slow.run("backup", "--detach").out.strip()
    until(lambda: any(Path(f"{slow.folder}-vault").glob("*.partial")))
    refused = type_in("backup", *words)
    assert refused.exit == 5
    doctor = type_in("doctor", *words)
    (line,) = [one for one in doctor.out.splitlines() if "or end it: pryv-tui" in one]
    assert commands_in(line) == commands_in(refused.remedy)
    # The set that is being made is no set to restore: its end is waited for.
    (partial,) = Path(f"{slow.folder}-vault").glob("*.partial")
    told = type_in("restore", partial.stem, "--confirm", "practice.pryv.example", *words)
    assert told.exit == 4 and told.remedy.startswith("Wait for its end: pryv-tui ")
    follow, choose = commands_in(told.remedy)
    assert partial.stem in paste(choose).out
    # So is the run whose cancel is not waited for any longer.
    waited = refusal(lambda: cancel_run(Path(f"{slow.folder}-state"), run, patience=0.0))
    assert waited.remedy.startswith("Look at what it does: ")
    assert commands_in(completed(waited.remedy, words)) == [follow]
    ended: list[Any] = []
    follower = threading.Thread(target=lambda: ended.append(slow.run("attach", run)), daemon=True)
    follower.start()
    assert commands_in(refused.remedy)[0] == follow
    assert paste(commands_in(refused.remedy)[1]).exit == 0
    follower.join(60)
    assert [one.exit for one in ended] == [130]
    assert "or end it" not in type_in("doctor", *words).out


def test_what_a_dead_run_left_is_recovered(tmp_path: Path) -> None:
    slow = Practice.create(tmp_path / "slow", "--users", 1, "--attachments", 0)
    words = ("--practice", str(slow.folder))
    settings = resolve_settings(practice=str(slow.folder), environment={})
    # As its first step begins: by then it has nothing to leave.
    killed = (sys.executable, "-m", "tests.kill.worker", "1", "step")
    run = start_run(settings, "backup", worker=killed).id
    until(lambda: [one.state for one in all_runs(Path(settings.state))] == ["died"])
    told = type_in("attach", run, *words)
    assert told.exit == 1
    assert "it left nothing that has to be put back" in told.remedy
    assert Path(told.remedy.partition("its journal: ")[2].rstrip(")")).is_file()
    # Where that can't be looked at, recover says the same.
    assert paste(commands_in(completed(NOT_LOOKED, words))[0]).exit == 0
    assert type_in("backup", *words).exit == 0


def test_how_a_run_ended_that_was_left_is_shown(shell: Shell) -> None:
    state = Path(shell.settings.state)
    run = all_runs(state)[-1]
    watch(state, run.id)
    found = ended_unseen(state)
    assert found is not None
    (command,) = commands_in(completed(found.remedy, ("--practice", str(shell.platform.folder))))
    shown = paste(command)
    assert shown.exit == 0 and run.id in shown.out + shown.err


def test_what_the_data_needs_has_a_log(shell: Shell) -> None:
    ctx = context_on(shell)
    down = {"pryvio_mongodb": "exited"}
    told = refusal(lambda: _complain(ctx, "single", down, ["pryvio_mongodb"]))
    assert told.remedy.startswith("Read the log: pryv-tui ")
    assert [paste(command).exit for command in commands_of(shell, told)] == [0]


def _state_of(ctx: RunContext, name: str) -> str:
    (found,) = [one for one in ctx.site.host("single").engine.containers() if one.name == name]
    return found.state


@pytest.mark.parametrize("state", ["created", ""])
def test_what_the_data_needs_and_never_ran_is_started_and_what_is_gone_is_made(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    """Neither has a log; and one that is there is not missing."""
    assert shell.type("containers", "stop", "pryvio_mongodb").exit == 0
    ctx = context_on(shell)
    engine: Any = ctx.site.host("single").engine
    there = [
        msgspec.structs.replace(one, state=state) if one.name == "pryvio_mongodb" else one
        for one in engine.glance()
        if state or one.name != "pryvio_mongodb"
    ]
    monkeypatch.setattr(type(engine), "glance", lambda _engine: there)
    down = {"pryvio_mongodb": state or "not there"}
    told = refusal(lambda: _complain(ctx, "single", down, ["pryvio_mongodb"]))
    # Of one that nothing needs it is a warning alone.
    _complain(ctx, "single", down, [])
    monkeypatch.undo()
    (warning,) = ctx.facts.warnings
    has_none = "was never started" if state else "does not exist any more"
    assert f"To see why: pryv-tui doctor (pryvio_mongodb {has_none}: it has no log)" in warning
    assert "containers logs" not in told.remedy + warning
    if state:
        (start,) = commands_of(shell, told)
        assert paste(start).exit == 0
        assert ERRORS["container-missing"].remedy not in told.remedy
        assert _state_of(ctx, "pryvio_mongodb") == "running"
    else:
        assert told.remedy == ERRORS["container-missing"].remedy
        assert shell.type("containers", "start", "pryvio_mongodb").exit == 0


def test_what_can_not_be_held_has_a_log_or_is_not_held(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = context_on(shell)
    engine = ctx.site.host("single").engine
    restarting = [
        msgspec.structs.replace(one, state="restarting") if one.service == "register" else one
        for one in engine.containers()
    ]
    monkeypatch.setattr(type(engine), "containers", lambda _self: restarting)
    step = HoldPlatform(host="single", hold="registrations", deadline=30)
    told = refusal(lambda: step.perform(ctx))
    monkeypatch.undo()
    log, backup = commands_of(shell, told)
    assert paste(log).exit == 0
    assert paste(backup).exit == 0


def test_a_copy_that_lacks_accounts_is_taken_again(shell: Shell) -> None:
    ctx = context_on(shell)
    layout = ctx.state_of("single").layout
    step = CheckStore(host="single", store="redis", destination="/nowhere", layout=layout)
    told = refusal(lambda: step._see_deleted(ctx, "Redis: fewer", 1))
    again, look = commands_of(shell, told)
    assert paste(again).exit == 0
    assert paste(look).exit == 0


def test_a_server_that_holds_less_has_a_log_and_what_it_held(shell: Shell, tmp_path: Path) -> None:
    ctx = context_on(shell)
    saved = tmp_path / "saved.rdb"
    saved.write_bytes(b"what it held")
    ctx.facts.rescued.append(Rescued(host="single", file=str(saved), users=99))
    told = refusal(lambda: after_start(ctx, "single", "pryvio_redis"))
    assert f"Its data from before is in {saved}" in told.remedy
    (log,) = commands_of(shell, told)
    assert paste(log).out.strip()


@pytest.mark.parametrize("what", ["redis", "copied"])
def test_a_set_is_restored_from_its_beginning(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    ctx, name = context_on(shell), latest(shell)
    (host,) = shell.platform.hosts
    root = str(host.root_hint)
    if what == "redis":
        monkeypatch.setattr(place_redis, "must_be_stopped", lambda *_given: None)
        form = SimpleNamespace(folder="pryv/redis/data", name="dump.rdb", form="rdb")
        monkeypatch.setattr(place_redis, "saved_form", lambda _holds: form)
        monkeypatch.setattr(place_redis, "place_form", lambda _holds: form)
        monkeypatch.setattr(place_redis, "read_form", lambda *_given: None)
        step: Any = PlaceRedis(host="single", root=root, holds={}, set_id=name)
    else:
        step = KeepCopied(
            host="single", root=root, aside=f"{root}/.pryv-tui/aside/R", set_id=name, recreated=()
        )
    told = refusal(lambda: step.perform(ctx))
    monkeypatch.undo()
    commands = commands_of(shell, told)
    assert len(commands) == (2 if what == "redis" else 1)
    for command in commands:
        assert paste(command).exit == 0, command


def test_a_container_that_died_under_its_tool_is_started(tmp_path: Path) -> None:
    shell = Shell.on_new(tmp_path / "platform")
    shell.platform.faults.set("container-dies:mongodb")
    failed = shell.type("backup")
    shell.platform.faults.clear()
    assert failed.exit == 1
    text = failed.out + failed.err
    (line, *_) = [one for one in text.splitlines() if "Read its log: pryv-tui" in one]
    log, start = commands_in(line)
    assert paste(log).exit == 0
    assert paste(start).exit in (0, 4), "or it is up again already"
    shell.backup()
