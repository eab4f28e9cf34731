"""What was erased on purpose is accepted, by command and by key: a note from then on, with who and
why, until it changes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.operations.acceptance import NAME
from pryv_tui.operations.emptied.here import lost_data
from pryv_tui.operations.lost.back import NOT_FOUND_GONE
from pryv_tui.practice.platform import PracticePlatform
from tests.operations.emptied.test_emptied import (
    CORE,
    DOMAIN,
    REGISTER,
    empty,
    role_in,
    root_of,
    site_of,
    status,
)
from tests.operations.emptied.test_emptied_while_it_runs import GONE as EMPTIED
from tests.remedies.shell import Shell, commands_in, paste

WHY = "a fresh start, agreed with the board"
DATA = {CORE: "pryv/mongodb/data", REGISTER: "pryv/redis/data"}
SERVICES = {CORE: "pryvio_mongodb", REGISTER: "pryvio_redis"}


def erased(shell: Shell, role: str, place: str = "") -> str:
    """A role's data goes, and its alarm is seen; what that is accepted by."""
    empty(root_of(shell, role) / (place or DATA[role]))
    exit_code, found, _ = status(shell)
    assert exit_code == 3
    (told,) = [one for one in found["attention"] if one.get("key") == f"gone/{role}/{role}"]
    assert told["level"] == "failed" and "gone (" in told["text"]
    (named,) = [one for one in commands_in(told["remedy"]) if " accept " in one]
    assert f" accept {told['key']}" in f"{named} "
    return str(told["key"])


def line_of(shell: Shell, key: str) -> dict[str, Any]:
    """The doctor's line that a key is about."""
    told = json.loads(shell.type("doctor", "--json").out)
    (line,) = [one for one in told if one.get("key") == key]
    assert isinstance(line, dict)
    return line


def journal(shell: Shell) -> list[dict[str, Any]]:
    """All that was accepted and withdrawn."""
    path = Path(shell.settings.state) / NAME
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("role", [CORE, REGISTER])
def test_what_is_accepted_is_a_note_everywhere_with_who_and_why(tmp_path: Path, role: str) -> None:
    shell = Shell.with_set(tmp_path / "p", form="cluster", users=3)
    key = erased(shell, role)
    assert line_of(shell, key)["outcome"] == "failed"
    done = shell.type("accept", key, "--why", WHY)
    assert done.exit == 0, done

    exit_code, found, said = status(shell)
    (note,) = [one for one in found["attention"] if one.get("key") == key]
    assert note["level"] == "info" and WHY in note["text"] and "accepted by" in note["text"]
    assert f"accept --withdraw {key}" in note["remedy"]
    assert exit_code == 0, said
    assert role_in(found, role)["state"] in ("up", "runs")
    line = line_of(shell, key)
    assert line["outcome"] == "ok" and WHY in line["text"]
    doctor = shell.type("doctor")
    assert "FAILED  data" not in doctor.out and f"NOTE    data {role} {role}" in doctor.out
    (written,) = journal(shell)
    assert written["event"] == "accepted" and written["why"] == WHY and written["who"]
    # The incident has the decision, by whom and why, and counts the role as serving since.
    report = json.loads(shell.type("report", "--format", "json").out)
    assert WHY in json.dumps(report) and report["down"][role]["since"] is None
    assert WHY in shell.type("report", "--format", "text").out


def test_what_the_alarm_names_is_done_and_taken_back(tmp_path: Path) -> None:
    shell = Shell.with_set(tmp_path / "p", form="cluster", users=3)
    key = erased(shell, CORE)
    _, found, _ = status(shell)
    (told,) = [one for one in found["attention"] if one.get("key") == key]
    (accept,) = [one for one in commands_in(told["remedy"]) if " accept " in one]
    assert paste(accept).exit == 0
    _, found, _ = status(shell)
    (note,) = [one for one in found["attention"] if one.get("key") == key]
    (back,) = commands_in(note["remedy"])
    assert paste(back).exit == 0
    exit_code, found, _ = status(shell)
    (told,) = [one for one in found["attention"] if one.get("key") == key]
    assert exit_code == 3 and told["level"] == "failed"
    assert role_in(found, CORE)["state"] == "down"


def test_how_it_looks_does_not_change_what_was_accepted_and_more_of_it_does(tmp_path: Path) -> None:
    shell = Shell.with_set(tmp_path / "p", form="cluster", users=3)
    key = erased(shell, CORE)
    assert shell.type("accept", key).exit == 0
    # A server that is started on an empty folder makes itself anew.
    done = shell.type("containers", "restart", "pryvio_mongodb", "--host", CORE)
    assert done.exit in (0, 3), done
    assert any((root_of(shell, CORE) / DATA[CORE]).iterdir())
    assert status(shell)[0] == 0
    # Another store goes: that was not accepted.
    shutil.rmtree(root_of(shell, CORE) / "pryv/core/data/users")
    exit_code, found, _ = status(shell)
    (told,) = [one for one in found["attention"] if one.get("key") == key]
    assert exit_code == 3 and told["level"] == "failed"
    assert "mongodb" in told["text"] and "accounts" in told["text"]


