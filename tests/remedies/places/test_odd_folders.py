"""What is said of folders with odd names, of others' folders, and of what should not lie there:
done as it is printed."""

from __future__ import annotations

import errno
import os
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from pryv_tui.filesystem.paths import read_failed
from pryv_tui.operations.commands import completed
from pryv_tui.operations.guards.backup import names_guard
from pryv_tui.operations.guards.place import vault_owner_guards
from pryv_tui.operations.lost.words import alarm_words, note_words, restore_words
from pryv_tui.operations.plans.runbook import runbook
from pryv_tui.operations.root.leftovers import clear
from pryv_tui.operations.sets.missing_roles import OWN_FOLDERS, missing_roles
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.operations.site import open_site, refuse_open_state
from pryv_tui.ownership import distrust
from pryv_tui.runs.lock import lock_path
from pryv_tui.runs.places import Places
from pryv_tui.runs.planning.request import plan_backup
from pryv_tui.vault.copying.tree import copy_tree
from pryv_tui.vault.vault import Vault
from tests.hosts.machines import StillHost, machine
from tests.operations.guards.guarded import root_in
from tests.operations.kit import context
from tests.remedies.kit import backup_lines, refusal
from tests.remedies.places.elsewhere import site_at, somebody
from tests.remedies.runs.test_removals import taken
from tests.remedies.shell import Shell, commands_in, paste, shell_line

