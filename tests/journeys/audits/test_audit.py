"""Life goes on during a backup: the audit names exactly what lost its other half by that."""

from __future__ import annotations

import csv
import re
import shutil
import sqlite3
from functools import partial
from pathlib import Path
from typing import Any

import bson
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pryv_tui.formats.bson_files import dump_counts
from pryv_tui.operations.audit.from_set import Audit, audit_files, audit_json, audit_set
from pryv_tui.operations.audit.table import guarded, unguarded, write_csv
from pryv_tui.operations.site import open_site
from pryv_tui.platform.casualties import KINDS
from pryv_tui.practice.people import account
from pryv_tui.sanitize import UNSEEN
from pryv_tui.tui.text.audit import audit_text
from tests.journeys.backups.test_gap import SPOTS, Backup, both_forms
from tests.journeys.program import pryv_tui

one_worker = pytest.mark.xdist_group("quiet-set")
"""For the tests that look at the same set."""


def audited(backup: Backup) -> Audit:
    return audit_set(open_site(backup.settings).vault.resolve(backup.manifest.id))


def file_ids(names: list[str]) -> set[str]:
    return {name.rsplit("/", 1)[-1] for name in names}


def exactly_what_lost_its_other_half(backup: Backup) -> Audit:
    """Of a backup that was run with `SPOTS`."""
    assert all(all(made.values()) for made in backup.grown.values()), "all of it came in"
    found = audited(backup)
    assert found.not_checked == []
    # The first account that was made came between the dump and core's list: it has no documents.
    # The second came between that list and register's Redis.
    late = sorted(account(1, number).username for number in (3, 4))
    assert found.names("accounts", "register_only") == late
    assert found.names("accounts", "core_only") == []
    # The files of four came before the copy of the root, and after the dump of their events.
    events, files = backup.attached()
    assert file_ids(found.names("attachments", "without_event")) == files - events
    assert len(files - events) == 4
    assert found.names("attachments", "missing") == sorted(events - files) == []
    # Points came three times before InfluxDB was dumped, after the dump of their events.
    assert len(found.names("series", "without_event")) == 3
    known = {document["_id"] for document in backup.documents("events")}
    assert not {n.split("event.")[1] for n in found.names("series", "without_event")} & known
    # Set.json and the end of the run say the same.
    assert backup.manifest.casualties == found.counts
    assert backup.end is not None
    assert any(
        "accounts that register knows and core does not: 2" in line for line in backup.end.checks
    )
    assert backup.end.exit == 0, "a platform in use is no reason for a warning"
    return found


@both_forms
@pytest.mark.parametrize("hold", ["registrations", "everything"])
def test_what_is_held_loses_nothing(tmp_path: Path, hold: Any, form: str) -> None:
    backup = Backup(tmp_path, form)
    backup.run(SPOTS, hold=hold)
    found = audited(backup)
    assert found.accounts == {"register_only": [], "core_only": []}
    if hold == "everything":
        assert found.total == 0
        assert found.not_checked == []
    else:
        assert found.names("attachments", "without_event")


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Backup:
    """A set in which nothing is missing."""
    backup = Backup(tmp_path_factory.mktemp("quiet"))
    backup.run([])
    assert audited(backup).total == 0
    return backup


@one_worker
def test_each_kind_is_named_when_its_half_is_taken_away(quiet: Backup, tmp_path: Path) -> None:
    """Each half in turn is taken out of a copy of the set, and put back."""
    core = quiet.files("core")
    index = core / "pryv/core/data/users/user-index.db"
    whole = index.read_bytes()
    first = account(1, 0)
    with sqlite3.connect(index) as database:
        database.execute("PRAGMA journal_mode=DELETE")
        rename = "UPDATE id4name SET username = 'nobody' WHERE username = ?"
        database.execute(rename, (first.username,))
    database.close()
    found = audited(quiet)
    assert found.names("accounts", "register_only") == [first.username]
    assert found.names("accounts", "core_only") == ["nobody"]
    assert found.names("series", "without_account") == (
        [first.database] if first.database in _databases(quiet) else []
    )
    index.write_bytes(whole)

    sums = core.parent / "SHA256SUMS"
    lines = sums.read_bytes()
    attached = [line for line in lines.splitlines(keepends=True) if b"/attachments/" in line]
    sums.write_bytes(lines.replace(attached[0], b""))
    found = audited(quiet)
    assert file_ids(found.names("attachments", "missing")) == {
        attached[0].decode().strip().rsplit("/", 1)[-1]
    }
    (missing,) = found.names("attachments", "missing")
    owner = next(one for one in map(partial(account, 1), range(9)) if one.user_id in missing)
    assert found.shown(missing) == f"{missing} (account {owner.username})"
    assert found.people == {owner.user_id: owner.username}
    assert f"- {missing} (account {owner.username})" in audit_text(found, "S", "d", None)
    sums.write_bytes(lines)
    assert audited(quiet).total == 0


