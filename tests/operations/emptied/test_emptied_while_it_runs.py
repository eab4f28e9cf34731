"""A store that was emptied where it is, by FLUSHALL or a dropped database, may keep its files: its
server is asked, and where it does not answer that is said to be not known."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.clock import moment_of
from pryv_tui.errors import Cancelled, PryvTuiError
from pryv_tui.operations.audit.accounts import Accounts
from pryv_tui.operations.comparing.look import Looker
from pryv_tui.operations.emptied import asked
from pryv_tui.operations.emptied.files import SMALL, written_since
from pryv_tui.operations.emptied.here import lost_data
from pryv_tui.operations.stores.mongo_server import Owners
from pryv_tui.practice.stores.mongo import MongoStore
from pryv_tui.practice.stores.redis import RedisStore
from tests.operations.emptied.test_emptied import (
    CORE,
    DOMAIN,
    REGISTER,
    role_in,
    root_of,
    site_of,
    status,
    told_everywhere,
)
from tests.remedies.shell import Shell, commands_in, paste

PLACES = {CORE: "pryv/mongodb/data", REGISTER: "pryv/redis/data"}


def flushed(shell: Shell) -> None:
    """Register's Redis forgets every key; its file only grows by that."""
    store = RedisStore(root_of(shell, REGISTER) / PLACES[REGISTER])
    before = store.aof.stat().st_size
    store.append([("DEL", key) for key in store.load()])
    assert store.aof.stat().st_size > before


def dropped(shell: Shell) -> None:
    """MongoDB's collections are emptied; files of the server's own are as old as before."""
    folder = root_of(shell, CORE) / PLACES[CORE]
    own = folder / "WiredTiger"
    own.write_text("made when the server was set up")
    os.utime(own, (1_000_000_000, 1_000_000_000))
    store = MongoStore(folder)
    for database in store.databases():
        for name in store.collections(database):
            store.clear(database, name)


GONE: dict[str, tuple[Callable[[Shell], None], str]] = {
    CORE: (dropped, "the data of mongodb is"),
    REGISTER: (flushed, "the data of redis is"),
}


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell.with_set(tmp_path / "p", form="cluster", users=12)


@pytest.mark.parametrize("role", [CORE, REGISTER])
def test_a_store_that_was_emptied_while_it_ran_is_not_up(shell: Shell, role: str) -> None:
    empty, what = GONE[role]
    empty(shell)
    folder = root_of(shell, role) / PLACES[role]
    assert sum(one.stat().st_size for one in folder.rglob("*")) > SMALL
    told_everywhere(shell, role, what)
    said = shell.type("status").out
    assert "has its files, and its server holds none of the data of" in said
    # What comes back is what the set holds, and the alarm ends.
    done = shell.type("restore", shell.latest, "--role", role, "--confirm", DOMAIN)
    assert done.exit in (0, 3), done
    _, found, said = status(shell)
    assert "gone (" not in said and role_in(found, role)["state"] in ("up", "runs")


@pytest.mark.parametrize("role", [CORE, REGISTER])
def test_the_doctor_alone_opens_the_incident_too(shell: Shell, role: str) -> None:
    GONE[role][0](shell)
    done = shell.type("doctor")
    assert done.exit == 3 and f"{GONE[role][1]} gone" in done.out
    assert "incident" in shell.type("incident", "list").out


def test_one_account_of_many_is_no_empty_store(shell: Shell) -> None:
    said = "its server holds none"
    store = RedisStore(root_of(shell, REGISTER) / PLACES[REGISTER])
    keys = [key for key in store.load() if key.endswith(b":users") and b"wactiv" not in key]
    store.append([("DEL", key) for key in keys[1:]])
    assert said not in shell.type("status").out
    store.append([("DEL", keys[0])])
    assert said in shell.type("status").out


def test_one_collection_of_many_is_no_empty_store(shell: Shell) -> None:
    said = "its server holds none"
    store = MongoStore(root_of(shell, CORE) / PLACES[CORE])
    (database,) = [name for name in store.databases() if store.collections(name)]
    names = [name for name in ("streams", "profile", "accesses", "events")
             if store.count(database, name)]  # fmt: skip
    assert len(names) > 1
    for name in names[:-1]:
        store.clear(database, name)
        assert said not in shell.type("status").out
    dropped(shell)
    assert said in shell.type("status").out


def _fails(error: Exception) -> Callable[..., Any]:
    def ask(*_given: Any, **_more: Any) -> Any:
        raise error

    return ask


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (PryvTuiError("step-failed", "it wants a password", ""), "it wants a password"),
        (Cancelled(), "it did not answer within 6 s"),
        (OSError(5, "Input/output error"), "Input/output error"),
    ],
)
def test_what_can_not_be_asked_is_not_known_and_no_loss(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, error: Exception, why: str
) -> None:
    dropped(shell)
    flushed(shell)
    monkeypatch.setattr(asked, "ask_owners", _fails(error))
    monkeypatch.setattr(asked, "registered_now", _fails(error))
    exit_code, found, said = status(shell)
    for role, store in ((CORE, "mongodb"), (REGISTER, "redis")):
        (note,) = [one for one in found["attention"] if f"whether {store} holds" in one["text"]]
        assert note["level"] == "info" and why in note["text"]
        assert role_in(found, role)["state"] in ("up", "runs")
        words = f"it is not known whether {store} holds any of the data of"
        line = f"UNKNOWN data {role} {role}: {role}: {words}"
        doctor = shell.type("doctor")
        assert line in doctor.out and doctor.exit == 3
    assert exit_code == 0 and "gone (" not in said


