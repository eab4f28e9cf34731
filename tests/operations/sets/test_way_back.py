"""The command that brings a role back: no more than has to come, and one that is taken."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from pryv_tui.hosts.deployment import Deployment
from pryv_tui.hosts.discovery import discover
from pryv_tui.operations.sets.missing_roles import everything_lost
from pryv_tui.operations.sets.targets import targets_for
from pryv_tui.operations.sets.way_back import way_back
from pryv_tui.platform.roles import RoleName
from pryv_tui.vault.sets import BackupSet
from tests.hosts.machines import StillHost, machine
from tests.operations.kit import DOMAIN, host_state, manifest_of, part, platform_of, set_of

REST: tuple[RoleName, ...] = ("register", "static-web")
EVERY: tuple[RoleName, ...] = ("core", *REST)


def cluster_set(name: str = "20260101T000000Z", **more: Any) -> BackupSet:
    parts = [part(role, role) for role in EVERY]
    return set_of(manifest_of(*parts, id=name, **more))


def single_set(name: str = "20260101T000000Z", *roles: RoleName) -> BackupSet:
    return set_of(manifest_of(part("single", *(roles or EVERY)), id=name))


def cluster(*here: RoleName) -> Deployment:
    """Three machines, with what is left on them."""
    states = [
        host_state(role, *([role] if role in here else []), root=f"/r/{role}") for role in EVERY
    ]
    return platform_of(*states)


def taken(deployment: Deployment, backup: BackupSet, command: str) -> bool:
    """Whether a restore takes this command."""
    words = command.split()
    roles = [words[i + 1] for i, word in enumerate(words) if word == "--role"]
    assert words[:5] == ["pryv-tui", "restore", backup.id, "--confirm", DOMAIN]
    assert backup.manifest is not None
    return bool(targets_for(deployment, backup.manifest, roles))


@pytest.mark.parametrize("lost", [("core",), ("register",), ("core", "static-web"), EVERY])
def test_on_a_cluster_what_is_there_stays(lost: tuple[RoleName, ...]) -> None:
    deployment = cluster(*(role for role in EVERY if role not in lost))
    way = way_back(deployment, cluster_set(), lost)
    (command,) = way.commands
    named = "".join(f" --role {role}" for role in EVERY if role in lost)
    assert command.endswith(DOMAIN + (named if len(lost) < len(EVERY) else ""))
    assert (way.beside, way.first) == ((), "")
    assert taken(deployment, cluster_set(), command)


def test_what_shares_a_root_comes_too_and_is_named() -> None:
    deployment = platform_of(host_state("single", *REST))
    way = way_back(deployment, single_set(), ["core"])
    assert "--role" not in way.words
    assert way.beside == REST
    assert way.words.endswith("(with register, static-web, since they share one root in the set)")
    assert taken(deployment, single_set(), way.commands[0])


def test_a_machine_that_was_one_of_several_is_asked_which() -> None:
    """A new one, alone, with the vault of a cluster: to restore all of it there is refused."""
    alone = platform_of(host_state("fresh"))
    way = way_back(alone, cluster_set(), EVERY)
    assert [command.rpartition(" --role ")[2] for command in way.commands] == list(EVERY)
    assert all(taken(alone, cluster_set(), command) for command in way.commands)


def test_where_a_part_has_no_place_what_has_to_be_done_first_is_said() -> None:
    elsewhere = platform_of(
        host_state("one", "register", root="/r/1"), host_state("two", "static-web", root="/r/2")
    )
    way = way_back(elsewhere, cluster_set(), ["core"])
    assert way.first.startswith("Declare the host in the configuration file")
    assert "--role core" in way.words


# Nothing is left.


def nothing_left() -> Deployment:
    return platform_of(host_state("single"))


def lost(deployment: Deployment, *sets: BackupSet) -> list[tuple[str, str]]:
    return everything_lost(deployment, sets, practice=False)


def test_the_newest_set_that_holds_all_is_named() -> None:
    later = single_set("20260103T000000Z", "register")
    sets = (single_set("20260101T000000Z"), single_set("20260102T000000Z"), later)
    ((text, remedy),) = lost(nothing_left(), *sets)
    assert "20260102T000000Z" in text and "is the newest set that holds all of it" in text
    assert "20260103T000000Z is newer, but holds register alone." in text
    assert remedy == f"Bring it back: pryv-tui restore 20260102T000000Z --confirm {DOMAIN}"


def test_where_no_set_holds_all_the_newest_is_named_as_that() -> None:
    sets = (single_set("20260101T000000Z", "core"), single_set("20260102T000000Z", "register"))
    ((text, remedy),) = lost(nothing_left(), *sets)
    assert "backups hold core, register" in text
    assert "20260102T000000Z" in remedy and "holds some of it" in text
    assert "the newest set that holds all of it" not in text


def test_of_a_vault_of_several_platforms_each_is_named() -> None:
    """Nothing tells here which one this machine was."""
    found = discover([StillHost("single", [])])
    sets = (cluster_set("20260101T000000Z", domain="a.example"), single_set("20260102T000000Z"))
    told = everything_lost(found, sets, practice=False)
    assert [domain in text for domain, (text, _) in zip((DOMAIN, "a.example"), told, strict=True)]
    assert "--confirm a.example" in told[1][1]


@pytest.mark.parametrize("what", ["a role", "an engine", "a set"])
def test_it_is_said_only_where_it_is_so(what: str) -> None:
    deployment = nothing_left()
    sets: tuple[BackupSet, ...] = (single_set(),)
    if what == "a role":
        deployment = discover([StillHost("single", machine("core"))], domain=DOMAIN)
    elif what == "an engine":
        away = msgspec.structs.replace(host_state("single"), reachable=False)
        deployment = platform_of(away)
    else:
        sets = ()
    assert lost(deployment, *sets) == []


def test_a_set_that_was_found_damaged_is_not_what_brings_everything_back() -> None:
    """A restore refuses it; nor does one that is not finished, or of another platform."""
    gone = platform_of(host_state("single"))
    good, newer = single_set(), single_set("20260201T000000Z")
    assert newer.manifest is not None
    ((_, words),) = everything_lost(gone, [good, newer], practice=False)
    assert f"restore {newer.id} " in words
    for odd in (
        msgspec.structs.replace(newer, state="damaged"),
        msgspec.structs.replace(newer, state="partial"),
        msgspec.structs.replace(
            newer, manifest=msgspec.structs.replace(newer.manifest, practice=True)
        ),
    ):
        ((text, words),) = everything_lost(gone, [good, odd], practice=False)
        assert f"restore {good.id} " in words and newer.id not in text
        assert everything_lost(gone, [odd], practice=False) == []
