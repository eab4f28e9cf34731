"""A check of a set is a run like the others; it needs no platform, no engine, no state folder."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pryv_tui.cli.main import cli
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.settings.resolve import Settings, resolve_settings
from pryv_tui.operations.site import Site, open_site
from pryv_tui.runs.cancelling import outlook
from pryv_tui.runs.checking import check_going_on_or_begun
from pryv_tui.runs.lock import Holder, PlatformLock, lock_path
from pryv_tui.runs.now import checks_now
from pryv_tui.runs.planning.request import plan_verify
from pryv_tui.runs.record.events import AnyEvent, RunFinished, RunStarted, StepStarted
from pryv_tui.runs.record.history import all_runs
from pryv_tui.runs.record.journal import JournalReader
from pryv_tui.runs.record.report import died
from pryv_tui.vault.in_use import InUse
from pryv_tui.vault.set_files import CHECKS, VERIFIED
from pryv_tui.vault.sets import BackupSet
from tests.helpers import copied
from tests.journeys.performing import perform

CHECK_FIELDS = [
    *("id", "time", "outcome", "files", "bytes", "problems", "part", "parts"),
    *("strangers", "strangers_count", "unexpected"),
    *("seconds", "seal", "place", "by"),
]


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A platform with one set."""
    folder = tmp_path_factory.mktemp("verified") / "p"
    copied.new(folder, users=1, attachments=1)
    settings = resolve_settings(practice=str(folder), environment={})
    with pytest.MonkeyPatch.context() as patch:
        perform(settings, "20260101T000000Z-backup-00", "backup", patch)
    return settings


@pytest.fixture
def backup(platform: Settings) -> BackupSet:
    (found,) = open_site(platform).vault.sets()
    assert found.state == "complete"
    return found


@pytest.fixture
def damaged(backup: BackupSet) -> Iterator[Path]:
    """A file of it that is not what it was; whole again afterwards."""
    victim = next((backup.folder / "single/files/pryv/core/conf").iterdir())
    whole = victim.read_bytes()
    kept = {p: p.read_bytes() for p in backup.folder.glob("*.json")}
    victim.write_bytes(whole + b"!")
    yield victim
    victim.write_bytes(whole)
    for path in backup.folder.glob("*.json"):
        path.unlink()
    for path, content in kept.items():
        path.write_bytes(content)


def contents(found: BackupSet) -> dict[Path, bytes]:
    """All that is in a set, but for what is known of its checks."""
    files = (path for path in found.folder.rglob("*") if path.is_file())
    return {path: path.read_bytes() for path in files if path.name not in (CHECKS, VERIFIED)}


def ended(events: list[AnyEvent]) -> RunFinished:
    last = events[-1]
    assert isinstance(last, RunFinished)
    return last


def run(settings: Settings, name: str, patch: pytest.MonkeyPatch, **more: object) -> RunFinished:
    """Check the newest set, in this process."""
    (found,) = open_site(settings).vault.sets()
    return ended(perform(settings, name, "verify", patch, set_id=found.id, **more))  # type: ignore[arg-type]


def typed(settings: Settings, *words: str) -> Result:
    return CliRunner().invoke(cli, [*words, "--practice", str(settings.practice)])


def test_it_prints_what_it_always_has_and_is_listed_and_followed(
    platform: Settings, backup: BackupSet
) -> None:
    checks, files = len(backup.checks), contents(backup)
    told = typed(platform, "verify", "latest", "--json")
    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)
    assert list(found) == [*CHECK_FIELDS, "run"]
    assert (found["id"], found["outcome"], found["parts"]) == (backup.id, "good", 1)
    record = all_runs(Path(platform.state))[-1]
    assert (record.id, record.kind, record.set) == (found["run"], "verify", backup.id)
    again = typed(platform, "attach", record.id, "--json")
    assert again.exit_code == 0
    events = [json.loads(line) for line in again.stdout.splitlines()]
    check = {name: found[name] for name in CHECK_FIELDS[1:]}
    assert events[-1]["verified"] == {"id": backup.id, "check": check}
    assert any("sha256sum -c" in line for line in events[0]["plan"][0]["command"])
    (now,) = open_site(platform).vault.sets()
    assert len(now.checks) == checks + 1 and contents(now) == files
    (effect,) = plan_verify(open_site(platform), backup.id).effects
    assert "only read; the result is written down beside its files" in effect
    in_words = typed(platform, "verify", backup.id, "--sample", "50%")
    assert in_words.exit_code == 0
    assert f"{backup.id}: part 1 of 2 is good." in in_words.stdout