def _databases(backup: Backup) -> list[str]:
    assert backup.manifest is not None
    host = next(host for host in backup.manifest.hosts if "core" in host.roles)
    return list(host.stores["influxdb"]["databases"])


OWNED = ("accesses", "events", "profile", "streams")


class Copied:
    """A copy of a set's files, in which documents and names are taken away."""

    def __init__(self, quiet: Backup, folder: Path) -> None:
        shutil.copytree(Path(quiet.settings.vault) / quiet.manifest.id, folder)
        self.folder = folder
        (self.host,) = quiet.manifest.hosts
        files = folder / self.host.name / "files"
        self.index = files / "pryv/core/data/users/user-index.db"
        self.dump = files / "pryv/mongodb/backup/pryv-node"

    def take_away(self, user: str, *collections: str) -> None:
        for collection in collections:
            path = self.dump / f"{collection}.bson"
            documents = bson.decode_all(path.read_bytes())
            left = [one for one in documents if one["userId"] != user]
            assert len(left) < len(documents), f"there was a document of {user} in {collection}"
            path.write_bytes(b"".join(map(bson.encode, left)))

    def name(self, username: str, user: str) -> None:
        """Let core's index name an account."""
        with sqlite3.connect(self.index) as database:
            database.execute("PRAGMA journal_mode=DELETE")
            database.execute("INSERT INTO id4name VALUES (?, ?)", (username, user))
        database.close()

    def audit(self, said: dict[str, int] | None = None) -> Audit:
        """
        Args:
            said: what its `set.json` says of its collections; as many as there are by default.
        """
        holds = self.host.stores["mongodb"] | {"collections": said or dump_counts(self.dump)}
        stores = self.host.stores | {"mongodb": holds}
        return audit_files(self.folder, [msgspec.structs.replace(self.host, stores=stores)])


def accounts_unchecked(found: Audit) -> list[str]:
    """Why it is not known of which accounts there are documents."""
    return [one.why for one in found.not_checked if "accounts.register_only" in one.kinds]


@one_worker
def test_core_knows_an_account_only_with_its_documents(quiet: Backup, tmp_path: Path) -> None:
    copy = Copied(quiet, tmp_path / "set")
    first = account(1, 0)
    # Deleted in core, and still in its index: register does not know it any more, nor is there
    # anything of it that could be lost.
    copy.name("nobody", "c0")
    assert copy.audit().accounts == {"register_only": [], "core_only": []}

    *most, last = sorted(OWNED, key="streams".__eq__)
    copy.take_away(first.user_id, *most)
    found = copy.audit()
    assert found.accounts == {"register_only": [], "core_only": []}, "a stream is a document"
    assert found.not_checked == []

    copy.take_away(first.user_id, last)
    found = copy.audit()
    assert found.accounts == {"register_only": [first.username], "core_only": []}
    assert found.counts["accounts.register_only"] == 1
    assert found.not_checked == []

    # A collection is made by its first document: without any there is no file of it.
    (copy.dump / "profile.bson").unlink()
    (copy.dump / "profile.metadata.json").unlink()
    (copy.dump / "events.bson").unlink()
    (copy.dump / "events.metadata.json").unlink()
    found = copy.audit()
    assert found.accounts["register_only"] == [first.username]
    assert accounts_unchecked(found) == []