@pytest.mark.parametrize(("role", "store"), [(CORE, "mongodb"), (REGISTER, "redis")])
def test_that_it_can_not_be_asked_is_accepted_for_its_reason(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, role: str, store: str
) -> None:
    for empties, _ in GONE.values():
        empties(shell)
    key = f"untold/{role}/{store}"

    def line(why: str) -> dict[str, str]:
        for ask in ("ask_owners", "registered_now"):
            monkeypatch.setattr(asked, ask, _fails(PryvTuiError("step-failed", why, "")))
        told = json.loads(shell.type("doctor", "--json").out)
        (found,) = [one for one in told if one.get("key") == key]
        return dict(found)

    first = line("it wants a password")
    assert first["outcome"] == "not_known"
    (log, accept) = commands_in(first["remedy"])
    assert paste(log).exit == 0 and paste(accept).exit == 0
    assert line("it wants a password")["outcome"] == "ok"
    # For another reason it is another thing that is not known.
    assert line("it does not run")["outcome"] == "not_known"


def test_a_collection_that_was_not_looked_through_leaves_it_open(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    dropped(shell)

    def told(*given: Any) -> Owners:
        return Owners([], "events: it took too long" if given[-1] == ("events",) else "")

    monkeypatch.setattr(asked, "ask_owners", told)
    site = site_of(shell)
    found = lost_data(site, site.discover(), site.vault.sets(), every=True)
    assert not found.gone
    assert [(one.store, one.why) for one in found.untold] == [
        ("mongodb", "events: it took too long")
    ]
    assert (CORE, CORE) not in found.there


def test_nobody_is_asked_whose_files_are_as_old_as_the_set(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = site_of(shell)
    deployment, sets = site.discover(), site.vault.sets()
    backup = sets[-1]
    manifest = backup.need("read")
    made = moment_of(manifest.created)
    assert made is not None
    for role, place in PLACES.items():
        folder = root_of(shell, role) / place
        state = deployment.host(role)
        (part,) = [one for one in manifest.hosts if one.name == role]
        assert state is not None
        for path in (folder, *folder.rglob("*")):
            os.utime(path, (made.timestamp() - 60,) * 2)
        assert not list(written_since(state, role, part, backup))
        os.utime(folder, (made.timestamp() + 60,) * 2)
        assert list(written_since(state, role, part, backup)) == [Path(place).parts[1]]
        os.utime(folder, (made.timestamp() - 60,) * 2)
    monkeypatch.setattr(asked, "ask_owners", _fails(AssertionError("asked")))
    monkeypatch.setattr(asked, "registered_now", _fails(AssertionError("asked")))
    found = lost_data(site, deployment, sets, every=True)
    assert not found.gone and not found.untold
    assert {(CORE, CORE), (REGISTER, REGISTER)} <= found.there


def test_a_redis_without_its_append_only_file_is_asked_in_any_case(shell: Shell) -> None:
    import msgspec

    site = site_of(shell)
    backup = site.vault.sets()[-1]
    (part,) = [one for one in backup.need("read").hosts if one.name == REGISTER]
    state = site.discover().host(REGISTER)
    assert state is not None
    folder = root_of(shell, REGISTER) / PLACES[REGISTER]
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    assert not list(written_since(state, REGISTER, part, backup))
    holds = {**part.stores["redis"], "form": {"kind": "rdb"}}
    saved = msgspec.structs.replace(part, stores={**part.stores, "redis": holds})
    assert list(written_since(state, REGISTER, saved, backup)) == ["redis"]


def test_a_look_that_waits_for_nobody_asks_nobody_of_what_looks_as_ever(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed(shell)
    monkeypatch.setattr(asked, "registered_now", lambda *_given, **_more: Accounts(frozenset()))
    site = site_of(shell)
    deployment, sets = site.discover(), site.vault.sets()
    found = lost_data(site, deployment, sets)
    assert not found.gone and not found.there, "it says nothing of what it did not ask"
    assert [one.service for one in lost_data(site, deployment, sets, every=True).gone] == ["redis"]


@pytest.mark.parametrize("role", [CORE, REGISTER])
def test_the_restores_page_calls_it_damaged(shell: Shell, role: str) -> None:
    GONE[role][0](shell)
    site = site_of(shell)
    now = Looker(site, site.discover(), site.vault.sets()[-1]).roles()
    (mine,) = [one for one in now if one.role == role]
    assert mine.condition == "damaged" and "holds none of the data of" in " ".join(mine.why)
