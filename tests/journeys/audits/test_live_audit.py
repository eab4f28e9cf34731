"""After a restore: the casualties are a to-do list, and the live platform tells when it is done."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pryv_tui.cli.main import cli
from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.audit.from_set import Audit
from pryv_tui.operations.audit.live import LiveAudit, audit_live, live_json
from pryv_tui.operations.audit.live_words import live_lines
from pryv_tui.operations.root.marker import Marker, write_marker
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.operations.site import Site, open_site
from pryv_tui.platform.casualties import KINDS
from pryv_tui.practice.people import account
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.practice.stores.redis import RedisStore
from pryv_tui.practice.stores.tsm import series_key
from pryv_tui.runs.record.events import RunFinished
from pryv_tui.runs.start import follow, start_run
from tests.helpers import copied
from tests.journeys.audits.test_audit import exactly_what_lost_its_other_half
from tests.journeys.backups.test_gap import SPOTS, Backup, both_forms
from tests.journeys.settling import typed
from tests.operations.kit import manifest_of, part, set_of

on_living = pytest.mark.xdist_group("living-platform")
"""For the tests that ask the same platform."""


def lists(found: Audit) -> dict[str, list[str]]:
    return {f"{each.group}.{each.name}": found.names(each.group, each.name) for each in KINDS}


def states(live: LiveAudit) -> dict[str, str]:
    return {f"{each.group}.{each.name}": live.state(each) for each in KINDS}


def asked(backup: Backup, *words: str) -> Result:
    where = ["--practice", str(backup.folder)]
    return CliRunner().invoke(cli, ["audit", "--live", *words, *where], obj={})


@both_forms
def test_after_a_restore_the_list_is_exactly_the_casualties_and_then_empty(
    tmp_path: Path, form: str
) -> None:
    backup = Backup(tmp_path, form)
    backup.run(SPOTS)
    set_id = backup.manifest.id
    of_set = exactly_what_lost_its_other_half(backup)
    platform = backup.platform
    # Before the disaster all of it is well: what a set lacks is no casualty of the platform.
    alive = audit_live(open_site(backup.settings))
    assert (alive.found.total, alive.found.not_checked) == (0, [])

    for role in ("core", "register"):
        platform.wipe(role)
    *_, last = (event for _, event in follow(start_run(backup.settings, "restore", set_id=set_id)))
    assert isinstance(last, RunFinished) and last.exit == 3, last
    hint = next(line for line in last.next if "what the gap cost" in line)
    assert hint.endswith(f"pryv-tui --practice {backup.folder} audit {set_id} --live")

    # The result and `status` name each owner as the audit does.
    whose = {f"{path} (account " for path in of_set.names("attachments", "without_event")}
    assert whose
    (warned,) = [line for line in last.warnings if line.startswith("Attached files without")]
    status = CliRunner().invoke(cli, ["status", "--practice", str(backup.folder)], obj={})
    audit = asked(backup, set_id, "--all")
    for told_of in (warned, status.output, audit.output):
        assert not [one for one in whose if one not in told_of]

    before = platform.contents()
    done = asked(backup, set_id, "--json")
    assert done.exit_code == 3
    told = json.loads(done.output)
    assert told["set"] == set_id
    assert {f"{g}.{n}": names for g in ("accounts", "attachments", "series")
            for n, names in told[g].items()} == lists(of_set)  # fmt: skip
    assert not any(told["settled"].values())
    assert told["not_checked"] == []
    assert platform.contents() == before, "it only asks"

    # Every line of the list is typed: a look or a dry run first, which changes nothing.
    listed = asked(backup, set_id, "--all").output.splitlines()
    lines = [line.strip() for line in listed if line.startswith("      ")]
    looks, acts = lines[::2], lines[1::2]
    assert len(looks) == len(acts) == of_set.total
    aside = tmp_path / "aside"
    for line in looks:
        typed(platform, line, aside)
    assert platform.contents() == before
    for line in acts:
        typed(platform, line, aside)
    assert sorted(p.relative_to(aside).as_posix() for p in aside.rglob("*") if p.is_file()) == (
        of_set.names("attachments", "without_event")
    )

    live = audit_live(open_site(backup.settings))
    assert (live.found.total, live.found.not_checked) == (0, [])
    assert set(states(live).values()) == {"empty"}
    done = asked(backup, set_id)
    assert done.exit_code == 0
    assert f"Accounts that register knows and core does not: none (2 of 2 of {set_id} settled)" in (
        done.output
    )
    assert "Nothing remains." in done.output
    # What was well is as it was: the set, read back, has the same accounts and documents.
    after = platform.contents()
    assert after["mongodb"] == before["mongodb"]
    assert after["redis"]["users"] == before["redis"]["users"] - 2


@pytest.fixture(scope="module")
def living(tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder = tmp_path_factory.mktemp("living") / "platform"
    copied.new(folder, users=3, attachments=2)
    return open_site(resolve_settings(practice=str(folder), environment={}))


def platform_of(site: Site) -> PracticePlatform:
    assert site.settings.practice is not None
    return PracticePlatform.open(Path(site.settings.practice))


@on_living
def test_each_kind_is_named_while_it_lasts(living: Site) -> None:
    platform = platform_of(living)
    places = platform._life().places
    first, second = account(1, 0), account(1, 1)
    late = account(1, 40)

    places.redis.append([("DEL", f"{first.username}:users")])
    platform._life().register(late)
    index = places.users / "user-index.db"
    with sqlite3.connect(index) as database:
        database.execute("DELETE FROM id4name WHERE username = ?", (second.username,))
    database.close()
    lost = next(places.users.rglob("attachments/*/*"))
    content = lost.read_bytes()
    lost.unlink()
    stray = lost.with_name("stray")
    stray.write_bytes(b"x")
    (lost.parent / "link").symlink_to(stray)
    places.influx.write("user.nobody", {series_key("event.gone", "value"): [(1, 2)]})
    places.influx.write("user.empty", {})

    live = audit_live(living)
    root = places.core
    user, event = lost.parents[2].name, lost.parent.name
    assert lists(live.found) == {
        "accounts.register_only": sorted([late.username, second.username]),
        "accounts.core_only": [first.username],
        "attachments.without_event": [str(stray.relative_to(root))],
        "attachments.missing": [f"{user}/{event}/{lost.name}"],
        "series.without_account": sorted([second.database, "user.empty", "user.nobody"]),
        "series.without_event": ["user.nobody/event.gone"],
    }
    assert live.found.not_checked == []
    assert set(states(live).values()) == {"remains"}
    at = str(stray.relative_to(root))
    assert live.lying == {at: [(str(root), at)]}

    lost.write_bytes(content)
    stray.unlink()
    (lost.parent / "link").unlink()
    places.influx.drop("user.nobody")
    places.influx.drop("user.empty")
    platform._life().register(first)
    RedisStore(places.redis.data).append([("DEL", f"{late.username}:users")])
    with sqlite3.connect(index) as database:
        database.execute("INSERT INTO id4name VALUES (?, ?)", (second.username, second.user_id))
    database.close()
    assert set(states(audit_live(living)).values()) == {"empty"}


ACCOUNTS = {"accounts.register_only", "accounts.core_only"}
ON_EVENTS = {"attachments.without_event", "attachments.missing", "series.without_event"}
ON_DOCUMENTS = ON_EVENTS | {"accounts.register_only"}
"""An account in core's index is usable only with its documents."""
SERIES = {"series.without_event", "series.without_account"}


