"""A store whose data is gone while its container runs: told alike by status, doctor, incident and
the restore's page, and nobody says that the role is up."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.clock import timestamp
from pryv_tui.operations.audit.evidence import usernames
from pryv_tui.operations.comparing.look import Looker
from pryv_tui.operations.emptied.files import MOST, has_files
from pryv_tui.operations.emptied.here import lost_data
from pryv_tui.operations.root.kept import Brought
from pryv_tui.operations.site import Site, open_site
from pryv_tui.runs.record.history import all_runs
from pryv_tui.runs.record.undos import brought_back
from tests.remedies.shell import Shell, commands_in, paste

DOMAIN = "practice.pryv.example"
CORE, REGISTER = "core", "register"


def root_of(shell: Shell, host: str) -> Path:
    return shell.platform.folder / "hosts" / host / "root"


def empty(folder: Path) -> None:
    """Everything in a folder goes, and the folder stays."""
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def status(shell: Shell) -> tuple[int, dict[str, Any], str]:
    """Its exit code, as a program has it and as a person."""
    told = shell.type("status", "--json")
    said = shell.type("status")
    assert said.exit == told.exit
    return told.exit, json.loads(told.out), said.out


def role_in(found: dict[str, Any], role: str) -> dict[str, Any]:
    (told,) = [one for host in found["hosts"] for one in host["roles"] if one["role"] == role]
    assert isinstance(told, dict)
    return told


def site_of(shell: Shell) -> Site:
    return open_site(shell.settings)


def told_everywhere(shell: Shell, role: str, what: str, *, word: str = "down") -> None:
    """The same loss, wherever somebody looks."""
    exit_code, found, said = status(shell)
    assert exit_code == 3, said
    assert role_in(found, role)["state"] == word
    assert any(one["why"] == "no_data" for one in role_in(found, role)["lacks"])
    assert f"{role} on {role} is up\n" not in said
    assert f"{what} gone" in said, said
    (told,) = [one for one in found["attention"] if f"{what} gone (" in one["text"]]
    assert told["level"] == "failed" and shell.latest in told["remedy"]

    incidents = json.loads(shell.type("incident", "list", "--json").out)
    if word == "partly":
        # It serves: no incident counts it as down.
        assert incidents == [], incidents
        assert f"{role} is down" not in said
    else:
        assert "gone" in json.dumps(incidents)
        report = shell.type("report", "--format", "text").out
        assert f"{what} gone" in report, report

    doctor = shell.type("doctor")
    assert doctor.exit != 0 and f"{what} gone" in doctor.out, doctor.out

    site = site_of(shell)
    now = Looker(site, site.discover(), site.vault.sets()[-1]).roles()
    (mine,) = [one for one in now if one.role == role]
    assert mine.condition == "damaged" and mine.why


@pytest.mark.parametrize(
    ("host", "gone", "what", "word"),
    [
        (CORE, "pryv/mongodb/data", "the data of mongodb is", "down"),
        (CORE, "pryv/mongodb", "the data of mongodb is", "down"),
        (CORE, "pryv/influxdb/data", "the data of influxdb is", "partly"),
        (CORE, "pryv/core/data/users", "the folder of its accounts is", "down"),
        (CORE, "pryv/core/data", "the folder of its accounts is", "down"),
        (REGISTER, "pryv/redis/data", "the data of redis is", "down"),
        (CORE, "pryv/core/data/users/user-index.db", "core's user-index.db is", "down"),
    ],
)
def test_what_is_gone_is_told_alike_everywhere(
    tmp_path: Path, host: str, gone: str, what: str, word: str
) -> None:
    shell = Shell.with_set(tmp_path / "p", form="cluster", users=3, attachments=2)
    assert status(shell)[0] == 0
    path = root_of(shell, host) / gone
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    told_everywhere(shell, host, what, word=word)


@pytest.mark.parametrize(
    ("host", "gone", "what"),
    [
        (CORE, "pryv/mongodb/data", "the data of mongodb is"),
        (REGISTER, "pryv/redis/data", "the data of redis is"),
    ],
)
def test_a_folder_that_is_there_and_empty_is_the_same_loss(
    tmp_path: Path, host: str, gone: str, what: str
) -> None:
    shell = Shell.with_set(tmp_path / "p", form="cluster", users=3)
    empty(root_of(shell, host) / gone)
    told_everywhere(shell, host, what)


@pytest.mark.parametrize(
    ("host", "service", "gone", "what", "word"),
    [
        (CORE, "mongodb", "pryv/mongodb/data", "the data of mongodb is", "down"),
        (CORE, "influxdb", "pryv/influxdb/data", "the data of influxdb is", "partly"),
        (REGISTER, "redis", "pryv/redis/data", "the data of redis is", "down"),
    ],
)
def test_a_server_that_was_started_on_an_empty_folder_is_not_up(
    tmp_path: Path, host: str, service: str, gone: str, what: str, word: str
) -> None:
    shell = Shell.with_set(tmp_path / "p", form="cluster", users=3)
    shutil.rmtree(root_of(shell, host) / gone)
    done = shell.type("containers", "restart", f"pryvio_{service}", "--host", host)
    assert done.exit in (0, 3), done
    assert any((root_of(shell, host) / gone).iterdir())
    told_everywhere(shell, host, what, word=word)


@pytest.mark.parametrize("gone", ["pryv", "."])
def test_a_role_whose_files_are_all_gone_is_not_called_up_beside_it(
    tmp_path: Path, gone: str
) -> None:
    shell = Shell.with_set(tmp_path / "p", form="cluster", users=3)
    if gone == ".":
        empty(root_of(shell, CORE))
    else:
        shutil.rmtree(root_of(shell, CORE) / gone)
    exit_code, found, said = status(shell)
    assert exit_code == 3 and "Core is gone" in said
    assert "core on core is up" not in said
    assert role_in(found, "core")["state"] == "down"


def test_what_is_advised_brings_it_back_and_the_incident_says_so(tmp_path: Path) -> None:
    shell = Shell.with_set(tmp_path / "p", form="cluster", users=3)
    before = shell.platform.contents()
    shutil.rmtree(root_of(shell, CORE) / "pryv/mongodb/data")
    _, found, _ = status(shell)
    (told,) = [one for one in found["attention"] if "the data of mongodb" in one["text"]]
    # What the server still gives is saved first; here none of it is wanted.
    assert "Export what you still can" in told["remedy"]
    named = commands_in(told["remedy"])
    stop, restore = (
        next(one for one in named if word in one) for word in (" stop ", "--role core")
    )
    assert paste(stop).exit in (0, 3)
    done = paste(restore)
    assert done.exit in (0, 3), done
    _, found, said = status(shell)
    assert role_in(found, "core")["state"] == "up" and "gone (" not in said
    assert shell.platform.contents()["mongodb"] == before["mongodb"]
    report = json.loads(shell.type("report", "--format", "json").out)
    assert report["down"] and all(one["since"] is None for one in report["down"].values())


def test_a_new_platform_that_never_had_an_account_raises_no_alarm(tmp_path: Path) -> None:
    shell = Shell.on_new(tmp_path / "p", form="cluster", users=0)
    _, found, said = status(shell)
    assert "gone" not in said and role_in(found, "core")["state"] == "up"
    assert role_in(found, "register")["state"] == "up"
    assert shell.type("backup").exit in (0, 3)
    # A set of nothing tells of nothing; nor does a server that made itself anew since.
    done = shell.type("containers", "restart", "pryvio_redis", "--host", REGISTER)
    assert done.exit == 0, done
    _, found, said = status(shell)
    assert "gone" not in said and role_in(found, "register")["state"] == "up"


@pytest.mark.parametrize("service", ["mongodb", "redis"])
def test_what_made_itself_anew_is_asked_before_it_is_said_to_hold_nothing(
    tmp_path: Path, service: str
) -> None:
    """A store that a restore has filled is as new as one that was started on an empty folder."""
    shell = Shell.with_set(tmp_path / "p", form="cluster", users=3)
    host = CORE if service == "mongodb" else REGISTER
    folder = root_of(shell, host) / f"pryv/{service}/data"
    said = "was emptied or created again, and holds none of the data of"
    kept = tmp_path / "kept"
    shutil.copytree(folder, kept)
    shutil.rmtree(folder)
    command = ("containers", "restart", f"pryvio_{service}", "--host", host)
    assert shell.type(*command).exit in (0, 3)
    assert f"{said} {shell.latest}" in shell.type("status").out
    # The same records in files that are younger than the set.
    shutil.rmtree(folder)
    shutil.copytree(kept, folder, copy_function=shutil.copyfile)
    assert shell.type(*command).exit in (0, 3)
    assert said not in shell.type("status").out


def test_none_of_the_databases_is_not_said_where_one_of_them_is_there(tmp_path: Path) -> None:
    shell = Shell.with_set(tmp_path / "p", form="cluster", users=3)
    said = "has none of the databases that"
    site = site_of(shell)
    part = next(one for one in site.vault.sets()[-1].need("read").hosts if one.name == CORE)
    points = part.stores["influxdb"]["points"]
    names = [name for name in part.stores["influxdb"]["databases"] if points.get(name)]
    assert len(names) > 1
    data = root_of(shell, CORE) / "pryv/influxdb/data"
    for name in names:
        assert said not in shell.type("status").out
        for kind in ("data", "wal"):
            shutil.rmtree(data / kind / name, ignore_errors=True)
    assert f"{said} {shell.latest}" in shell.type("status").out


def test_what_can_not_be_looked_through_is_not_said_to_be_empty(tmp_path: Path) -> None:
    assert has_files(tmp_path / "none") is False
    assert has_files(tmp_path) is False
    (tmp_path / "a/b").mkdir(parents=True)
    assert has_files(tmp_path) is False
    for number in range(MOST + 1):
        (tmp_path / f"a/{number}").mkdir()
    assert has_files(tmp_path) is None
    (tmp_path / "file").touch()
    assert has_files(tmp_path / "file") is None


def test_an_older_set_that_was_restored_on_purpose_is_what_is_looked_for(tmp_path: Path) -> None:
    shell = Shell.with_set(tmp_path / "p", form="cluster", users=3)
    newest = shell.latest
    databases = root_of(shell, CORE) / "pryv/influxdb/data"
    kept = tmp_path / "kept"
    shutil.copytree(databases, kept)
    site = site_of(shell)
    deployment, own = site.discover(), site.vault.sets()
    for kind in ("data", "wal"):
        for folder in (databases / kind).glob("user.*"):
            shutil.rmtree(folder)
    what = "the data of influxdb"
    assert [one.what for one in lost_data(site, deployment, own).gone] == [what]
    # What was restored had none of them, and is no more in the vault.
    later = timestamp()
    for role, expected in (("core", []), ("register", [what])):
        brought = {role: Brought("an-older-set", later)}
        told = lost_data(site, deployment, own, brought=brought).gone
        assert [one.what for one in told] == expected
    # That it was this set, or was restored before this set was made, explains nothing.
    for back in (Brought(newest, later), Brought("an-older-set", "2020-01-01T00:00:00Z")):
        told = lost_data(site, deployment, own, brought={"core": back}).gone
        assert [(one.what, one.set) for one in told] == [(what, newest)]


def test_after_a_restore_the_set_that_was_restored_is_asked_for_and_after_an_undo_is_not(
    tmp_path: Path,
) -> None:
    shell = Shell.with_set(tmp_path / "p", users=2)
    first = shell.latest
    assert shell.backup() != first
    site = site_of(shell)
    assert brought_back(site, site.discover()) == {}
    done = shell.type("restore", first, "--confirm", DOMAIN)
    assert done.exit in (0, 3), done
    brought = brought_back(site, site.discover())
    assert {one.set_id for one in brought.values()} == {first}
    (run,) = [one for one in all_runs(site.state) if one.kind == "restore"]
    assert {one.at for one in brought.values()} == {run.finished}
    assert status(shell)[0] in (0, 3) and "gone (" not in status(shell)[2]
    undone = shell.type("undo", run.id, "--confirm", DOMAIN)
    assert undone.exit in (0, 3), undone
    assert brought_back(site, site.discover()) == {}


def test_databases_that_went_with_their_accounts_are_not_missed(tmp_path: Path) -> None:
    shell = Shell.with_set(tmp_path / "p", form="cluster", users=3)
    databases = root_of(shell, CORE) / "pryv/influxdb/data"
    for kind in ("data", "wal"):
        for folder in (databases / kind).glob("user.*"):
            shutil.rmtree(folder)
    site = site_of(shell)
    deployment, own = site.discover(), site.vault.sets()
    index = root_of(shell, CORE) / "pryv/core/data/users/user-index.db"

    def told() -> list[str]:
        found = lost_data(site, deployment, own).gone
        return [one.how for one in found if one.service == "influxdb"]

    how = f"has none of the databases that {shell.latest} holds"
    assert told() == [how]
    names = sorted(usernames(index))
    for name in names:
        # As long as one of them is there, its points are missed.
        assert told() == [how]
        with contextlib.closing(sqlite3.connect(index)) as database, database:
            database.execute("DELETE FROM id4name WHERE username = ?", (name,))
    assert names and told() == []
    # What tells nothing explains nothing.
    index.write_bytes(b"no database at all" * 300)
    assert told() == [f"{how}, and it is not known whether their accounts were erased since then"]
