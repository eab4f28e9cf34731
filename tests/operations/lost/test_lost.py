"""A role that was here and is not any more is lost, whoever's the sets of the vault are, and where
there is none; one that never was here is not."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from pryv_tui import own_folder
from pryv_tui.cli.main import cli
from pryv_tui.clock import moment_of, timestamp, utc_now
from pryv_tui.operations.lost.here import had_here, missing_here, missing_now
from pryv_tui.operations.lost.seen import EVERY, NAME, note_roles, read_seen, seen_here
from pryv_tui.operations.lost.words import (
    alarm_words,
    backup_words,
    choice_words,
    note_words,
    offer_words,
    plan_words,
    restore_words,
)
from pryv_tui.operations.sets.missing_roles import NOTE_DAYS, OWN_FOLDERS, Had, missing_roles
from pryv_tui.platform.roles import RoleName
from pryv_tui.practice.platform import PracticePlatform
from tests.operations.audit.test_whose import Pair
from tests.operations.kit import host_state, platform_of
from tests.operations.overview.test_missing import rest, without_core

ROLES: tuple[RoleName, ...] = ("core", "register")
EMPTIED = "the containers are here, but no file of its own"


def words(done: Result) -> str:
    return " ".join(done.output.split())


def told(pair: Pair, *more: str) -> dict[str, Any]:
    done = pair.type("status", "--json", *more)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def empty(pair: Pair, role: RoleName) -> None:
    """The role's folders are emptied; its containers stay."""
    for root in pair.here.glob("hosts/*/root"):
        for folder in OWN_FOLDERS[role]:
            shutil.rmtree(root / folder, ignore_errors=True)


@pytest.fixture(params=["foreign", "none", "unreadable"])
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Pair, bool]:
    """A platform beside a vault that holds sets of another one alone, none, or can't be read."""
    pair = Pair(tmp_path, "cluster")
    folder = pair.site.vault.folder
    if request.param != "foreign":
        shutil.rmtree(folder)
    if request.param == "unreadable":
        folder.write_text("no folder")
    return pair, request.param == "foreign"


@pytest.mark.parametrize("role", ROLES)
def test_a_role_that_was_seen_here_is_lost_whoever_s_the_sets_are(
    vault: tuple[Pair, bool], role: RoleName
) -> None:
    pair, foreign = vault
    unreadable = pair.site.vault.folder.is_file()
    assert told(pair)["incident"] is None
    PracticePlatform.open(pair.here).wipe(role)

    found = told(pair)
    (gone,) = [one for one in found["attention"] if f"{role.capitalize()} is gone" in one["text"]]
    assert gone["level"] == "failed" and "last seen here on" in gone["text"]
    assert not any("whether this platform had" in one["text"] for one in found["attention"])
    assert found["incident"] is not None and role in json.dumps(found["incident"])
    shown = words(pair.type("status"))
    assert pair.type("status").exit_code == 3 and f"{role} is down since" in shown
    said = words(pair.type("report"))
    assert role in said and "Nothing is known to be down" not in said
    # Since when its folders tell, on the machine that had it; nothing else of it is as old.
    since = moment_of(found["incident"]["lost"])
    assert since is not None and abs(since - utc_now()) < timedelta(minutes=10)
    assert "FAILED  missing roles" in pair.type("doctor").output
    assert ("holds what was there: the vault is in doubt" in gone["text"]) is unreadable
    # Which set brings it back depends on whose they are.
    assert ("accept whose/" in gone["remedy"]) is foreign
    assert "--vault DIR" in gone["remedy"]


@pytest.mark.parametrize("role", ROLES)
def test_a_role_whose_containers_are_here_alone_opens_an_incident(
    vault: tuple[Pair, bool], role: RoleName
) -> None:
    """Nobody has looked before: the state folder is new."""
    pair, foreign = vault
    empty(pair, role)
    found = told(pair)
    (gone,) = [one for one in found["attention"] if EMPTIED in one["text"]]
    assert gone["level"] == "failed" and f"{role.capitalize()} is gone" in gone["text"]
    assert ("accept whose/" in gone["remedy"]) is foreign
    assert found["incident"] is not None
    assert f"{role} is down since" in words(pair.type("status"))