def test_it_ends_with_a_restore_and_the_next_loss_is_an_alarm(tmp_path: Path) -> None:
    shell = Shell.with_set(tmp_path / "p", form="cluster", users=3)
    key = erased(shell, CORE)
    assert shell.type("accept", key).exit == 0
    done = shell.type("restore", shell.latest, "--role", "core", "--confirm", DOMAIN)
    assert done.exit in (0, 3), done
    # Nobody has looked in between.
    empty(root_of(shell, CORE) / DATA[CORE])
    exit_code, found, _ = status(shell)
    (told,) = [one for one in found["attention"] if one.get("key") == key]
    assert exit_code == 3 and told["level"] == "failed"


@pytest.mark.parametrize("role", [CORE, REGISTER])
def test_it_ends_where_it_is_seen_to_be_there_again_by_whatever_way(
    tmp_path: Path, role: str
) -> None:
    shell = Shell.with_set(tmp_path / "p", form="cluster", users=3)
    folder = root_of(shell, role) / DATA[role]
    kept = tmp_path / "kept"
    shutil.copytree(folder, kept)
    key = erased(shell, role)
    assert shell.type("accept", key).exit == 0
    shutil.copytree(kept, folder, dirs_exist_ok=True)
    exit_code, found, said = status(shell)
    assert exit_code == 0 and not any(one.get("key") == key for one in found["attention"]), said
    assert [(one["event"], one["why"]) for one in journal(shell)][1:] == [
        ("withdrawn", NOT_FOUND_GONE)
    ]
    erased(shell, role)


def test_it_does_not_end_where_a_store_can_not_be_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pryv_tui.operations.audit.accounts import Accounts
    from pryv_tui.operations.emptied import asked

    shell = Shell.with_set(tmp_path / "p", form="cluster", users=3)
    folder = root_of(shell, REGISTER) / DATA[REGISTER]
    kept = tmp_path / "kept"
    shutil.copytree(folder, kept)
    key = erased(shell, REGISTER)
    assert shell.type("accept", key).exit == 0
    shutil.copytree(kept, folder, dirs_exist_ok=True)
    for path in folder.rglob("*"):
        path.touch()
    with monkeypatch.context() as patched:
        silent = Accounts(None, "it does not answer")
        patched.setattr(asked, "registered_now", lambda *_given, **_more: silent)
        _, _, said = status(shell)
    assert f"holds any of the data of {shell.latest}: it does not answer" in said
    assert [one["event"] for one in journal(shell)] == ["accepted"]


@pytest.mark.parametrize("role", [CORE, REGISTER])
def test_it_does_not_end_while_a_store_does_not_run(tmp_path: Path, role: str) -> None:
    """Files that stay large tell nothing, and nobody answers."""
    shell = Shell.with_set(tmp_path / "p", form="cluster", users=12)
    EMPTIED[role][0](shell)
    status(shell)
    key, store = f"gone/{role}/{role}", SERVICES[role]
    assert shell.type("accept", key).exit == 0
    assert shell.type("containers", "stop", store, "--host", role).exit == 0
    assert role_in(status(shell)[1], role)["state"] == "down"
    assert shell.type("containers", "start", store, "--host", role).exit == 0
    exit_code, found, said = status(shell)
    (note,) = [one for one in found["attention"] if one.get("key") == key]
    assert exit_code == 0 and note["level"] == "info", said
    assert [one["event"] for one in journal(shell)] == ["accepted"]


def test_it_does_not_end_while_one_that_made_itself_anew_does_not_run(tmp_path: Path) -> None:
    shell = Shell.with_set(tmp_path / "p", form="cluster", users=3)
    key = erased(shell, CORE)
    assert shell.type("accept", key).exit == 0
    done = shell.type("containers", "restart", SERVICES[CORE], "--host", CORE)
    assert done.exit in (0, 3), done
    assert any((root_of(shell, CORE) / DATA[CORE]).iterdir())
    assert shell.type("containers", "stop", SERVICES[CORE], "--host", CORE).exit == 0
    status(shell)
    assert [one["event"] for one in journal(shell)] == ["accepted"]


def test_it_does_not_end_while_a_folder_can_not_be_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pryv_tui.operations.emptied import files

    shell = Shell.with_set(tmp_path / "p", form="cluster", users=3)
    place = "pryv/influxdb/data"
    key = erased(shell, CORE, place)
    assert shell.type("accept", key).exit == 0
    dark, looked = root_of(shell, CORE) / place, files.has_files
    with monkeypatch.context() as patched:
        patched.setattr(files, "has_files", lambda at: None if at == dark else looked(at))
        status(shell)
    assert [one["event"] for one in journal(shell)] == ["accepted"]
    assert status(shell)[0] == 0