@on_living
@pytest.mark.parametrize(
    ("stopped", "unknown"),
    [
        ("redis", ACCOUNTS),
        ("mongodb", ON_DOCUMENTS),
        ("influxdb", SERIES),
        ("index", ACCOUNTS | {"series.without_account"}),
        ("redis mongodb influxdb index", ACCOUNTS | ON_EVENTS | SERIES),
    ],
)
def test_what_does_not_answer_is_not_checked_and_never_none(
    living: Site, stopped: str, unknown: set[str]
) -> None:
    host = platform_of(living).hosts[0]
    index = platform_of(living)._life().places.users / "user-index.db"
    for name in stopped.split():
        if name == "index":
            index.rename(index.with_name("away"))
        else:
            host.engine.stop(f"pryvio_{name}")
    try:
        live = audit_live(living)
        done = CliRunner().invoke(
            cli, ["audit", "--live", "--practice", str(living.settings.practice)], obj={}
        )
    finally:
        for name in stopped.split():
            if name == "index":
                index.with_name("away").rename(index)
            else:
                host.engine.start(f"pryvio_{name}")
    assert {kind for kind, state in states(live).items() if state == "not checked"} == unknown
    assert set(states(live).values()) <= {"not checked", "empty"}
    assert live.found.unchecked == unknown
    assert all(item.why for item in live.found.not_checked)
    shown = live_json(live)
    assert {kind for kind, state in shown["states"].items() if state == "empty"} == (
        set(states(live)) - unknown
    )
    everything = len(unknown) == len(KINDS)
    assert done.exit_code == (1 if everything else 3)
    assert done.output.count(": not checked") == len(unknown)
    assert ("Nothing could be checked" in done.output) is everything
    assert "Nothing remains." not in done.output