def test_what_nobody_has_seen_here_is_not_known_and_no_loss(tmp_path: Path) -> None:
    """A state folder that is new, beside a vault of a whole cluster of others."""
    pair = Pair(tmp_path, "cluster")
    PracticePlatform.open(pair.here).wipe("core")
    found = told(pair)
    assert found["incident"] is None
    assert not any("is gone" in one["text"] for one in found["attention"])
    (told_so,) = [
        one for one in found["attention"] if "whether this platform had it" in one["text"]
    ]
    assert "They hold core, of which no file is found here" in told_so["text"]
    assert "is not known" in told_so["text"]
    assert "gone" not in pair.type("doctor").output


def test_a_machine_that_never_had_register_has_not_lost_it(tmp_path: Path) -> None:
    """It has core and static web, has been looked at, and its vault holds sets of a cluster."""
    pair = Pair(tmp_path, "cluster")
    PracticePlatform.open(pair.here).wipe("register")
    for _ in range(2):
        found = told(pair)
        assert found["incident"] is None
        assert not any("Register is gone" in one["text"] for one in found["attention"])
    assert {one.role for one in read_seen(pair.site.state)} == {"core", "static-web"}


def test_a_set_that_is_accepted_brings_the_lost_role_back(tmp_path: Path) -> None:
    """What is printed is done: then the set counts, and is what the alarm names."""
    pair = Pair(tmp_path, "cluster")
    pair.type("status")
    PracticePlatform.open(pair.here).wipe("core")
    found = told(pair)
    (gone,) = [one for one in found["attention"] if "Core is gone" in one["text"]]
    assert f"accept whose/{pair.set}." in gone["remedy"]
    assert pair.type("accept", f"whose/{pair.set}").exit_code == 0
    (after,) = [one for one in told(pair)["attention"] if "Core is gone" in one["text"]]
    assert f" restore {pair.set} --confirm" in after["remedy"]
    done = pair.type("restore", pair.set, "--confirm", "practice.pryv.example", "--role", "core",
                     "--quiet")  # fmt: skip
    assert done.exit_code in (0, 3), done.output
    assert not any("is gone" in one["text"] for one in told(pair)["attention"])