def test_databases_of_erased_accounts_are_accepted_where_nobody_can_tell_them(
    tmp_path: Path,
) -> None:
    shell = Shell.with_set(tmp_path / "p", form="cluster", users=3)
    databases = root_of(shell, CORE) / "pryv/influxdb/data"
    for kind in ("data", "wal"):
        for folder in (databases / kind).glob("user.*"):
            shutil.rmtree(folder)
    index = root_of(shell, CORE) / "pryv/core/data/users/user-index.db"
    index.write_bytes(b"no database at all" * 300)
    key = f"gone/{CORE}/{CORE}"
    assert line_of(shell, key)["outcome"] == "failed"
    assert shell.type("accept", key, "--why", WHY).exit == 0
    _, found, said = status(shell)
    (note,) = [one for one in found["attention"] if one.get("key") == key]
    assert note["level"] == "info" and WHY in note["text"]
    assert role_in(found, CORE)["state"] != "partly", said


def test_what_was_accepted_is_still_what_a_restore_finds_gone(tmp_path: Path) -> None:
    """Whoever opens the restore's page wants it back."""
    from pryv_tui.operations.comparing.look import Looker

    shell = Shell.with_set(tmp_path / "p", form="cluster", users=3)
    assert shell.type("accept", erased(shell, CORE)).exit == 0
    site = site_of(shell)
    found = lost_data(site, site.discover(), site.vault.sets())
    assert not found.gone and [one.service for one in found.accepted] == ["mongodb"]
    now = Looker(site, site.discover(), site.vault.sets()[-1]).roles()
    assert [one.condition for one in now if one.role == CORE] == ["damaged"]


def test_a_role_that_was_moved_away_is_accepted_for_status_as_for_doctor(tmp_path: Path) -> None:
    shell = Shell.with_set(tmp_path / "p", form="cluster", users=2)
    platform = PracticePlatform.open(shell.platform.folder)
    platform.wipe("static-web")
    key = "missing/static-web"

    def level() -> str:
        _, found, _ = status(shell)
        (told,) = [one for one in found["attention"] if one.get("key") == key]
        return str(told["level"])

    assert level() == "failed" and line_of(shell, key)["outcome"] == "failed"
    assert shell.type("accept", key, "--why", WHY).exit == 0
    assert level() == "info" and line_of(shell, key)["outcome"] == "ok"
    # Brought back, and lost again: that is another loss.
    done = shell.type("restore", shell.latest, "--role", "static-web", "--confirm", DOMAIN)
    assert done.exit in (0, 3), done
    assert not any(one.get("key") == key for one in status(shell)[1]["attention"])
    assert [one["event"] for one in journal(shell)] == ["accepted", "withdrawn"]
    platform.wipe("static-web")
    assert level() == "failed" and line_of(shell, key)["outcome"] == "failed"


def test_a_role_that_was_moved_away_is_down_no_longer_in_the_open_incident(tmp_path: Path) -> None:
    shell = Shell.with_set(tmp_path / "p", form="cluster", users=2)
    platform = PracticePlatform.open(shell.platform.folder)
    platform.wipe("register")
    status(shell)
    assert shell.type("accept", "missing/register", "--why", WHY).exit == 0
    status(shell)
    report = json.loads(shell.type("report", "--format", "json").out)
    assert WHY in json.dumps(report) and report["down"]["register"]["since"] is None
    assert "down since" not in shell.type("status").out
    # What goes besides is another loss, and both together are an alarm again.
    platform.wipe("static-web")
    exit_code, found, _ = status(shell)
    assert exit_code == 3 and "failed" in [one["level"] for one in found["attention"]]
    report = json.loads(shell.type("report", "--format", "json").out)
    assert report["down"]["static-web"]["since"] is not None


def test_a_later_set_without_it_that_counts_is_not_said_to_bring_it_back(tmp_path: Path) -> None:
    shell = Shell.with_set(tmp_path / "p", form="cluster", users=12)
    EMPTIED[CORE][0](shell)
    status(shell)
    assert shell.type("accept", f"gone/{CORE}/{CORE}").exit == 0
    assert shell.type("backup").exit in (0, 3)
    (key,) = [
        one["key"]
        for one in status(shell)[1]["attention"]
        if str(one.get("key")).startswith("set/")
    ]
    assert shell.type("accept", key).exit == 0
    assert status(shell)[0] == 0
    ended = [one["why"] for one in journal(shell) if one["event"] == "withdrawn"]
    assert ended == [NOT_FOUND_GONE] and "again" not in NOT_FOUND_GONE