@on_living
def test_a_mongodb_that_says_less_than_it_sends_is_not_believed(living: Site) -> None:
    """mongodump that ends early with exit 0, and one that dumps nothing."""
    platform = platform_of(living)
    for fault in ("mongodump-empty", "mongodump-fails", "mongodump-short"):
        platform.faults.set(fault)
        live = audit_live(living)
        platform.faults.clear()
        assert {k for k, state in states(live).items() if state == "not checked"} == ON_DOCUMENTS, (
            fault
        )
        assert live.found.total == 0


@on_living
@pytest.mark.parametrize("forgotten", ["one", "all"])
def test_whose_a_file_is_tells_the_set_where_the_live_index_has_forgotten_it(
    living: Site, forgotten: str
) -> None:
    places = platform_of(living)._life().places
    owner = next(
        one for one in map(partial(account, 1), range(3))
        if list(places.users.rglob(f"{one.user_id}/attachments/*/*"))
    )  # fmt: skip
    file = next(places.users.rglob(f"{owner.user_id}/attachments/*/*"))
    stray = file.with_name("stray")
    name = str(stray.relative_to(places.core))
    facts = {"practice": True, "domain": living.discover().domain}
    backup = set_of(manifest_of(part("single", "core", "register"), **facts))
    of_set = Audit(
        set=backup.id, not_checked=[], accounts={}, series={},
        attachments={"without_event": [name]}, people={owner.user_id: owner.username},
    )  # fmt: skip
    index = places.users / "user-index.db"
    with sqlite3.connect(index) as database:
        database.execute("PRAGMA journal_mode=DELETE")  # all of it is in that file then
    database.close()
    whole = index.read_bytes()
    stray.write_bytes(b"x")
    try:
        assert audit_live(living).found.shown(name) == f"{name} (account {owner.username})"
        if forgotten == "one":
            with sqlite3.connect(index) as database:
                database.execute("DELETE FROM id4name WHERE username = ?", (owner.username,))
            database.close()
        else:
            index.write_bytes(b"no index of anybody")
        assert audit_live(living).found.shown(name) == name, "nobody knows it there"
        live = audit_live(living, (backup, of_set)).found
        assert name in live.names("attachments", "without_event")
        assert live.shown(name) == f"{name} (account {owner.username})"
    finally:
        stray.unlink()
        index.write_bytes(whole)


