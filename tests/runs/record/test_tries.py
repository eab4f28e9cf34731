"""Backups that made no set are seen by whoever looks, until one makes a set."""

from __future__ import annotations

import json
import os
from pathlib import Path

import msgspec
import pytest

from pryv_tui.clock import timestamp
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.kinds.backup import Backup
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs import start
from pryv_tui.runs.record.events import Outcome, RunFinished, RunStarted
from pryv_tui.runs.record.history import all_runs, runs_folder
from pryv_tui.runs.record.journal import JournalWriter
from pryv_tui.runs.record.request import NAME as REQUEST
from pryv_tui.runs.record.tries import tries_since
from tests.remedies.shell import Said, Shell, commands_in, paste


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A platform with a whole set."""
    return Shell.with_set(tmp_path_factory.mktemp("tries") / "platform", users=1, attachments=0)


_number = iter(range(10, 100))


def tried(settings: Settings, outcome: Outcome | None, *, began: bool = True, why: str = "") -> str:
    """Leave a backup that ended so; None: it has no last word, since nobody works on it."""
    run = f"29990101T0000{next(_number)}Z-backup-0000"
    folder = runs_folder(Path(settings.state)) / run
    folder.mkdir(parents=True)
    request = Backup(settings=settings, run=run, asked=timestamp())
    (folder / REQUEST).write_bytes(msgspec.json.encode(request))
    if not began:
        os.utime(folder / REQUEST, (1e9, 1e9))  # long ago: no worker is on its way
        return run
    (folder / "worker.json").write_text('{"pid": 1, "start_ticks": 1, "boot": "another"}')
    journal = JournalWriter(folder, run)
    journal.write(RunStarted(kind="backup", roles=["core"], plan=[], pid=1, domain="", set="NONE"))
    if outcome is not None:
        journal.write(RunFinished(outcome=outcome, exit=1, what=why))
    return run


def last_line(said: Said) -> str:
    (line,) = [one for one in said.out.splitlines() if "last backup" in one.lower()[:40]
               and not one.startswith("Last backup:")]  # fmt: skip
    return line


def test_status_and_doctor_say_each_end_until_a_backup_makes_a_set(shell: Shell) -> None:
    assert shell.type("status").exit == 0
    assert last_line(shell.type("doctor")).startswith("OK")
    ends: list[tuple[Outcome | None, bool, str, str]] = [
        ("failed", True, "failed", "FAILED"),
        ("refused", True, "refused", "FAILED"),
        ("cancelled", True, "cancelled", "WARNING"),
        (None, False, "never_began", "FAILED"),
        (None, True, "died", "FAILED"),
    ]
    for many, (outcome, began, word, level) in enumerate(ends, start=1):
        why = f"the disk {many} is full." if outcome == "failed" else ""
        run = tried(shell.settings, outcome, began=began, why=why)
        status, doctor = shell.type("status"), shell.type("doctor")
        assert status.exit == 3
        assert doctor.exit == 3, "it keeps no backup from beginning"
        for line in (last_line(status), last_line(doctor)):
            assert (
                line.startswith(level)
                and word.replace("_", " ") in line
                and why.rstrip(".") in line
            )
        if outcome != "cancelled":
            (see, again) = commands_in(last_line(status).partition("See its result: ")[2])
            shown = paste(see)
            assert why.rstrip(".") in shown.out + shown.err
        told = json.loads(shell.type("status", "--json").out)
        assert told["backup"]["state"] == word and told["overdue"] is None
        assert [one["run"] for one in told["backup"]["tries"]][-1] == run
        assert len(told["backup"]["tries"]) == many
    assert paste(again).exit == 0
    assert shell.type("status").exit == 0
    assert last_line(shell.type("doctor")).startswith("OK")


def test_what_another_run_kept_from_beginning_is_known(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def held(_path: Path) -> None:
        raise PryvTuiError("busy", "the restore R holds the platform")

    with monkeypatch.context() as patch:
        patch.setattr(start, "check_free", held)
        assert shell.type("backup").exit == 5
    line = last_line(shell.type("status"))
    assert line.startswith("WARNING") and "did not begin" in line and "restore R holds" in line
    # One into another vault, or of another platform, is none of this one's.
    elsewhere = msgspec.structs.replace(shell.settings, vault="/another")
    records = all_runs(Path(shell.settings.state))
    assert tries_since(records, elsewhere, "") == []
    assert shell.type("backup").exit == 0
    assert shell.type("status").exit == 0


def test_it_is_overdue_by_what_the_configuration_says(shell: Shell, tmp_path: Path) -> None:
    config = tmp_path / "pryv-tui.toml"
    config.write_text("backup_every = '7d'")
    words = ("--config", str(config))
    assert json.loads(shell.type("status", *words, "--json").out)["overdue"] is False
    empty = ("--vault", str(tmp_path / "none"))
    assert json.loads(shell.type("status", *words, *empty, "--json").out)["overdue"] is True
    for said, exits in ((shell.type("status", *words, *empty), 3),
                        (shell.type("doctor", *words, *empty), 3)):  # fmt: skip
        assert said.exit == exits
        (line,) = [one for one in said.out.splitlines() if "overdue" in one and "FAILED" in one]
        assert "7 days" in line and "no set" in line


def test_a_journal_whose_set_is_whole_is_no_failure(tmp_path: Path) -> None:
    """What failed after its set was complete has made one."""
    folder = PracticePlatform.create(tmp_path / "p", users=1, attachments=0).folder
    settings = Settings(vault=str(tmp_path / "v"), state=str(tmp_path / "s"), practice=str(folder))
    tried(settings, "failed")
    records = all_runs(tmp_path / "s")
    assert len(tries_since(records, settings, "")) == 1
    assert tries_since(records, settings, "", whole={"NONE"}) == []
    other = [msgspec.structs.replace(record, domain="a.example") for record in records]
    assert tries_since(other, settings, "b.example") == []
    assert len(tries_since(other, settings, "a.example")) == 1
