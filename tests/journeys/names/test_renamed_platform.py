"""A platform that was renamed has sets under its former domain: they are told, and "no backup yet"
is not; what is advised is done."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from pryv_tui.operations.audit.accounts import INDEX
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.operations.site import open_site
from pryv_tui.runs.recovery import first_look
from pryv_tui.tui.text.standing import backup_line
from tests.helpers import copied
from tests.operations.audit.test_whose import keep_only
from tests.remedies.shell import Shell, commands_in, paste, type_in

OLD, NEW = "practice.pryv.example", "new.pryv.example"
UNTRUE = ("There is no backup set yet", "none yet", "no set of one in this vault", "holds no set")


def rename(shell: Shell, old: str, new: str) -> None:
    """Call the platform otherwise, wherever it says its domain."""
    for root in shell.platform.folder.glob("hosts/*/root"):
        texts = [*root.glob("config-leader/conf/platform.yml"), *root.rglob("*.conf")]
        for path in texts:
            path.write_text(path.read_text().replace(old, new))


def renamed(folder: Path, form: str = "single-node", users: int = 4) -> Shell:
    shell = Shell.with_set(folder / "p", form=form, users=users, attachments=1)
    shell.backup()
    rename(shell, OLD, NEW)
    return shell


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("form", ["single-node", "cluster"])
def test_the_sets_of_the_former_domain_are_told(tmp_path: Path, form: str) -> None:
    shell = renamed(tmp_path, form)
    told = (
        f"sets of {OLD}: 2, the newest {shell.latest} (0 seconds old); the accounts show that"
        " they are of this platform: of the set's 4 accounts 4 are here"
    )
    status, doctor = shell.type("status"), shell.type("doctor")
    found = json.loads(shell.type("status", "--json").out)["attention"]
    for text in (flat(status.out), flat(doctor.out), json.dumps(found)):
        assert re.sub(r"\(\d+ seconds? old\)", "(0 seconds old)", text).count(told) == 1, text
        assert not any(one in text for one in UNTRUE)
    assert f"Last backup: none of {NEW}; 2 of {OLD}" in status.out
    assert status.exit == 3

    bare = shell.type("restore")
    assert bare.exit == 2 and f"the vault has sets of {OLD}: 2" in flat(bare.err)

    # What is advised: a backup, or the former name and then a restore.
    (item,) = [one for one in found if told[:30] in one["text"]]
    assert "restore" not in " ".join(commands_in(item["remedy"]))
    (backup,) = [one for one in commands_in(item["remedy"]) if " backup" in one]
    assert paste(backup).exit == 0
    again = flat(shell.type("status").out)
    assert f"none of {NEW}" not in again
    assert OLD not in again and not any(one in again for one in UNTRUE)


@pytest.mark.parametrize("how", ["too few accounts", "its files are gone"])
def test_where_the_accounts_do_not_tell_it_that_is_said(tmp_path: Path, how: str) -> None:
    shell = renamed(tmp_path, users=2)
    if how == "too few accounts":
        for index in shell.platform.folder.glob(f"hosts/*/root/{INDEX}"):
            keep_only(index, 0)
        for aof in shell.platform.folder.glob("hosts/*/root/pryv/redis/data/appendonly.aof"):
            aof.write_bytes(b"")
    else:
        for index in shell.platform.folder.glob(f"hosts/*/root/{INDEX}"):
            index.unlink()
        shell.type("containers", "stop", "pryvio_redis")
    text = flat(shell.type("status").out)
    assert f"sets of {OLD}: 2" in text
    assert "whether they are of this platform is not known: " in text
    assert not any(one in text for one in UNTRUE)


def test_the_sets_of_another_platform_are_not_its_own(tmp_path: Path) -> None:
    other = Shell.with_set(tmp_path / "other", users=4)
    mine = Shell(copied.new(tmp_path / "p", users=4, attachments=0, seed=1001))
    rename(mine, OLD, NEW)
    text = flat(mine.type("status", "--vault", other.settings.vault).out)
    assert OLD not in text
    assert "There is no backup set yet." in text


def test_the_overview_says_whose_the_sets_are(tmp_path: Path) -> None:
    def shown(shell: Shell, *words: str) -> str:
        settings = resolve_settings(
            practice=str(shell.platform.folder), vault=words[0] if words else None, environment={}
        )
        return backup_line(first_look(open_site(settings)).overview).plain

    shell = renamed(tmp_path)
    assert f"2 of {OLD}" in shown(shell)
    assert "no set of this platform" not in shown(shell)
    other = Shell(copied.new(tmp_path / "other", users=4, attachments=0, seed=1001))
    rename(other, OLD, "third.pryv.example")
    assert "no set of this platform" in shown(other, shell.settings.vault)
    assert "the vault holds no set" in shown(other)


@pytest.mark.parametrize("lost", ["core", "register", "static-web"])
@pytest.mark.parametrize("form", ["single-node", "cluster"])
def test_a_loss_is_told_and_what_is_advised_brings_it_back(
    tmp_path: Path, form: str, lost: str
) -> None:
    shell = renamed(tmp_path, form)
    before = shell.platform.contents()
    wiped = type_in("practice", "wipe", str(shell.platform.folder), lost)
    assert wiped.exit == 0
    status = flat(shell.type("status").out)
    assert not any(one in status for one in UNTRUE)
    text = flat(wiped.out)
    assert f"(of {OLD})" in status, status
    told = f"No restore takes a set of {OLD} while the platform is called "
    assert told in text or "pryv-tui" in text
    commands = [one for one in commands_in(wiped.out.strip()) if " restore " in one]
    if told in text:
        # As it says: not before the platform is called as it was.
        for command in commands:
            assert paste(command).exit == 4, command
        assert f"First give it the name {OLD} again, where its domain is configured" in text
        (named,) = re.findall(r"where its domain is configured \(([^)]*)\)", text)[:1]
        assert Path(named).is_file() and NEW in Path(named).read_text()
        rename(shell, NEW, OLD)
        assert told not in flat(shell.type("status").out)
        if not commands:
            commands = [shlex.join(["pryv-tui", "--practice", str(shell.platform.folder),
                                    "restore", shell.latest, "--confirm", OLD])]  # fmt: skip
    assert commands, text
    for command in commands:
        back = paste(command)
        assert back.exit in (0, 3), (command, back)
    now = shell.platform.contents()
    assert {key: now[key] for key in now if key != "conf"} == {
        key: before[key] for key in before if key != "conf"
    }


@pytest.mark.parametrize(
    "words", ["drill run {}", f"restore {{}} --confirm {OLD}", "audit {} --live"]
)
@pytest.mark.parametrize("form", ["single-node", "cluster"])
def test_an_own_set_is_refused_with_what_is_possible(tmp_path: Path, form: str, words: str) -> None:
    """Every set there is has the former name: to choose another one is no way."""
    shell = renamed(tmp_path, form)
    typed = words.format(shell.latest).split()
    refused = shell.type(*typed)
    said = flat(refused.out + refused.err)
    assert refused.exit == 4, said
    assert (
        "its accounts show that it is the same platform: of the set's 4 accounts 4 are here" in said
    )
    assert "Choose a set" not in said
    assert f"First give it the name {OLD} again, where its domain is configured" in said
    told = [re.sub(r"( backup)\b.*", r"\1", one) for one in commands_in(said)]
    (backup,) = {one for one in told if one.endswith(" backup")}
    assert paste(backup).exit == 0
    # And as it says first.
    rename(shell, NEW, OLD)
    assert shell.type(*typed).exit in (0, 3)


def test_one_that_may_be_its_own_is_refused_with_both(tmp_path: Path) -> None:
    shell = renamed(tmp_path, users=2)
    for index in shell.platform.folder.glob(f"hosts/*/root/{INDEX}"):
        keep_only(index, 0)
    for aof in shell.platform.folder.glob("hosts/*/root/pryv/redis/data/appendonly.aof"):
        aof.write_bytes(b"")
    said = flat(shell.type("restore", shell.latest, "--confirm", OLD).err)
    assert "it is not known whether it is the same platform under a former name: " in said
    assert "Choose a set of this platform. " in said and "If it is: No restore takes" in said
    rename(shell, NEW, OLD)
    assert shell.type("restore", shell.latest, "--confirm", OLD).exit in (0, 3)