@one_worker
def test_documents_that_can_not_be_read_leave_no_account_without_one(
    quiet: Backup, tmp_path: Path
) -> None:
    copy = Copied(quiet, tmp_path / "set")
    said = dump_counts(copy.dump)
    events, streams = copy.dump / "events.bson", copy.dump / "streams.bson"
    whole = {path: path.read_bytes() for path in (events, streams)}

    events.write_bytes(whole[events][:-3])
    found = copy.audit(said)
    assert found.accounts == {"register_only": [], "core_only": []}, "other documents tell it"
    assert accounts_unchecked(found) == []

    first = account(1, 0)
    copy.take_away(first.user_id, "profile", "accesses")
    events.write_bytes(whole[events])
    copy.take_away(first.user_id, "events")
    without = events.read_bytes()
    said = dump_counts(copy.dump)
    for damage, why in (
        (lambda: streams.write_bytes(whole[streams][:20]), "streams.bson"),
        (lambda: streams.write_bytes(b""), "the dump holds 0 documents of streams, the set says"),
        (streams.unlink, "the dump holds 0 documents of streams, the set says"),
        (lambda: events.write_bytes(without[:-3]), "events.bson"),
        (lambda: shutil.rmtree(copy.dump), "holds no dump of MongoDB"),
    ):
        events.write_bytes(without)
        streams.write_bytes(whole[streams])
        damage()
        if why == "events.bson":
            copy.take_away(first.user_id, "streams")
        found = copy.audit(said)
        assert found.accounts == {"core_only": []}
        assert "accounts.register_only" not in found.counts, "not known is not none"
        (told,) = accounts_unchecked(found)
        assert why in told


@one_worker
def test_what_can_not_be_known_is_not_none(quiet: Backup) -> None:
    index = quiet.files("core") / "pryv/core/data/users/user-index.db"
    away = index.with_name("away")
    index.rename(away)
    found = audited(quiet)
    away.rename(index)
    assert found.accounts == {}
    assert "accounts.register_only" not in found.counts
    assert {item.what for item in found.not_checked} == {"accounts", "series without account"}
    assert any("before 1.8" in item.why for item in found.not_checked)

    redis = quiet.files("register") / "pryv/redis/data/appendonly.aof"
    content = redis.read_bytes()
    redis.write_bytes(content[:-3])
    torn = audited(quiet)
    redis.write_bytes(b"no such file")
    damaged = audited(quiet)
    redis.write_bytes(content)
    assert any("torn" in item.why for item in torn.not_checked)
    assert damaged.accounts == {}
    assert any("can't be read" in item.why for item in damaged.not_checked)


@one_worker
@pytest.mark.parametrize("release", ["1.6.21", "1.7.14", "1.8.1", "1.9.2"])
@pytest.mark.parametrize("roles", ["core+register", "core", "register"])
def test_json_has_a_list_of_every_kind_and_names_those_that_were_not_checked(
    quiet: Backup, tmp_path: Path, release: str, roles: str
) -> None:
    """The files laid out as that release has them: before 1.9 attachments apart, before 1.8 no
    index."""
    folder = tmp_path / "set"
    shutil.copytree(Path(quiet.settings.vault) / quiet.manifest.id, folder)
    (host,) = quiet.manifest.hosts
    old = tuple(map(int, release.split(".")[:2]))
    if old < (1, 8):
        (folder / host.name / "files/pryv/core/data/users/user-index.db").unlink()
    if old < (1, 9):
        sums = folder / host.name / "SHA256SUMS"
        moved = re.sub(rb"data/users/./././(\w+)/attachments/", rb"data/attachments/\1/",
                       sums.read_bytes())  # fmt: skip
        assert b"data/attachments/" in moved
        sums.write_bytes(moved)
    part = msgspec.structs.replace(host, release=release, roles=tuple(roles.split("+")))
    found = audit_files(folder, [part])
    if roles == "register":
        assert found.none_found == (
            "nothing could be checked, so it is not known what the gap cost"
        )
    elif roles == "core" or old < (1, 8):
        assert found.none_found == "no casualty was found in what was checked"
    else:
        assert found.none_found.startswith("no casualty was found: inside the set each account")
    assert f"Audit of S: {found.none_found}" in audit_text(found, "S", "d", None)
    told = audit_json(found)
    promised = {
        "accounts": {"register_only", "core_only"},
        "attachments": {"without_event", "missing"},
        "series": {"without_account", "without_event"},
    }
    assert set(told) == {"set", "not_checked", "people", *promised}
    for group, names in promised.items():
        assert set(told[group]) == names
        assert all(told[group][name] == [] for name in names), "nothing is missing in this set"
    assert all({"what", "why"} <= set(item) and item["why"] for item in told["not_checked"])
    unchecked = {kind for item in told["not_checked"] for kind in item["kinds"]}
    accounts = {"accounts.register_only", "accounts.core_only"}
    by_names = {*accounts, "series.without_account"}
    if roles == "register":
        assert unchecked == {f"{each.group}.{each.name}" for each in KINDS}
    elif old < (1, 8):
        assert unchecked == by_names
        assert any(f"{release}) has no index" in item["why"] for item in told["not_checked"])
    else:
        assert unchecked == (accounts if roles == "core" else set())


