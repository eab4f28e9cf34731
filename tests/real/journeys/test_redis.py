"""The journey backup, loss, restore, undo on a real engine, with Redis in each of its forms but the
template's, which all other journeys have (`test_all_at_once.py` for one)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.real.conftest import MakePlatform
from tests.real.operator import Operator, tail
from tests.real.testbed.compose import IDLE
from tests.real.testbed.platform import RealPlatform, wait_for
from tests.real.testbed.stores import WACTIV, Redis

pytestmark = pytest.mark.engine

SECRET = "not-a-real-secret"
CONF = "pryv/redis/conf/redis.conf"
REGISTER = "pryv/register/conf/register.json"


def ask(platform: RealPlatform, *words: str, password: str = "") -> str:
    """What the server answers to a command."""
    with _server(platform, password) as redis:
        return str(redis.call(*words))


@contextmanager
def _server(platform: RealPlatform, password: str) -> Iterator[Redis]:
    """The server itself: through a program in its container each word would take a tenth of a
    second of processor time, and an empty answer could be a program's that told nothing."""
    with Redis(platform.ip("redis")) as redis:
        if password:
            assert redis.call("AUTH", password) == "OK"
        yield redis


def users(platform: RealPlatform, password: str = "") -> list[str]:
    """Everybody but the one that each boot of register makes, which is not there before it."""
    with _server(platform, password) as redis:
        found = redis.call("KEYS", "*:users")
    return sorted(name for name in found if name != f"{WACTIV}:users")


def add(platform: RealPlatform, *names: str, password: str = "") -> None:
    for name in names:
        assert ask(platform, "HSET", f"{name}:users", "id", name, password=password) == "1"


def with_conf(platform: RealPlatform, change: Callable[[str], str], password: str = "") -> None:
    """Another configuration, from a start on."""
    machine = platform.of_service("redis")
    path = machine.root / CONF
    path.write_text(change(path.read_text()))
    machine.engine.client.containers.get("pryvio_redis").restart(timeout=10)
    wait_for("redis", lambda: ask(platform, "PING", password=password) == "PONG")


def switched_off_while_it_runs(platform: RealPlatform) -> str:
    add(platform, "anna", "long-deleted")
    assert ask(platform, "CONFIG", "SET", "appendonly", "no") == "OK"
    assert ask(platform, "DEL", "long-deleted:users") == "1"
    add(platform, "bob")
    return ""


def snapshots_alone(platform: RealPlatform) -> str:
    assert ask(platform, "SAVE") == "OK"
    with_conf(platform, lambda text: text.replace("appendonly yes", "appendonly no"))
    add(platform, "anna", "bob")
    return ""


def another_append_folder(platform: RealPlatform) -> str:
    with_conf(platform, lambda text: f"{text}appenddirname elsewhere\n")
    add(platform, "anna", "bob")
    return ""


def a_password(platform: RealPlatform) -> str:
    # Register knows it, as on a platform that works: it has it in its own configuration.
    conf = platform.of_service("register").root / REGISTER
    told = json.loads(conf.read_text())
    conf.write_text(json.dumps({**told, "redis": {"host": "redis", "password": SECRET}}))
    with_conf(platform, lambda text: f"{text}requirepass {SECRET}\n", SECRET)
    add(platform, "anna", "bob", password=SECRET)
    return SECRET


FORMS = (
    switched_off_while_it_runs,
    snapshots_alone,
    another_append_folder,
    a_password,
)


def as_it_was(platform: RealPlatform, before: dict[Path, str], password: str) -> None:
    """Another form can begin: the configuration that the template has, and nobody's users."""
    for path, text in before.items():
        path.write_text(text)
    with_conf(platform, lambda text: text)
    for name in users(platform):
        assert ask(platform, "DEL", name) == "1"


def backup_loss_restore_undo(
    form: Callable[[RealPlatform], str], platform: RealPlatform, folder: Path
) -> str:
    """What the password was, at the end."""
    operator = Operator(platform, folder)
    (machine,) = platform.machines
    password = form(platform)
    before = users(platform, password)
    assert {"anna:users", "bob:users"} <= set(before)
    there = int(ask(platform, "EXISTS", f"{WACTIV}:users", password=password))
    backup = operator.backup()
    assert backup.exit in (0, 3), tail(backup)
    assert users(platform, password) == before, "a backup leaves Redis as it was"
    manifest = json.loads((operator.vault / operator.only_set()["id"] / "set.json").read_text())
    (holds,) = [host["stores"]["redis"] for host in manifest["hosts"] if "redis" in host["stores"]]
    assert holds["users"] == len(before) + there

    add(platform, "newcomer", password=password)
    lived = users(platform, password)
    assert any((machine.root / "pryv/redis/data").iterdir())
    restore = operator.restore()
    # Nobody here knows what core holds, which is elsewhere: that needs a person.
    assert restore.exit == 3, tail(restore)
    assert all("core" in told for told in restore.end["warnings"]), restore.end["warnings"]
    assert users(platform, password) == before
    undo = operator.run("undo", restore.end["run"], "--json")
    assert undo.exit == 0, tail(undo)
    assert users(platform, password) == lived

    for said in (backup, restore, undo):
        assert SECRET not in said.out + said.err
    for journal in (folder / "state").rglob("*.jsonl"):
        assert SECRET not in journal.read_text()
    return password


def test_backup_loss_restore_undo_in_each_form(make_platform: MakePlatform, tmp_path: Path) -> None:
    """One after the other on one platform; the password last, which a mere start needs too."""
    platform = make_platform("single-node", roles=("register",), without=(*IDLE, "nginx"))
    root = platform.of_service("redis").root
    before = {root / name: (root / name).read_text() for name in (CONF, REGISTER)}
    password, done = "", []
    for form in FORMS:
        if form is not FORMS[0]:
            as_it_was(platform, before, password)
        try:
            password = backup_loss_restore_undo(form, platform, tmp_path / form.__name__)
        except Exception as error:
            error.add_note(f"with Redis: {form.__name__}")
            raise
        done.append(form)
    assert tuple(done) == FORMS and password == SECRET, "each one, with the password at the end"


def test_a_data_folder_replaced_under_the_running_server(
    databases: RealPlatform, tmp_path: Path
) -> None:
    """Its users are in its memory alone: the advice that doctor gives brings them all back."""
    platform = databases
    operator = Operator(platform, tmp_path)
    (machine,) = platform.machines
    add(platform, "anna", "bob")
    before = users(platform)
    data = machine.root / "pryv/redis/data"
    owner = data.stat()
    shutil.rmtree(data)
    data.mkdir()
    shutil.chown(data, owner.st_uid, owner.st_gid)
    assert users(platform) == before
    doctor = operator.run("doctor", "--json")
    (told,) = [one for one in doctor.json if one["name"].startswith("mounts")]
    assert told["outcome"] == "failed"
    assert " containers restart pryvio_redis" in told["remedy"]
    restarted = operator.run("containers", "restart", "pryvio_redis", "--json")
    assert restarted.exit == 0, tail(restarted)
    assert users(platform) == before
    backup = operator.backup()
    assert backup.exit == 0, tail(backup)