@on_living
@pytest.mark.parametrize("called", [b"str\xffay", b"\xff\xfe", "stra\u00dfe\n!".encode(), b"\\xff"])
def test_an_attached_file_whose_name_is_no_text_is_found_and_cleared(
    living: Site, tmp_path: Path, called: bytes
) -> None:
    """It is told written out, and that is no name of it: by none such is it looked for again."""
    places = platform_of(living)._life().places
    folder = next(places.users.rglob("attachments/*/*")).parent
    stray = folder / os.fsdecode(called)
    stray.write_bytes(b"x")
    told = os.fsencode(stray.relative_to(places.core)).decode("utf-8", "backslashreplace")
    facts = {"practice": True, "domain": living.discover().domain}
    backup = set_of(manifest_of(part("single", "core", "register"), **facts))
    of_set = Audit(
        set=backup.id, not_checked=[], accounts={}, series={}, attachments={"without_event": [told]}
    )
    kind = next(one for one in KINDS if one.group == "attachments" and one.name == "without_event")
    try:
        live = audit_live(living, (backup, of_set))
        assert live.found.names("attachments", "without_event") == [told]
        assert live.settled(kind) == [] and live.state(kind) == "remains"
        json.dumps(live_json(live)).encode()
        commands = live.clearing(kind, told)
        assert all(line.isprintable() for line in commands)
        aside = {**os.environ, "ASIDE": str(tmp_path)}
        for line in commands:
            subprocess.run(["sh", "-c", line], check=True, env=aside, capture_output=True)
        assert not os.path.lexists(stray)
        assert [name for _at, _in, files in os.walk(os.fsencode(tmp_path)) for name in files] == [
            called
        ]
        after = audit_live(living, (backup, of_set))
        assert after.settled(kind) == [told] and after.state(kind) == "empty"
    finally:
        stray.unlink(missing_ok=True)


@on_living
def test_two_attached_files_that_are_told_alike_are_each_cleared(
    living: Site, tmp_path: Path
) -> None:
    """One has a byte that is no text, the other is called as that byte is written out."""
    places = platform_of(living)._life().places
    folder = next(places.users.rglob("attachments/*/*")).parent
    strays = [folder / os.fsdecode(one) for one in (b"x\xff", b"x\\xff")]
    for number, one in enumerate(strays):
        one.write_text(str(number))
    told = os.fsencode(strays[0].relative_to(places.core)).decode("utf-8", "backslashreplace")
    facts = {"practice": True, "domain": living.discover().domain}
    backup = set_of(manifest_of(part("single", "core", "register"), **facts))
    of_set = Audit(
        set=backup.id, not_checked=[], accounts={}, series={},
        attachments={"without_event": [told, told]},
    )  # fmt: skip
    try:
        live = audit_live(living, (backup, of_set))
        assert live.found.names("attachments", "without_event") == [told, told]
        acts = [one.strip() for one in live_lines(live, None) if one.startswith("      mkdir -p")]
        assert len(acts) == len(set(acts)) == 2
        aside = {**os.environ, "ASIDE": str(tmp_path)}
        for line in acts:
            subprocess.run(["sh", "-c", line], check=True, env=aside, capture_output=True)
        assert not any(os.path.lexists(one) for one in strays)
        moved = [tmp_path / one.relative_to(places.core) for one in strays]
        assert [one.read_text() for one in moved] == ["0", "1"]
        assert (
            audit_live(living, (backup, of_set)).found.names("attachments", "without_event") == []
        )
    finally:
        for one in strays:
            one.unlink(missing_ok=True)


@on_living
def test_nothing_is_said_while_a_restore_is_not_done(living: Site) -> None:
    root = platform_of(living).hosts[0].root_hint
    assert root is not None
    (root / ".pryv-tui").mkdir()
    write_marker(root, Marker(run="r", set_id="s", started="now"))
    with pytest.raises(PryvTuiError, match="is not done") as caught:
        audit_live(living)
    (root / ".pryv-tui/restoring.json").unlink()
    assert caught.value.name == "refused"
    assert audit_live(living).checked


@on_living
@pytest.mark.parametrize("change", [{"practice": False}, {"domain": "other.example"}], ids=str)
def test_nothing_is_compared_with_the_set_of_another_platform(
    living: Site, change: dict[str, Any]
) -> None:
    facts = {"practice": True, "domain": living.discover().domain, **change}
    backup = set_of(manifest_of(part("single", "core", "register"), **facts))
    nothing = Audit(set=backup.id, not_checked=[], accounts={}, attachments={}, series={})
    with pytest.raises(PryvTuiError, match="this") as caught:
        audit_live(living, (backup, nothing))
    assert caught.value.name == "refused"


@on_living
def test_an_audit_needs_a_set_or_the_live_platform(living: Site) -> None:
    done = CliRunner().invoke(cli, ["audit", "--practice", str(living.settings.practice)], obj={})
    assert done.exit_code == 2