def test_a_detached_one_goes_on_and_is_followed(platform: Settings, backup: BackupSet) -> None:
    told = typed(platform, "verify", backup.id, "--detach")
    assert told.exit_code == 0
    followed = typed(platform, "attach", told.stdout.strip())
    assert followed.exit_code == 0
    assert f"{backup.id}: good." in followed.stdout


def test_damage_is_named_and_ends_it_with_1(
    platform: Settings, damaged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = run(platform, "20260102T000000Z-verify-01", monkeypatch)
    assert (end.outcome, end.exit) == ("failed", 1)
    assert "NOT what it should be" in end.what
    # The set counts as damaged from now on: it would be untrue that nothing was changed.
    assert end.what.endswith("No file of the set was changed.")
    assert "Nothing was changed" not in end.what
    assert any(damaged.name in line and "differs from its hash" in line for line in end.warnings)
    assert end.verified is not None and end.verified.check.outcome == "bad"
    (now,) = open_site(platform).vault.sets()
    assert now.state == "damaged"


def test_what_nobody_expects_there_ends_it_with_3(
    platform: Settings, backup: BackupSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    strange = backup.folder / "single/files/pryv/stranger"
    strange.touch()
    try:
        end = run(platform, "20260102T000000Z-verify-02", monkeypatch)
    finally:
        strange.unlink()
    assert (end.outcome, end.exit) == ("warnings", 3)
    assert f"{backup.id}: good." in end.what
    assert any("pryv/stranger is in none of the set's lists" in line for line in end.warnings)


def test_it_asks_no_engine_and_goes_on_beside_a_run_that_holds_the_platform(
    platform: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(_site: Site) -> None:
        raise AssertionError("a check has no business there")

    lock = PlatformLock(lock_path(platform))
    lock.acquire(Holder("20260101T000000Z-restore-00", "restore", os.getpid(), "now"))
    try:
        with monkeypatch.context() as patch:
            patch.setattr(Site, "discover", asked)
            end = run(platform, "20260102T000000Z-verify-03", patch)
        assert end.exit == 0, end
        # Neither does its start wait for anybody.
        assert typed(platform, "verify", "latest", "--json").exit_code == 0
    finally:
        lock.release()


def test_nor_does_it_keep_anybody_from_the_platform(
    platform: Settings, backup: BackupSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it goes on: what others could do then is done by this test, in its midst."""
    seen: list[object] = []

    def meanwhile(event: AnyEvent) -> bool:
        if isinstance(event, StepStarted):
            lock = PlatformLock(lock_path(platform))
            lock.acquire(Holder("20260102T000000Z-backup-00", "backup", os.getpid(), "now"))
            lock.release()
            going_on = checks_now(Path(platform.state), backup.id)
            seen.append(going_on.id if going_on is not None else None)
            # Asked for once more, also for a part, it is this one: none is begun beside it.
            asked = check_going_on_or_begun(platform, backup.id, 20)
            assert asked.id == seen[-1]
        return False

    name = "20260102T000000Z-verify-04"
    assert run(platform, name, monkeypatch, cancel=meanwhile).exit == 0
    assert seen == [name]
    assert checks_now(Path(platform.state), backup.id) is None


def test_the_set_is_not_removed_while_it_is_read(
    platform: Settings, backup: BackupSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault, tried = open_site(platform).vault, []

    def broken_seal(*_words: object, **_more: object) -> list[str]:
        with pytest.raises(InUse) as caught:
            vault.begin_removal(backup.id)
        tried.append(caught.value.name)
        return []

    with monkeypatch.context() as patch:
        patch.setattr("pryv_tui.operations.sets.known_good.broken_seal", broken_seal)
        assert run(platform, "20260102T000000Z-verify-05", patch).exit == 0
    assert tried == ["refused"]
    assert backup.folder.is_dir()


def test_a_cancelled_one_keeps_nothing(
    platform: Settings, backup: BackupSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    (before,) = open_site(platform).vault.sets()
    files = contents(before)
    end = run(
        platform,
        "20260102T000000Z-verify-06",
        monkeypatch,
        cancel=lambda event: isinstance(event, RunStarted),
    )
    assert (end.outcome, end.exit, end.verified) == ("cancelled", 130, None)
    assert end.next[0].endswith(f"verify {backup.id}")
    (now,) = open_site(platform).vault.sets()
    assert now.checks == before.checks and contents(now) == files
    assert end.what.endswith("No file of the set was changed.")
    assert outlook("verify", []).whole.startswith("No file of the set is changed.")


def test_one_that_died_left_nothing_to_be_put_back_and_is_begun_again(
    platform: Settings, backup: BackupSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "20260102T000000Z-verify-08"
    before, checks = contents(backup), len(backup.checks)
    run(platform, name, monkeypatch)
    # It dies between its outcome and its last word: what it found is known, and nothing else new.
    (now,) = open_site(platform).vault.sets()
    assert len(now.checks) == checks + 1 and contents(now) == before
    folder = Path(platform.state) / "runs" / name
    lines = (folder / "journal.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "journal.jsonl").write_bytes(b"".join(lines[:-1]))
    mark = json.loads((folder / "worker.json").read_bytes())
    (folder / "worker.json").write_text(json.dumps({**mark, "boot": "an earlier one"}))
    told = typed(platform, "attach", name)
    assert told.exit_code == 1
    assert "changed no file of the set" in told.stderr
    assert "changed nothing" not in told.stderr, "it wrote down what it had found"
    again = told.stderr.partition("Check it again: pryv-tui ")[2].partition(" (its journal")[0]
    assert CliRunner().invoke(cli, shlex.split(again)).exit_code == 0
    started = JournalReader(folder / "journal.jsonl").read()[0]
    assert isinstance(started, RunStarted)
    assert f"Check it again: pryv-tui verify {backup.id}" in died(started, name, "/journal")
    of_a_backup = RunStarted(kind="backup", roles=[], plan=[], pid=1)
    assert "pryv-tui recover" in died(of_a_backup, "RUN", "/journal")
    shutil.rmtree(folder)


@pytest.fixture
def nowhere(tmp_path: Path) -> str:
    """A state folder that can't be had, also by root."""
    (tmp_path / "file").touch()
    return str(tmp_path / "file/state")


def test_without_a_state_folder_it_is_checked_by_the_command_itself(
    platform: Settings, backup: BackupSet, nowhere: str
) -> None:
    told = typed(platform, "verify", "latest", "--state", nowhere)
    assert told.exit_code == 0, told.output
    assert f"{backup.id}: good." in told.stdout
    assert "can't be written" in told.stderr
    assert "nobody else can follow it" in told.stderr
    told = typed(platform, "verify", "latest", "--state", nowhere, "--json")
    assert list(json.loads(told.stdout)) == [*CHECK_FIELDS, "run"]
    assert json.loads(told.stdout)["run"] == ""
    told = typed(platform, "verify", "latest", "--state", nowhere, "--detach")
    assert told.exit_code == 1, "what is not followed by anybody has to be written down"
    assert told.stdout == ""


def test_and_says_there_too_what_is_damaged(
    platform: Settings, damaged: Path, nowhere: str
) -> None:
    told = typed(platform, "verify", "latest", "--state", nowhere)
    assert told.exit_code != 0, "there is no complete set any more"
    (name,) = [one.id for one in open_site(platform).vault.sets()]
    told = typed(platform, "verify", name, "--state", nowhere)
    assert told.exit_code == 1
    assert f"{name}: NOT what it should be. Don't restore it" in told.stdout
    assert damaged.name in told.stdout


def test_a_machine_without_a_platform(
    backup: BackupSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A vault on a disk that was brought here, and no Docker."""
    vault = tmp_path / "vault"
    vault.mkdir()
    subprocess.run(["cp", "-a", backup.folder, vault], check=True)
    settings = resolve_settings(
        vault=str(vault),
        state=str(tmp_path / "state"),
        docker="unix:///nowhere.sock",
        environment={"HOME": str(tmp_path)},
    )
    assert run(settings, "20260102T000000Z-verify-07", monkeypatch).exit == 0


def test_what_is_no_set_is_refused_before_a_run_is_begun(
    platform: Settings, backup: BackupSet
) -> None:
    partial = backup.folder.with_name("20270101T000000Z.partial")
    partial.mkdir()
    count = len(all_runs(Path(platform.state)))
    try:
        with pytest.raises(PryvTuiError, match="is partial") as caught:
            plan_verify(open_site(platform), "20270101")
        assert caught.value.name == "set-damaged"
        assert typed(platform, "verify", "20270101", "--json").exit_code == 1
    finally:
        partial.rmdir()
    assert len(all_runs(Path(platform.state))) == count
