"""The forms that a Redis may have, made for a real server: for the tests of each."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.platform.layout import TEMPLATE_STORES, Layout
from tests.operations.redis_kit import SECRET, RedisMachine

LAYOUT = Layout(stores={"redis": TEMPLATE_STORES["redis"]})
Make = Callable[..., RedisMachine]
PEOPLE = ("anna", "bob", "wactiv")
TEMPLATE = ("dir DATA", "dbfilename redis_dump.rdb", "appendonly yes", "save 900 1")


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[RedisMachine] = []

    def one(*conf: str, **more: Any) -> RedisMachine:
        machine = RedisMachine(tmp_path / f"machine{len(made)}", conf or TEMPLATE, **more)
        made.append(machine)
        return machine

    yield one
    for machine in made:
        machine.stop()
        machine.socket.unlink(missing_ok=True)


def installed() -> int:
    """The first number of the release of Redis on this machine."""
    said = subprocess.run(["redis-server", "--version"], capture_output=True, text=True).stdout
    return int(said.partition("v=")[2].partition(".")[0])


def plain(machine: RedisMachine) -> str:
    machine.start()
    machine.add(*PEOPLE)
    return ""


def switched_off(machine: RedisMachine) -> str:
    machine.start()
    machine.add("anna", "long-deleted", "also-deleted", "and-this-one")
    machine.cli("CONFIG", "SET", "appendonly", "no")
    machine.cli("DEL", "long-deleted:users", "also-deleted:users", "and-this-one:users")
    machine.add("bob", "wactiv")
    return ""


def switched_on(machine: RedisMachine) -> str:
    machine.start()
    machine.add("anna")
    machine.cli("SAVE")
    machine.cli("CONFIG", "SET", "appendonly", "yes")
    machine.add("bob", "wactiv")
    return ""


def with_password(machine: RedisMachine) -> str:
    machine.start()
    machine.add(*PEOPLE, password=SECRET)
    return SECRET


def password_set_while_it_runs(machine: RedisMachine) -> str:
    machine.start()
    machine.add(*PEOPLE)
    machine.cli("CONFIG", "SET", "requirepass", SECRET)
    machine.environment = {"REDIS_PASSWORD": SECRET}
    return SECRET


def old_manifest(machine: RedisMachine) -> str:
    machine.start()
    machine.add("anna")
    machine.stop()
    conf = machine.conf.read_text()
    machine.conf.write_text(conf.replace("register.aof", "former.aof"))
    machine.start()
    machine.add("long-deleted")
    machine.stop()
    machine.conf.write_text(conf)
    machine.start()
    machine.add("bob", "wactiv")
    return ""


def file_of_before(machine: RedisMachine) -> str:
    (machine.data / "appendonly.aof").write_bytes(
        b"*4\r\n$4\r\nHSET\r\n$10\r\nanna:users\r\n$2\r\nid\r\n$1\r\n1\r\n"
    )
    machine.start()
    shutil.copy(machine.conf, machine.data / "appendonly.aof.txt")
    (machine.data / "appendonly.aof").write_bytes(b"")
    machine.add("bob", "wactiv")
    return ""


def renamed_snapshot(machine: RedisMachine) -> str:
    machine.start()
    machine.add("anna", "long-deleted")
    machine.cli("SAVE")
    machine.cli("DEL", "long-deleted:users")
    machine.cli("CONFIG", "SET", "dbfilename", "other.rdb")
    machine.add("bob", "wactiv")
    return ""


def moved_folder(machine: RedisMachine) -> str:
    machine.start()
    machine.add("anna", "long-deleted")
    machine.cli("SAVE")
    machine.cli("DEL", "long-deleted:users")
    machine.cli("CONFIG", "SET", "dir", str(machine.data / "inner"))
    machine.add("bob", "wactiv")
    return ""


FORMS: dict[str, tuple[tuple[str, ...], Callable[[RedisMachine], str]]] = {
    "append-only, as the template has it": (TEMPLATE, plain),
    "append-only without a snapshot in it": ((*TEMPLATE, "aof-use-rdb-preamble no"), plain),
    "append-only switched off while it runs": (TEMPLATE, switched_off),
    "append-only switched off, CONFIG under another name": (
        (*TEMPLATE, "rename-command CONFIG other-name"),
        lambda machine: plain(machine),
    ),
    "CONFIG switched off": ((*TEMPLATE, 'rename-command CONFIG ""'), plain),
    "append-only switched on while it runs": (
        ("dir DATA", "dbfilename redis_dump.rdb", "appendonly no", "save 900 1"),
        switched_on,
    ),
    "snapshots alone": (("dir DATA", "dbfilename other.rdb", "appendonly no"), plain),
    "snapshots alone, and none made by itself": (
        ("dir DATA", "dbfilename redis_dump.rdb", "appendonly no", 'save ""'),
        plain,
    ),
    "another append folder and file": (
        (*TEMPLATE, "appenddirname elsewhere", "appendfilename register.aof"),
        plain,
    ),
    "an old manifest beside the present one": (
        (*TEMPLATE, "appendfilename register.aof"),
        old_manifest,
    ),
    "the single file of before beside the folder": (TEMPLATE, file_of_before),
    "a folder within the data folder": (
        ("dir DATA/inner", "dbfilename redis_dump.rdb", "appendonly yes"),
        plain,
    ),
    "BGREWRITEAOF under another name": (
        (*TEMPLATE, "rename-command BGREWRITEAOF other-name"),
        plain,
    ),
    "BGREWRITEAOF switched off": ((*TEMPLATE, 'rename-command BGREWRITEAOF ""'), plain),
    "snapshots alone, SAVE under another name": (
        ("dir DATA", "appendonly no", "rename-command SAVE other-name"),
        plain,
    ),
    "snapshots alone, SAVE switched off": (
        ("dir DATA", "appendonly no", 'rename-command SAVE ""'),
        plain,
    ),
    "another snapshot's name while it runs": (
        ("dir DATA", "appendonly no", "enable-protected-configs yes"),
        renamed_snapshot,
    ),
    "another folder while it runs": (
        ("dir DATA", "appendonly no", "enable-protected-configs yes"),
        moved_folder,
    ),
    "a password": ((*TEMPLATE, f"requirepass '{SECRET}'"), with_password),
    "a password set while it runs": (TEMPLATE, password_set_while_it_runs),
    "the password of a user": (
        (*TEMPLATE, "user default off", f"user keeper on ~* &* +@all '>{SECRET}'"),
        lambda machine: "keeper",
    ),
}
