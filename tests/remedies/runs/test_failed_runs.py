"""What is said after a step that failed, done as it is said, on one practice platform."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.docker_client import DockerClient
from pryv_tui.hosts.docker_programs import DockerPrograms
from pryv_tui.operations.commands import completed
from pryv_tui.operations.containers.waiting import VARIABLE, patience
from pryv_tui.operations.overview.serving_words import ABSENT
from pryv_tui.operations.root.compose_files import ROOT_VARIABLE
from pryv_tui.operations.settings.patience import Patience
from pryv_tui.operations.steps.services.switch_container import look
from pryv_tui.operations.stores.base import wait_until
from pryv_tui.operations.stores.redis import Redis
from pryv_tui.vault.copying.tree import copy_tree
from tests.remedies.kit import refusal
from tests.remedies.runs.test_going_on import context_on
from tests.remedies.shell import Said, Shell, commands_in, paste, shell_line


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    return Shell.on_new(tmp_path_factory.mktemp("failed") / "platform")


@pytest.fixture
def shell(made: Shell) -> Iterator[Shell]:
    """Without any fault, before and after."""
    yield made
    made.platform.faults.clear()


def hint(said: Said, words: str) -> str:
    """The last line that begins like this: of what is next."""
    return [one for one in said.out.splitlines() if one.strip(" -").startswith(words)][-1].strip(
        " -"
    )


@pytest.mark.parametrize("fault", ["mongodump-short"])
def test_what_a_failed_backup_printed_is_shown_and_it_is_taken_again(
    shell: Shell, fault: str
) -> None:
    shell.platform.faults.set(fault)
    failed = shell.type("backup")
    assert failed.exit == 1
    shown, again = commands_in(hint(failed, "See what was printed: ") + ".")
    printed = paste(shown)
    assert "| " in printed.out and "mongodump" in printed.out
    shell.platform.faults.clear()
    assert paste(again).exit == 0


def test_a_failure_without_a_remedy_has_no_empty_line(capsys: pytest.CaptureFixture[str]) -> None:
    from pryv_tui.cli.base.output import fail

    for error, lines in (
        (PryvTuiError("check-failed", "x differs"), ["pryv-tui: x differs"]),
        (PryvTuiError("check-failed", "x", "Do y."), ["pryv-tui: x", "  Do y."]),
    ):
        with pytest.raises(SystemExit):
            fail(error)
        assert capsys.readouterr().err.splitlines() == lines
    assert PryvTuiError("check-failed", "x differs").told == "x differs."


def test_a_copy_that_would_hold_itself_goes_elsewhere(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "a").mkdir(parents=True)
    told = refusal(lambda: copy_tree(root, root / "a/vault"))
    assert told.remedy == "Name a vault outside of it with --vault."
    copy_tree(root, tmp_path / "vault")
    assert (tmp_path / "vault/a").is_dir()


# -- databases -----------------------------------------------------------------------------------


def told_on(shell: Shell, told: PryvTuiError) -> list[str]:
    """The commands of an error as the program prints it on this platform."""
    return commands_in(completed(told.remedy, ("--practice", str(shell.platform.folder))) + ".")


def test_a_file_that_redis_could_not_write_is_written_anew(shell: Shell) -> None:
    """Its disk was full, or its rewriting never ended: the log, the disk, and the next backup."""
    shell.platform.faults.set("redis-rewrite-fails")
    failed = shell.type("backup")
    assert failed.exit == 1
    line = hint(failed, "Its log says why: ")
    log, backup = commands_in(line.replace(" (df", ". (df") + ".")
    assert paste(log).out.strip()
    assert shell_line(line.partition("(")[2].partition(")")[0]) == 0
    doctor = shell.type("doctor").out
    assert "could not write its append-only file" in doctor and "Its log says why: " in doctor
    shell.platform.faults.clear()
    assert paste(backup).exit == 0
    assert "could not write its append-only file" not in shell.type("doctor").out


def test_a_rewriting_that_does_not_end_is_waited_for(shell: Shell) -> None:
    ctx = context_on(shell, Patience(redis_writes=0.0))
    server = Redis().server(ctx, "single")
    busy = SimpleNamespace(info=lambda _part: {"aof_rewrite_in_progress": "1"})
    told = refusal(lambda: Redis()._wait_for_rewrite(ctx, busy))  # type: ignore[arg-type]
    log, backup = told_on(shell, told)
    assert paste(log).out.strip()
    Redis()._wait_for_rewrite(ctx, server)
    assert paste(backup).exit == 0


def test_a_server_that_does_not_answer_yet_has_a_log_and_more_patience(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = context_on(shell)
    monkeypatch.setenv(VARIABLE, "0.05s")

    def answers() -> str | None:
        return None if patience(1.0) >= 3600 else "asleep"

    def wait() -> None:
        wait_until(ctx, answers, "Redis", "pryvio_redis", "single")

    told = refusal(wait)
    (log,) = told_on(shell, told)
    assert paste(log).out.strip()
    name, _, value = told.remedy.partition("export ")[2].partition(";")[0].partition("=")
    monkeypatch.setenv(name, value)
    wait()


def test_a_redis_that_loaded_something_else_has_a_log(shell: Shell) -> None:
    ctx = context_on(shell)
    told = refusal(lambda: Redis().compare(ctx, "single", {"users": 4711}))
    (log,) = told_on(shell, told)
    assert "[redis] Ready" in paste(log).out
    Redis().compare(ctx, "single", {"users": Redis().live_users(ctx, "single")})


def test_an_empty_mongodb_is_filled_from_a_set(shell: Shell, tmp_path: Path) -> None:
    name = shell.backup()
    assert shell.type("containers", "stop", "mongodb").exit == 0
    root = shell.platform.hosts[0].root_hint
    assert root is not None
    data = root / "pryv/mongodb/data"
    data.rename(tmp_path / "lost")
    data.mkdir()
    assert shell.type("containers", "start", "mongodb").exit == 0
    failed = shell.type("backup")
    line = hint(failed, "If it had accounts, restore a set that has them: ")
    assert name in paste(commands_in(line)[0]).out
    done = shell.type("restore", name, "--confirm", "practice.pryv.example")
    assert done.exit == 0, done
    shell.backup()


def test_a_restore_whose_documents_failed_is_looked_at_and_tried_again(shell: Shell) -> None:
    name = shell.backup()
    shell.platform.faults.set("mongorestore-failures")
    failed = shell.type("restore", name, "--confirm", "practice.pryv.example")
    assert "documents were not restored" in failed.out
    (shown,) = commands_in(hint(failed, "See what was printed: ") + ".")
    assert "mongorestore" in paste(shown).out
    shell.platform.faults.clear()
    (line,) = [one for one in failed.out.splitlines() if " recover --finish: " in one]
    assert paste(commands_in(line)[0]).exit == 0


@pytest.mark.parametrize("way", ["roll-back", "finish"])
def test_a_restore_that_stopped_half_way_is_settled_in_each_way_that_is_told(
    shell: Shell, way: str
) -> None:
    name = shell.backup()
    shell.platform.faults.set("mongorestore-failures")
    assert shell.type("restore", name, "--confirm", "practice.pryv.example").exit == 1
    shell.platform.faults.clear()
    (line,) = [one for one in shell.type("status").out.splitlines() if "half-way: " in one]
    told = [part.partition(": ")[0] for part in line.split("pryv-tui ")[1:]]
    (command,) = [one for one in told if one.endswith(f"--{way}")]
    done = paste(f"pryv-tui {command}")
    assert done.exit == 0, done
    assert "half-way: " not in shell.type("status").out


# -- containers and their images -----------------------------------------------------------------


def test_a_container_that_is_gone_comes_back_as_doctor_says(tmp_path: Path) -> None:
    shell = Shell.on_new(tmp_path / "platform")
    state = tmp_path / "platform/hosts/single"
    assert state.is_dir()
    (host,) = shell.platform.hosts
    with host.engine._store.change() as record:
        gone = record.containers.pop("pryvio_mongodb")
    ctx = context_on(shell)
    told = refusal(lambda: look(ctx, "single", "pryvio_mongodb"))
    assert told.name == "container-missing"
    assert told.remedy.startswith("To see what is missing, and how to bring it back: ")
    said = shell.type("doctor").out
    assert "pryvio_mongodb does not exist" in said
    assert "run-pryv" in said.partition("pryvio_mongodb does not exist")[2]
    root = host.root_hint
    assert root is not None
    up = ["docker-compose", "-f", str(root / "pryv/pryv.yml"), "up", "-d"]
    assert host.run(up, on_output=lambda _s, _c: None, environment={ROOT_VARIABLE: str(root)}) == 0
    assert look(ctx, "single", "pryvio_mongodb").image == gone.image
    shell.backup()


def test_a_core_that_was_removed_is_said_to_be_down_and_comes_up_as_it_is_said(
    tmp_path: Path,
) -> None:
    """All that exists runs, and the platform is down."""
    shell = Shell.with_set(tmp_path / "platform", users=1, attachments=0)
    (host,) = shell.platform.hosts
    assert shell.type("status").exit == 0 and "core on single is up" in shell.type("status").out
    with host.engine._store.change() as record:
        record.containers.pop("pryvio_core")
    status, doctor = shell.type("status"), shell.type("doctor")
    assert status.exit == doctor.exit == 3
    assert "core on single is down, not known since when: core is not there" in status.out
    (line,) = [one for one in status.out.splitlines() if "the container of core is not" in one]
    (told,) = [one for one in doctor.out.splitlines() if "role core single" in one]
    assert line.startswith("WARNING") and told.startswith("WARNING")
    assert ABSENT.removesuffix(".") in line and ABSENT.removesuffix(".") in doctor.out
    found = json.loads(shell.type("status", "--json").out)
    (core,) = [one for one in found["hosts"][0]["roles"] if one["role"] == "core"]
    assert (core["state"], found["platform"]["state"]) == ("down", "down")
    assert [lack["service"] for lack in core["lacks"]] == ["core"]
    root = host.root_hint
    assert root is not None and "./run-pryv in the root" in ABSENT
    up = [str(root / "run-pryv")]
    assert host.run(up, on_output=lambda _s, _c: None, environment={ROOT_VARIABLE: str(root)}) == 0
    assert shell.type("status").exit == 0 and shell.type("doctor").exit == 0


def test_a_container_gets_the_image_of_its_release(tmp_path: Path) -> None:
    """That it was brought up from another image, and again from its own, is its record here."""
    shell = Shell.on_new(tmp_path / "platform")
    (host,) = shell.platform.hosts

    def brought_up(service: str) -> None:
        with host.engine._store.change() as record:
            record.containers["pryvio_mongodb"].service = service

    def ask() -> int:
        argv = ["/app/bin/mongodb/bin/mongodump", "--version"]
        return host.engine.exec("pryvio_mongodb", argv, on_output=lambda _s, _c: None)

    brought_up("mail")
    told = refusal(ask)
    assert told.name == "program-missing"
    assert "the image of its release (pryv.yml in the root)" in told.remedy
    assert "image: pryvio/mongodb" in (host.root_hint / "pryv/pryv.yml").read_text()  # type: ignore[operator]
    brought_up("mongodb")
    ask()


def test_a_process_that_could_not_be_ended_is_ended_by_hand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A real process; the engine, which can't end it, is a stand-in."""
    with subprocess.Popen(["sleep", "600"]) as process:

        class Api:
            def top(self, _name: str, ps_args: str) -> dict[str, object]:
                alive = process.poll() is None
                return {"Processes": [[str(process.pid), "sleep 600"]] if alive else []}

        client = DockerClient("unix:///nowhere.sock")
        monkeypatch.setattr(client, "call", lambda ask, _container="": ask(Api()))
        engine = DockerPrograms(client)
        monkeypatch.setattr(engine, "_signal", lambda *_given: None)
        monkeypatch.setattr(engine, "_is_gone", lambda *_given: False)
        try:
            process_of = ("pryvio_mongodb", str(process.pid), "sleep 600")
            told = refusal(lambda: engine._end_process(*process_of))
            kill = told.remedy.removeprefix("End it by hand: ").partition(" on that machine")[0]
            assert kill == f"kill -9 {process.pid}"
            assert shell_line(kill) == 0
            assert process.wait(30) == -signal.SIGKILL
            assert engine.processes("pryvio_mongodb") == []
        finally:
            process.kill()