def test_everything_that_was_seen_is_lost_where_no_set_is_left(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    shutil.rmtree(pair.site.vault.folder)
    pair.type("status")
    for role in ("core", "register", "static-web"):
        PracticePlatform.open(pair.here).wipe(role)
    found = told(pair)
    (gone,) = [one for one in found["attention"] if "are gone" in one["text"]]
    assert "Core, Register" in gone["text"] and gone["level"] == "failed"
    assert not any("No role of a Pryv.io platform was found" in one["text"]
                   for one in found["attention"])  # fmt: skip
    assert found["incident"] is not None


def test_a_wipe_names_the_way_to_others_sets(tmp_path: Path) -> None:
    pair = Pair(tmp_path, "cluster")
    vault = pair.here.with_name("here-vault")
    shutil.copytree(pair.site.vault.folder, vault, symlinks=True)
    words = ["practice", "wipe", str(pair.here), "core"]
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 0, done.output
    assert f"accept whose/{pair.set}" in done.output and "gone for good" not in done.output
    assert "--vault DIR" in done.output
    # And what was wiped is lost from then on, though nobody had looked before.
    (gone,) = [one for one in told(pair)["attention"] if "Core is gone" in one["text"]]
    assert f"accept whose/{pair.set}" in gone["remedy"]
    # Done as it says, it names the set.
    key = f"whose/{pair.set}"
    assert CliRunner().invoke(cli, ["accept", key, "--practice", str(pair.here)]).exit_code == 0
    again = CliRunner().invoke(cli, words)
    assert f"restore {pair.set}" in again.output, again.output


# What was seen.


def test_a_look_is_kept_and_not_written_each_time(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    site = pair.site
    note_roles(site, site.discover())
    first = read_seen(site.state)
    assert {one.role for one in first} == {"core", "register", "static-web"}
    before = (site.state / NAME).stat().st_mtime_ns
    note_roles(site, site.discover())
    assert (site.state / NAME).stat().st_mtime_ns == before
    old = timestamp(utc_now() - 2 * EVERY)
    _aged(site.state / NAME, old)
    note_roles(site, site.discover())
    again = read_seen(site.state)
    assert all(one.first == old and one.last > old for one in again)


def _aged(note: Path, at: str) -> None:
    told = json.loads(note.read_bytes())
    for one in told["roles"]:
        one["first"] = one["last"] = at
    note.write_text(json.dumps(told))


def test_what_another_platform_or_root_had_is_not_of_this_one(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    site = pair.site
    deployment = site.discover()
    note_roles(site, deployment)
    (state,) = deployment.hosts
    assert len(seen_here(site, deployment)) == 3
    elsewhere = replace(state, root=str(tmp_path))
    assert seen_here(site, replace(deployment, hosts=(elsewhere,))) == []
    # Of a root in which nothing of a role is left, what was there before tells.
    bare = replace(elsewhere, roles=())
    assert len(seen_here(site, replace(deployment, hosts=(bare,)))) == 3
    assert seen_here(site, replace(deployment, hosts=(replace(state, name="x"),))) == []
    assert seen_here(site, replace(deployment, domain="other.example")) == []
    for content in (b"", b"{", b"[]", b'{"roles":[{"v":1}]}'):
        (site.state / NAME).write_bytes(content)
        assert seen_here(site, deployment) == []


def test_while_a_run_is_at_work_nothing_is_noted(tmp_path: Path) -> None:
    """What a restore brings, and has to put back, was not here."""
    pair = Pair(tmp_path)
    from pryv_tui.operations.root.marker import Marker, write_marker

    (state,) = pair.site.discover().hosts
    run = "20260101T000000Z-restore-aaaa"
    (state.root_path / own_folder.NAME).mkdir()
    write_marker(state.root_path, Marker(run=run, set_id="x", started=""))
    pair.type("status")
    assert read_seen(pair.site.state) == ()


def test_a_backup_notes_what_it_took(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    site = pair.site
    assert read_seen(site.state) == ()
    pair.backup(pair.here)
    assert {one.role for one in seen_here(site, site.discover())} == {
        "core",
        "register",
        "static-web",
    }


def test_a_vault_that_can_not_be_read_keeps_no_loss_from_being_told(tmp_path: Path) -> None:
    pair = Pair(tmp_path, "cluster")
    site = pair.site
    note_roles(site, site.discover())
    PracticePlatform.open(pair.here).wipe("core")
    shutil.rmtree(site.vault.folder)
    site.vault.folder.write_text("no folder")
    (one,) = missing_now(site, site.discover())
    text, _ = alarm_words(one)
    assert "whether" in text.lower() and "not known" in text and "in this vault holds" not in text


def test_nothing_of_it_is_found_is_not_said_of_what_is_here_or_was_never_seen(
    tmp_path: Path,
) -> None:
    pair = Pair(tmp_path, "cluster")
    site = pair.site
    said = "nothing of it is found now"
    assert had_here(site, site.discover()) == {}
    PracticePlatform.open(pair.here).wipe("core")
    assert had_here(site, site.discover()) == {}, "nobody has seen it"
    note_roles(site, site.discover())
    PracticePlatform.open(pair.here).wipe("register")
    found = had_here(site, site.discover())
    assert {role for role, one in found.items() if said in one.words} == {"register"}
    # A role whose containers are here is found, and told by them.
    for folder in pair.here.glob("hosts/*/root/pryv/app-web-auth3"):
        shutil.rmtree(folder)
    told_so = had_here(site, site.discover())["static-web"].words
    assert said not in told_so and told_so.startswith(EMPTIED)


def test_that_no_set_holds_it_is_said_where_none_does_and_the_vault_was_read(
    tmp_path: Path,
) -> None:
    said = "No backup set of this platform in this vault holds what was there"
    pair = Pair(tmp_path, "cluster")
    site = pair.site
    note_roles(site, site.discover())
    PracticePlatform.open(pair.here).wipe("core")
    (one,) = missing_now(site, site.discover())
    assert said in alarm_words(one)[0]
    # Of a vault that can't be read it is not known.
    shutil.move(site.vault.folder, tmp_path / "aside")
    site.vault.folder.write_text("no folder")
    (one,) = missing_now(site, site.discover())
    assert said not in alarm_words(one)[0] and "is not known" in alarm_words(one)[0]
    # Once a set counts that holds it, it is named.
    site.vault.folder.unlink()
    shutil.move(tmp_path / "aside", site.vault.folder)
    assert pair.type("accept", f"whose/{pair.set}").exit_code == 0
    (one,) = missing_now(site, site.discover())
    assert said not in alarm_words(one)[0] and pair.set in alarm_words(one)[1]


# Words, and after how long it is a note.


def test_of_a_role_that_no_set_holds_each_place_says_what_is_known() -> None:
    had = Had("last seen here on 2026-01-01", ("single",), None, "Name the vault: --vault DIR")
    (one,) = missing_roles(without_core(), [], practice=False, had={"core": had})
    assert one.holder is None and one.roles == ("core",) and not one.moved
    for text in (
        *alarm_words(one),
        *note_words(one),
        *backup_words(one),
        *restore_words(one, "SET"),
        plan_words(one),
        offer_words([one]),
    ):
        assert "pryv-tui restore" not in text
    for text in (
        alarm_words(one)[0],
        note_words(one)[0],
        backup_words(one)[0],
        restore_words(one, "SET")[0],
        plan_words(one),
        offer_words([one]),
        choice_words([one], rest(1)),
    ):
        assert had.words in text
    for _, remedy in (alarm_words(one), note_words(one), backup_words(one), restore_words(one, "")):
        assert "--vault DIR" in remedy


def test_backups_without_it_for_long_make_it_a_note_too() -> None:
    from tests.operations.overview.test_missing import START

    had = Had("seen", ("single",), START, "back")

    def moved(days: int) -> bool:
        sets = [rest(1), rest(1 + days)]
        (one,) = missing_roles(without_core(), sets, practice=False, had={"core": had})
        return one.moved

    assert not moved(NOTE_DAYS) and moved(NOTE_DAYS + 1)
    # Backups of before it was seen last tell nothing.
    late = had._replace(last=START + timedelta(days=2))
    (one,) = missing_roles(without_core(), [rest(1), rest(40)], practice=False, had={"core": late})
    assert not one.moved


def test_nothing_is_lost_while_an_engine_does_not_answer() -> None:
    had = Had("seen", ("single",), None, "back")
    away = replace(host_state("single", "register"), reachable=False)
    assert missing_roles(platform_of(away), [], practice=False, had={"core": had}) == ()


def test_what_a_set_of_this_platform_holds_is_told_by_it(tmp_path: Path) -> None:
    pair = Pair(tmp_path, "cluster")
    pair.of_itself()
    (own,) = pair.site.vault.sets()
    pair.type("status")
    PracticePlatform.open(pair.here).wipe("core")
    site = pair.site
    (one,) = missing_here(site, site.discover(), site.vault.sets())
    assert one.holder is not None and one.holder.id == own.id and one.had == ""
