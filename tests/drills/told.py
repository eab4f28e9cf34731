"""What the shipped stories say of all and of nothing on the platform, and how each is looked for.

A sentence of a story is shown to a person who plays it: it has to be so on the platform that is
played on, at the moment at which it is told. What people do, think and know is told by the story
alone, as is what was never done to a practice platform.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from pryv_tui.drills.playing.drill import Drill
from pryv_tui.drills.playing.ground import BORN
from pryv_tui.drills.playing.looks import file_is_good, live_now, settled
from pryv_tui.drills.scenarios.model import PARTS, Scenario
from pryv_tui.practice.harm import silent
from pryv_tui.vault.vault import Vault
from tests.claims.collect import of_each, of_total

_PART = re.compile(r"(?<=[.;:!?]) ")


class Said(NamedTuple):
    """A sentence of a story about all, or about nothing."""

    scenario: str
    at: str
    """`symptoms`; a decision; `decision.option`, told after it was taken; `end …`."""
    text: str


def said(scenario: Scenario) -> Iterator[Said]:
    """Each such sentence of what is told as being so, now."""
    told = [("symptoms", text) for text in scenario.symptoms]
    for one in scenario.decisions:
        told += [(one.id, text) for text in one.known]
        told += [(f"{one.id}.{option.id}", option.consequence) for option in one.options]
    told += [(f"end {end.id}", end.text) for end in scenario.ends]
    for at, text in told:
        for part in _PART.split(text):
            if of_total(part) or of_each(part):
                yield Said(scenario.name, at, part)


# --- looks: each at the platform and at the files of a set, none at what was said of it -----------


def _running(drill: Drill) -> bool:
    born = set(drill.ground.recalled(BORN)["running"])
    return born <= set(drill.ground.platform.contents()["running"])


def _nothing_runs(drill: Drill) -> bool:
    return not drill.ground.platform.contents()["running"]


def _no_events(drill: Drill) -> bool:
    return bool(drill.ground.platform.contents()["mongodb"].get("events", 0) == 0)


def _settled(drill: Drill) -> bool:
    return settled(live_now(drill.ground)) == []


def _core_gone(drill: Drill) -> bool:
    home = drill.ground.place / "hosts" / "core" / "root"
    runs = drill.ground.platform.contents()["running"]
    left = [one for one in home.iterdir() if one.name != ".pryv-tui"] if home.exists() else []
    return not left and not any(name.startswith("core/") for name in runs)


def _register_runs(drill: Drill) -> bool:
    born = {name for name in drill.ground.recalled(BORN)["running"] if name.startswith("register/")}
    return bool(born) and born <= set(drill.ground.platform.contents()["running"])


def _file_good(drill: Drill) -> bool:
    return file_is_good(drill.ground) == []


def _file_bad(drill: Drill) -> bool:
    return not _file_good(drill)


def same(name: str, *parts: str) -> Callable[[Drill], bool]:
    """The platform holds what it held when that was remembered."""

    def look(drill: Drill) -> bool:
        before, now = drill.ground.recalled(name), drill.ground.platform.contents()
        return all(before[part] == now[part] for part in parts or PARTS if part != "running")

    return look


def _set(drill: Drill, name: str) -> Path:
    return Path(drill.ground.settings.vault) / drill.page().sets[name]


def whole(name: str) -> Callable[[Drill], bool]:
    """Each file of a set has the hash that was taken down, by another program than ours."""

    def look(drill: Drill) -> bool:
        lists = list(_set(drill, name).glob("*/SHA256SUMS"))
        return bool(lists) and all(
            subprocess.run(
                ["sha256sum", "-c", "--quiet", one.name], cwd=one.parent, capture_output=True
            ).returncode
            == 0
            for one in lists
        )

    return look


def all_roles(name: str) -> Callable[[Drill], bool]:
    """A set holds a folder of each of the three roles."""

    def look(drill: Drill) -> bool:
        held = Vault(Path(drill.ground.settings.vault)).resolve(drill.page().sets[name])
        return sorted(held.need("read").roles) == ["core", "register", "static-web"]

    return look


def fewer_accounts(drill: Drill) -> bool:
    """Register lacks an account that it had."""
    now = drill.ground.platform.contents()["redis"]["users"]
    return bool(now == drill.ground.recalled("last")["redis"]["users"] - 1)


def _lies_aside(drill: Drill) -> bool:
    """Each attached file that core held is in what was moved aside."""
    held = drill.ground.recalled("last")["attachments"]
    found = [
        one.stat().st_size
        for one in drill.ground.place.glob("hosts/*/root/.pryv-tui/aside/*/pryv/core/**/*")
        if one.is_file() and "attachments" in one.parts
    ]
    return (len(found), sum(found)) == (int(held["files"]), int(held["bytes"]))


def _same_length(drill: Drill) -> bool:
    """The damaged file is as long in each set."""
    path = silent.damaged_file(drill.ground.place)
    sets = Path(drill.ground.settings.vault)
    sizes = [next(sets.glob(f"{one}/*/files/{path}")).stat().st_size
             for one in drill.page().sets.values()]  # fmt: skip
    return len(sizes) > 1 and len(set(sizes)) == 1


def _other_data(drill: Drill) -> bool:
    return not same("last", "mongodb")(drill)


def both(*looks: Callable[[Drill], bool]) -> Callable[[Drill], bool]:
    return lambda drill: all(look(drill) for look in looks)


DATA = ("mongodb", "influxdb", "attachments", "redis")

LOOKED: dict[tuple[str, str, str], Callable[[Drill], bool]] = {
    ("backup-after-loss", "symptoms", "all diaries are empty"): both(_no_events, _running),
    ("backup-after-loss", "size-up", "All containers run"): _running,
    ("backup-after-loss", "still-empty", "The set of 02:00 is whole"): whole("night"),
    ("backup-after-loss", "still-empty", "every hash is right"): whole("night"),
    ("backup-after-loss", "end tomorrow", "all diaries are empty again"): _no_events,
    ("backup-after-loss", "end gave-up", "all the time, in the set before"): whole("evening"),
    ("casualties", "symptoms", "Nothing answers"): _nothing_runs,
    ("casualties", "symptoms", "The set of 02:00 is whole"): whole("night"),
    ("casualties", "open", "All containers run"): _running,
    ("casualties", "restore.restore", "All is back"): same("last", *DATA),
    ("casualties", "settle", "has no data in core"): same("last", "mongodb", "attachments"),
    ("casualties", "settle", "it never had"): same("last", "mongodb", "attachments"),
    ("casualties", "end settled-end", "Nothing is by half"): _settled,
    ("colleague", "symptoms", "The set of 02:00 is whole"): whole("night"),
    ("colleague", "check.audit", "Nothing is without its other half"): _settled,
    ("connection-drops", "symptoms", "The set of 02:00 is whole"): whole("night"),
    ("connection-drops", "check.audit", "Nothing is without its other half"): _settled,
    ("core-lost", "restore", "Register has run all night"): _register_runs,
    ("core-lost", "size-up.status", "no container, an empty root"): _core_gone,
    ("core-lost", "restore.everything", "All of it is as at 02:00"): fewer_accounts,
    ("core-lost", "too-much.take-back", "has all its accounts again"): same("last", "redis"),
    ("core-lost", "end served", "register was never touched"): both(
        _running, same("last", "redis")
    ),
    ("core-lost", "end lost-account", "is lost"): both(_running, fewer_accounts),
    ("disk-full", "check.keep", "Nothing is without its other half"): _settled,
    ("engine-dies", "symptoms", "The set of the evening is whole"): whole("evening"),
    ("engine-dies", "check.hold", "Nothing is without its other half"): _settled,
    ("machine-gone", "symptoms", "Nothing of the platform answers"): _nothing_runs,
    ("machine-gone", "restore", "has all roles"): all_roles("night"),
    ("machine-gone", "check", "All containers run"): _running,
    ("machine-gone", "size-up.list", "with all roles"): all_roles("night"),
    ("machine-gone", "size-up.list", "every file has the hash"): whole("night"),
    ("machine-gone", "restore.restore", "All of it is back"): same("last", *DATA),
    ("machine-gone", "check.audit", "nothing is without its other half"): both(
        _settled, same("last", *DATA)
    ),
    ("mongorestore-lies", "symptoms", "The set of 02:00 is whole"): whole("night"),
    ("mongorestore-lies", "restore", "holds everything"): all_roles("night"),
    ("mongorestore-lies", "half.count", "each count is that of the dump"): same("last", "mongodb"),
    ("mongorestore-lies", "check.audit", "Nothing is without its other half"): _settled,
    ("mongorestore-lies", "end counted", "Every document is back"): same("last", "mongodb"),
    ("register-lost", "restore", "holds all three roles"): all_roles("night"),
    ("register-lost", "check.audit", "Nothing is without its other half"): _settled,
    ("register-lost", "check.audit", "nobody signed up in between"): _settled,
    ("register-lost", "end served", "core kept all that it had"): both(
        _settled, same("last", "mongodb", "influxdb", "attachments")
    ),
    ("register-lost", "end lost-data", "core lost what was newer"): both(_running, _other_data),
    ("silent-damage", "still-black", "right in every set"): _same_length,
    ("silent-damage", "symptoms", "has the right length, and holds nothing"): _file_bad,
    ("silent-damage", "symptoms", "Every container runs"): _running,
    ("silent-damage", "which.file-monday", "nobody lost anything else"): _file_good,
    ("silent-damage", "too-far.undo", "All accounts are there again"): same("newer", "redis"),
    ("silent-damage", "end found", "nobody lost anything"): both(
        _file_good, same("newer", "redis", "mongodb")
    ),
    ("wrong-machine", "restore", "holds all three roles"): all_roles("night"),
    ("wrong-machine", "restore.static", "Nothing else was touched"): same("last", *DATA),
    ("wrong-machine", "wrong-one", "lies aside, whole"): _lies_aside,
    ("wrong-machine", "wrong-one.undo", "Core has again all that it had"): same("last", *DATA),
    ("wrong-machine", "check.all", "nothing is without its other half"): both(_running, _settled),
}
"""How each is looked for, by a part of it that no other sentence of that moment has."""

PEOPLE = "what people do, think or know"
NOT_DONE = "nothing was done to the platform that could show it: the story alone tells it"
RULE = "tells what a run did; the run itself is the one that is held to it"

IN_WORDS: dict[tuple[str, str, str], str] = {
    ("backup-after-loss", "check", "still runs each night"): NOT_DONE,
    ("backup-after-loss", "check.both", "no rule takes that set"): NOT_DONE,
    ("casualties", "open.open", "One person can’t log in"): PEOPLE,
    ("casualties", "settle.free", "The person signs up again"): PEOPLE,
    ("casualties", "settle.invent", "with nothing in it"): NOT_DONE,
    ("casualties", "end invented", "nobody made"): NOT_DONE,
    ("colleague", "tell.nobody", "Nobody knows what you do"): PEOPLE,
    ("colleague", "started.leave", "knows nobody"): NOT_DONE,
    ("colleague", "check", "compared each store"): RULE,
    ("colleague", "end unasked", "nobody asked"): PEOPLE,
    ("connection-drops", "dropped.attach", "went on all the time"): RULE,
    ("connection-drops", "check", "compared each store"): RULE,
    ("connection-drops", "end done", "nobody disturbed it"): PEOPLE,
    ("connection-drops", "end unasked", "nobody asked"): PEOPLE,
    ("core-lost", "symptoms", "get no answer"): PEOPLE,
    ("core-lost", "declare", "Nobody else is on it yet"): PEOPLE,
    ("core-lost", "declare.call-everybody", "ask each other"): PEOPLE,
    ("core-lost", "declare.call-everybody", "Nobody has looked yet"): PEOPLE,
    ("core-lost", "size-up.assume", "Nobody knows"): PEOPLE,
    ("core-lost", "restore", "signed up at 02:30"): PEOPLE,
    ("core-lost", "check", "signed up at 02:30"): PEOPLE,
    ("core-lost", "check.audit", "can be signed up again"): PEOPLE,
    ("core-lost", "check.close-now", "signed up at 02:30"): PEOPLE,
    ("disk-full", "restore.restore", "no space left"): RULE,
    ("disk-full", "restore.restore", "Nothing was deleted"): RULE,
    ("disk-full", "full.open", "do not come up"): RULE,
    ("disk-full", "end too-early", "nobody had asked"): PEOPLE,
    ("engine-dies", "half.up", "comes up on half a database"): RULE,
    ("machine-gone", "restore.templates", "Every login fails"): NOT_DONE,
    ("machine-gone", "check.page", "nobody has looked"): PEOPLE,
    ("machine-gone", "end unproven", "Nobody has looked"): PEOPLE,
    ("machine-gone", "end new-platform", "it holds nothing"): NOT_DONE,
    ("mongorestore-lies", "check", "compared each store"): RULE,
    ("mongorestore-lies", "end unasked", "nobody asked"): PEOPLE,
    ("mongorestore-lies", "end open-half", "nobody can tell"): PEOPLE,
    ("password-gone", "symptoms", "no key found"): NOT_DONE,
    ("password-gone", "look.second", "each Sunday"): NOT_DONE,
    ("password-gone", "look.guess", "None was it"): PEOPLE,
    ("password-gone", "look.provider", "can do nothing"): PEOPLE,
    ("register-lost", "symptoms", "Nobody can sign up"): PEOPLE,
    ("register-lost", "size-up.restart-core", "gets no answer"): NOT_DONE,
    ("register-lost", "end unasked", "nobody has asked"): PEOPLE,
    ("silent-damage", "which", "People signed up"): PEOPLE,
    ("silent-damage", "end lost", "is given up"): PEOPLE,
    ("wrong-machine", "where", "all three terminals"): PEOPLE,
    ("wrong-machine", "wrong-one", "Nobody has noticed yet"): PEOPLE,
    ("wrong-machine", "wrong-one.hide", "nobody knows why"): PEOPLE,
    ("wrong-machine", "end unseen", "nobody has looked"): PEOPLE,
    ("wrong-machine", "end hidden", "have lost what they did"): PEOPLE,
}
"""What the story alone tells, and why."""


def look_for(drill: Drill, at: str) -> list[Said]:
    """What is told at a moment of a story and is not so."""
    return [
        one
        for one in said(drill.scenario)
        if one.at == at
        and any(
            not look(drill)
            for (name, moment, part), look in LOOKED.items()
            if (name, moment) == one[:2] and part in one.text
        )
    ]