NAME = "20260101T000000Z"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A platform on several machines, with one whole set."""
    made = Shell.with_set(tmp_path_factory.mktemp("odd") / "platform", form="cluster")
    yield made


# -- names ---------------------------------------------------------------------------------------


def test_a_root_gets_a_name_of_letters(tmp_path: Path) -> None:
    """What runs in it is stopped and brought up by a stand-in."""

    def said(root: Path) -> list[str]:
        lines = backup_lines(
            tmp_path, StillHost("core", machine("core", root=str(root)), root=root)
        )
        return [line.remedy for line in lines if "control characters" in line.text]

    odd = root_in(tmp_path / "odd").rename(tmp_path / "it\nis")
    (told,) = said(odd)
    assert told.startswith(
        "Stop what runs in it, give the folder a name of plain letters, digits and"
    )
    assert said(odd.rename(tmp_path / "it is größer")) == []
    assert names_guard("pryv.example", {"core": str(tmp_path / "it is größer")}) == []


def test_a_plan_is_written_down_once_its_folders_have_names_that_can_be(tmp_path: Path) -> None:
    shell = Shell.on_new(tmp_path / "platform")

    def plan(vault: Path) -> str:
        site = site_on(shell, vault)
        return runbook(plan_backup(site, site.discover()), "shell")

    odd = tmp_path / "a\tvault"
    odd.mkdir()
    told = refusal(lambda: plan(odd))
    assert told.remedy.startswith(
        "Rename the folder in that command, with plain letters, digits and punct"
    )
    assert str(odd.rename(tmp_path / "a vault")) in plan(tmp_path / "a vault")


def site_on(shell: Shell, vault: Path):  # type: ignore[no-untyped-def]
    from pryv_tui.operations.site import open_site

    folder = str(shell.platform.folder)
    site = open_site(resolve_settings(practice=folder, environment={}))
    site.vault = Vault(vault)
    return site


@pytest.mark.parametrize("what", ["vault", "state", "practice"])
def test_bytes_that_are_no_text_are_reached_by_a_link_or_get_another_name(
    cluster: Shell, what: str
) -> None:
    """A vault has to be named by its own path: a link to it is refused."""
    folder = cluster.platform.folder.parent
    odd = Path(os.fsdecode(bytes(folder / f"odd-{what}-") + b"\xff"))
    if what == "practice":
        odd.symlink_to(cluster.platform.folder)
    else:
        odd.mkdir()
    words = {"practice": str(cluster.platform.folder), what: str(odd)}
    told = refusal(lambda: resolve_settings(**words, environment={}))
    text = folder / f"text-{what}"
    if told.remedy.endswith("a symbolic link that leads there is enough."):
        text.symlink_to(odd)
    else:
        assert told.remedy == "Give the folder a name that is text, and use that name."
        odd.rename(text)
    words[what] = str(text)
    given = [word for name, value in words.items() for word in (f"--{name}", value)]
    done = paste(shlex.join(["pryv-tui", "backup", "--role", "register", *given]))
    assert done.exit == 0, done


def test_a_root_of_such_bytes_gets_another_name(tmp_path: Path) -> None:
    """A link to it helps nobody: what runs there has the folder itself mounted."""
    odd = root_in(tmp_path / "odd").rename(Path(os.fsdecode(bytes(tmp_path / "r-") + b"\xff")))
    told = refusal(lambda: resolve_settings(root=str(odd), environment={}))
    assert told.remedy.startswith("Stop what runs in it, give the folder a name that")

    def failed(root: Path) -> list[str]:
        host = StillHost("core", machine("core", root=str(root)), root=root)
        return [line.text for line in backup_lines(tmp_path, host) if line.outcome == "failed"]

    assert [text for text in failed(odd) if "not text" in text]
    named = odd.rename(tmp_path / "named")
    assert resolve_settings(root=str(named), environment={}).hosts[0].root == str(named)
    assert failed(named) == []


# -- what is not there ---------------------------------------------------------------------------


def test_databases_of_a_lost_role_are_not_started_on_nothing(cluster: Shell) -> None:
    """What is to be typed brings back that role alone: the others stay as they are."""
    root, other = (cluster.platform.host(name).root_hint for name in ("core", "register"))
    assert root is not None and other is not None
    for container in cluster.platform.host("core").engine.containers():
        assert cluster.type("containers", "stop", container.name, "--host", "core").exit == 0
    shutil.rmtree(root)
    (root / "pryv").mkdir(parents=True)
    newer = other / "pryv/register/conf/newer"
    newer.touch()
    bare = cluster.type("status").out.partition("; its files are missing. Restore a set that ")[2]
    (look,) = commands_in(bare.partition("\n")[0])
    assert "core" in paste(look).out
    said = cluster.type("doctor").out
    line = said.partition("they would start with no data. ")[2].partition("\n")[0]
    (command,) = commands_in(line + ".")
    # However it is told, it is that command.
    site = open_site(cluster.settings)
    (one,) = missing_roles(site.discover(), site.vault.sets(), practice=True)
    later = msgspec.structs.replace(one, in_last=False)
    words = [alarm_words(one), alarm_words(later), note_words(one), restore_words(one, "SET")]
    given = ("--practice", str(cluster.platform.folder))
    for _text, remedy in words:
        assert commands_in(completed(remedy, given) + ".")[0] == command, remedy
    assert f"Bring it back: {command}" in cluster.type("status").out
    done = paste(command)
    assert done.exit == 0, done
    assert newer.is_file()
    assert "they would start with no data" not in cluster.type("doctor").out
    # What lies aside is the loss itself: it is put back, or let go, as is said.
    for act in ("undo", "release"):
        told = cluster.type("status").out
        told = told.partition("Once you know that the platform works well, remove it for good: ")[2]
        release, _, undo = told.partition("\n")[0].partition("; or put it back ")
        assert undo.startswith("(core will be gone again): ")
        done = paste(undo.partition("): ")[2] if act == "undo" else release)
        assert done.exit == (3 if act == "undo" else 0), done
        gone = "core is gone" in cluster.type("status").out.lower()
        assert gone is (act == "undo")
        assert not gone or paste(command).exit == 0


@pytest.mark.parametrize(
    ("role", "why"),
    [("register", "Don't start pryvio_redis: it would start with no data. "),
     ("core", "Don't start pryvio_mongodb. ")],
)  # fmt: skip
def test_a_database_of_a_lost_role_is_not_started_beside_one_of_another(
    tmp_path: Path, role: str, why: str
) -> None:
    """On one machine a role is gone, and what another one has was stopped by somebody. The files of
    MongoDB are there, whatever of core is."""
    shell = Shell.with_set(tmp_path / "platform")
    (root,) = (host.root_hint for host in shell.platform.hosts)
    assert root is not None
    for service in ("redis", "mongodb"):
        assert shell.type("containers", "stop", service).exit == 0
    for folder in OWN_FOLDERS[role]:
        for path in (root / folder).iterdir():
            if role == "register" or path.name != "data" or folder == "pryv/core":
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    said = shell.type("doctor").out.partition(why)[2].partition("\n")[0]
    assert said.startswith(f"Bring {role} back: ")
    told = shell.type("status").out.partition(f"The files of {role} are missing")[2]
    nothing = ", so it would start with no data."
    assert told.startswith(nothing if role == "register" else ". Restore a set that holds")
    (look,) = commands_in(told.partition("\n")[0])
    assert shell.latest in paste(look).out
    (back,) = commands_in(said)
    done = paste(back)
    assert done.exit == 0, done
    assert "Don't start" not in shell.type("doctor").out
    shell.backup()


def test_files_are_brought_to_a_folder_where_there_is_no_root(
    cluster: Shell, tmp_path: Path
) -> None:
    root = cluster.platform.host("core").root_hint
    assert root is not None
    away = root.rename(tmp_path / "away")
    whole = min(path.name for path in Path(cluster.settings.vault).glob("2*Z"))
    words = ("restore", whole, "--files", "pryv/core/conf/*")
    try:
        told = cluster.type(*words)
        assert told.remedy == "Name a folder with --to.", told
        done = cluster.type(*words, "--to", str(tmp_path / "it's there"))
        assert done.exit == 0, done
        assert any(path.is_file() for path in (tmp_path / "it's there/core").rglob("*"))
    finally:
        away.rename(root)


# -- what lies in a vault ------------------------------------------------------------------------


def test_what_a_broken_off_backup_left_is_no_set(cluster: Shell) -> None:
    folder = Path(cluster.settings.vault)
    partial = folder / f"{NAME}.partial"
    partial.mkdir()
    (partial / "unfinished.json").write_bytes(b"\0torn")
    told = cluster.type("verify", NAME)
    assert told.remedy.startswith("It is not a complete set: nothing says what it should hold.")
    complete = [
        line.split()[0]
        for line in paste(commands_in(told.remedy)[0]).out.splitlines()
        if "complete" in line
    ]
    assert cluster.type("verify", complete[-1]).exit == 0

    def said() -> list[str]:
        lines = cluster.type("status").out.splitlines()
        return [line for line in lines if f"Beside the set {NAME}" in line]

    (line,) = said()
    assert shell_line(line.partition("When nobody needs it: ")[2]) == 0
    assert said() == []


def test_the_rest_of_a_removal_beside_its_set(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "it's a vault")
    for name in (NAME, f"{NAME}.removing"):
        (vault.folder / name).mkdir(parents=True)
        (vault.folder / name / "file").touch()
    told = refusal(lambda: vault.begin_removal(NAME))
    look, _, rest = told.remedy.removeprefix("To see both: ").partition(". The second is left over")
    assert shell_line(look) == 0
    assert shell_line(rest.partition("needs it: ")[2]) == 0
    assert (vault.folder / NAME / "file").is_file()
    assert vault.begin_removal(NAME) is not None


@pytest.mark.parametrize("what", ["a link", "a file"])
def test_what_is_no_folder_is_taken_away_and_what_it_leads_to_stays(
    tmp_path: Path, what: str
) -> None:
    ctx, _ = context(tmp_path)
    (tmp_path / "another/kept").mkdir(parents=True)
    odd = tmp_path / "it's odd"
    if what == "a link":
        odd.symlink_to(tmp_path / "another")
    else:
        odd.touch()
    told = refusal(lambda: clear(ctx, [odd]))
    look, _, away = told.remedy.removeprefix("See what it is: ").partition("; then remove it alone")
    assert shell_line(look) == 0
    assert shell_line(away.partition("to: ")[2]) == 0
    assert not os.path.lexists(odd) and (tmp_path / "another/kept").is_dir()
    odd.mkdir()
    clear(ctx, [odd])


# -- whose they are ------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["open to all", "of somebody"])
def test_a_state_folder_of_others_is_closed_or_another_is_named(tmp_path: Path, how: str) -> None:
    if os.geteuid() != 0:
        pytest.skip("gives a folder to another user: needs root")
    state = tmp_path / "it's state"
    state.mkdir()
    if how == "open to all":
        state.chmod(0o777)
    else:
        os.chown(state, 4711, 4711)

    def used(folder: Path) -> None:
        refuse_open_state(resolve_settings(state=str(folder), environment={}))

    told = refusal(lambda: used(state))
    assert told.remedy.endswith(" --state")
    used(tmp_path / "another")
    if how == "open to all":
        look, _, close = told.remedy.partition(" (")[2].partition("), then correct it: ")
        assert shell_line(look) == 0
        assert shell_line(close.partition("; or name")[0]) == 0
        used(state)


def test_a_vault_that_others_can_write_to_is_looked_at_and_closed(tmp_path: Path) -> None:
    vault = tmp_path / "it's a vault"
    (vault / NAME).mkdir(parents=True)
    vault.chmod(0o777)
    (told,) = vault_owner_guards(site_at(tmp_path, vault))
    look, _, close = told.remedy.removeprefix("See who owns the sets: ").partition(
        ". Correct that: "
    )
    assert shell_line(look) == 0
    assert shell_line(close.partition(". To accept")[0].rstrip(".")) == 0
    assert vault_owner_guards(site_at(tmp_path, vault)) == []


def test_a_file_that_can_not_be_read_is_once_its_mode_is_mended_or_by_root() -> None:
    with somebody() as folder:
        (folder / "own/root").mkdir()
        secret = folder / "own/root/secret"
        secret.write_text("x")
        secret.chmod(0)
        told = refusal(lambda: copy_tree(folder / "own/root", folder / "own/1"))
        assert told.remedy == (
            "Read it as root (sudo), or correct its owner or mode; then try again."
        )
        os.seteuid(0)
        copy_tree(folder / "own/root", folder / "as-root")
        os.seteuid(4711)
        secret.chmod(0o600)
        copy_tree(folder / "own/root", folder / "own/2")
        assert (folder / "own/2/secret").read_text() == "x"


def test_a_file_that_its_disk_does_not_give_is_no_matter_of_rights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel's log is a stand-in's: it need not be open to whoever runs the tests."""
    (tmp_path / "dmesg").write_text("#!/bin/sh\nexit 0\n")
    (tmp_path / "dmesg").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    for number in (errno.EIO, errno.ESTALE):
        told = read_failed(b"/r/x", OSError(number, os.strerror(number)))
        assert told.name == "unreadable" and "owner" not in told.remedy
        assert told.remedy == "The kernel may say why: dmesg; then try again."
        assert shell_line(told.remedy.partition(": ")[2].partition(";")[0]) == 0


@pytest.mark.parametrize("how", ["open to all", "of somebody", "no way to close it"])
def test_locks_where_others_can_write_are_made_private(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """As root, whose locks lie in /run; and as a user, who names another folder."""
    if os.geteuid() != 0:
        pytest.skip("gives a folder to another user: needs root")
    runtime = tmp_path / "it's run"
    folder = runtime / "pryv-tui/locks"
    folder.mkdir(parents=True)
    places = Places(runtime=runtime)
    if how == "open to all":
        folder.chmod(0o777)
    elif how == "of somebody":
        os.chown(folder, 4711, 4711)
    else:
        places = Places(runtime=tmp_path / "another")
        os.chown(folder, 4711, 4711)
    told = refusal(lambda: taken(folder / "lock", places))
    if how == "no way to close it":
        assert told.remedy.endswith("can write to: export XDG_STATE_HOME=/…")
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "own"))
        path = lock_path(resolve_settings(practice=str(tmp_path), environment={}), places)
        assert path.is_relative_to(tmp_path / "own")
        taken(path, places)
        return
    command = told.remedy.partition(": ")[2]
    assert shell_line(command) == 0, command
    assert distrust(folder) is None
    taken(folder / "lock", places)
