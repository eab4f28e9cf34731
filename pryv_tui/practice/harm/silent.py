"""Losses that no container notices: deleted documents, an overwritten file, an account that only
half exists. Each is recorded as simulated before it is done."""

from __future__ import annotations

import os
from pathlib import Path

import bson

from pryv_tui.errors import PryvTuiError
from pryv_tui.practice import settings, simulated
from pryv_tui.practice.home import Home
from pryv_tui.practice.life import DATABASE, Life, Places, attachment_path, clock
from pryv_tui.practice.people import Account, account

_EVENTS = "events"
_CORE, _OTHER_CORE = "co1", "co2"


def drop_events(folder: Path) -> int:
    """Delete the document of every event, as a broken script might. Return how many there were."""
    home = Home(folder)
    store = _life(home).places.mongo
    many = store.count(DATABASE, _EVENTS)
    simulated.note(folder, "events_dropped", events=many)
    store.clear(DATABASE, _EVENTS)
    return many


def damaged_file(folder: Path) -> str:
    """Return the file that `damage_file` overwrites, relative to core's root: the first attached
    file that exists, in an order that depends on the seed.

    Raises:
        PryvTuiError: `practice`, there is none.
    """
    home = Home(folder)
    made = home.settings
    root = home.home_of("core").root
    for number in range(made.attachments):
        for person in range(made.accounts):
            path = attachment_path(made.seed, account(made.seed, person), number)
            if (root / path).is_file():
                return path
    raise PryvTuiError("practice", "there is no attached file here")


def damage_file(folder: Path) -> str:
    """Overwrite an attached file with zeros; its name and length stay. Return its path."""
    path = damaged_file(folder)
    simulated.note(folder, "file_damaged", path)
    full = Home(folder).home_of("core").root / path
    with open(full, "r+b") as file:
        size = os.fstat(file.fileno()).st_size
        file.write(b"\0" * size)
    return path


def integrity_of(folder: Path, path: str) -> str:
    """Return the checksum of an attached file that is in its event: `sha256-…`; empty if no event
    names the file."""
    store = _life(Home(folder)).places.mongo
    name = Path(path).name
    for body in store.documents(DATABASE, _EVENTS):
        for attached in bson.decode(body).get("attachments", []):
            if attached["id"] == name:
                return str(attached.get("integrity", ""))
    return ""


def half_account(folder: Path) -> str:
    """Create an account in register only, not in core. Return its name."""
    home = Home(folder)
    before = settings.take_numbers(folder, accounts=1)
    person = account(before.seed, before.accounts, registered=clock())
    simulated.note(folder, "half_account", person.username)
    _life(home).register(person)
    return person.username


def sign_up_elsewhere(folder: Path, users: int) -> list[str]:
    """Create accounts on another core of the platform, whose machine does not exist here. Register
    has them and the name of their core. Return their names."""
    home = Home(folder)
    before = settings.take_numbers(folder, accounts=users)
    people = [
        account(before.seed, number, registered=clock())
        for number in range(before.accounts, before.accounts + users)
    ]
    simulated.note(folder, "grown_elsewhere", users=users)
    life = _life(home, _OTHER_CORE)
    for person in people:
        life.register(person)
    return [person.username for person in people]


def free_names(folder: Path) -> list[str]:
    """Free the names that only register has, as register's own call does (`DELETE
    https://reg.DOMAIN/users/NAME?onlyReg=true`). Return these names."""
    home = Home(folder)
    life = _life(home)
    freed = []
    here = f"{_CORE}.{home.settings.domain}".encode()
    for person in _everybody(home):
        key = f"{person.username}:users".encode()
        if life.places.redis.load().get(f"{person.username}:server".encode()) != here:
            continue  # The account is on another core.
        if key in life.places.redis.load() and not (life.places.users / person.folder).is_dir():
            simulated.note(folder, "name_freed", person.username)
            life.places.redis.append(
                [("DEL", key.decode(), f"{person.username}:server", f"{person.email}:email")]
            )
            freed.append(person.username)
    return freed


def _everybody(home: Home) -> list[Account]:
    made = home.settings
    return [account(made.seed, number) for number in range(made.accounts)]


def _life(home: Home, core: str = _CORE) -> Life:
    places = Places(core=home.home_of("core").root, register=home.home_of("register").root)
    return Life(places, home.settings.seed, f"{core}.{home.settings.domain}")