def test_the_command_says_it_in_words_json_and_a_table(tmp_path: Path) -> None:
    backup = Backup(tmp_path)
    backup.run(SPOTS)
    words = ("--practice", backup.folder)
    done = pryv_tui("audit", "latest", "--json", *words)
    assert done.exit == 3
    assert done.json == audit_json(audited(backup))
    assert set(done.json) >= {"set", "accounts", "attachments", "series", "not_checked"}
    told = pryv_tui("audit", "latest", *words)
    assert "Accounts that register knows and core does not: 2" in told.out
    lines = [line for line in told.out.splitlines() if "curl -X DELETE" in line]
    late = sorted(account(1, number).username for number in (3, 4))
    for name, dry, act in zip(late, lines[::2], lines[1::2], strict=True):
        assert f"/users/{name}?onlyReg=true&dryRun=true" in dry
        assert f"/users/{name}?onlyReg=true" in act
        assert "dryRun" not in act
    table = Path(backup.settings.vault) / f"{backup.manifest.id}.casualties.csv"
    assert table.stat().st_mode & 0o777 == 0o600
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == audited(backup).total
    assert len(pryv_tui("list", "--json", *words).json) == 1, "the table is no set"
    assert pryv_tui("verify", "latest", *words).exit == 0, "the set itself is as it was"
    plan = pryv_tui("plan", "restore", "latest", *words).out
    assert "accounts that register knows and core does not: 2" in plan
    assert pryv_tui("audit", "nothing", *words).exit != 0


WHITE = "".join(char for char in map(chr, range(0x3001)) if char.isspace())


@given(st.text() | st.text("=+-@';\t\r\n a\"|,\u200b\ufeff\xad\u2060\0\x1f\x85\u202e\uff1d\uff0b"))
def test_no_cell_of_a_table_is_a_formula_and_each_can_be_had_back(name: str) -> None:
    cell = guarded(name)
    assert unguarded(cell) == name
    for start in cell.split(";"):
        seen = start.lstrip(UNSEEN + WHITE)
        assert not seen.startswith(("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"))
        assert not start.startswith(("\t", "\r", "\n"))


def test_a_name_from_outside_is_no_formula_in_the_table(tmp_path: Path) -> None:
    name = "=cmd|' /C calc'!A0"
    groups: dict[str, Any] = {"accounts": {"register_only": [name]}, "attachments": {}}
    path = write_csv(Audit(set="S", not_checked=[], series={}, **groups), tmp_path, "d.example")
    assert path is not None
    with path.open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["name"] == "'" + name
    assert unguarded(row["name"]) == name
    assert unguarded(row["commands"]).startswith("curl ")


def test_a_table_holds_every_kind(tmp_path: Path) -> None:
    names = {each.name: [f"{each.group}-{each.name}", 'a,"b'] for each in KINDS}
    groups: dict[str, Any] = {}
    for each in KINDS:
        groups.setdefault(each.group, {})[each.name] = names[each.name]
    found = Audit(set="S", not_checked=[], **groups)
    path = write_csv(found, tmp_path, "d.example")
    assert path is not None
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["group"], row["kind"], row["name"]) for row in rows] == [
        (each.group, each.name, name) for each in KINDS for name in names[each.name]
    ]
    assert all(row["consequence"] and row["remedy"] for row in rows)
    nothing = Audit(set="S", not_checked=[], accounts={}, attachments={}, series={})
    assert write_csv(nothing, tmp_path, "d.example") is None
    assert not path.exists(), "an older list would tell what is not so any more"
