"""One core of several is lost, or register goes back: the accounts of a core that is not here are
told apart, to the name, and nobody is told to free them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.audit.other_cores import WHAT
from pryv_tui.practice.harm.silent import free_names, half_account, sign_up_elsewhere
from pryv_tui.practice.home import Home
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.practice.stores.redis import RedisStore
from tests.remedies.shell import Shell

DOMAIN = "practice.pryv.example"
CO2 = f"co2.{DOMAIN}"


class Cluster:
    """A cluster of which only the first core is declared here, and what was made since its set."""

    def __init__(self, folder: Path) -> None:
        self.shell = Shell.on_new(folder / "p", form="cluster", users=4, attachments=2)
        self.before = set(sign_up_elsewhere(self.folder, 2))
        self.set = self.shell.backup()

    @property
    def folder(self) -> Path:
        return self.shell.platform.folder

    @property
    def registered(self) -> set[str]:
        root = Home(self.folder).home_of("register").root
        keys = RedisStore(root / "pryv/redis/data").load()
        return {key.decode().removesuffix(":users") for key in keys if key.endswith(b":users")}

    def grow(self, users: int) -> set[str]:
        """Accounts of the core that is here."""
        before = self.registered
        PracticePlatform.open(self.folder).grow(users=users)
        return self.registered - before

    def elsewhere(self, users: int) -> set[str]:
        return set(sign_up_elsewhere(self.folder, users))

    def planned(self, *roles: str) -> tuple[dict[str, Any], str]:
        """What a restore of some roles would make of accounts, as data and in words."""
        words = [word for role in roles for word in ("--role", role)]
        told = self.shell.type("plan", "restore", self.set, *words, "--json")
        assert told.exit == 0, told
        (chosen,) = [one for one in json.loads(told.out)["comparison"]["outcomes"] if one["chosen"]]
        text = self.shell.type("plan", "restore", self.set, *words).out
        return chosen, " ".join(text.split())

    def audited(self) -> tuple[dict[str, Any], str]:
        told = self.shell.type("audit", "--live", "--json")
        text = self.shell.type("audit", "--live").out
        return json.loads(told.out), text


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    return Cluster(tmp_path)


def names(outcome: dict[str, Any], what: str) -> set[str]:
    return set(outcome[what]["names"] or ())


def test_a_set_counts_none_of_another_core_as_a_casualty(cluster: Cluster) -> None:
    told = cluster.shell.type("audit", cluster.set, "--json")
    assert told.exit == 0, told
    found = json.loads(told.out)
    assert found["accounts"]["register_only"] == []
    (other,) = [one["why"] for one in found["not_checked"] if one["what"] == WHAT]
    assert other.startswith("2 accounts (") and f"another core ({CO2}): not asked" in other
    text = cluster.shell.type("audit", cluster.set).out
    assert "no casualty was found in what was checked" in text
    assert "each account, attachment and series has its other half" not in text
    assert "curl" not in text


def test_the_live_audit_strands_none_of_them_and_calls_none_safe(cluster: Cluster) -> None:
    found, text = cluster.audited()
    assert found["accounts"]["register_only"] == []
    assert "Nothing remains." not in text and "not asked" in text and CO2 in text
    # One that really is stranded beside them is named, alone.
    half = half_account(cluster.folder)
    found, text = cluster.audited()
    assert found["accounts"]["register_only"] == [half]
    assert all(f"/users/{name}?" not in text for name in cluster.before)
    # Who frees what is stranded does not free them.
    assert free_names(cluster.folder) == [half]
    assert cluster.before <= cluster.registered


def test_core_lost_with_accounts_on_another_core(cluster: Cluster) -> None:
    ours, theirs = cluster.grow(3), cluster.elsewhere(2)
    PracticePlatform.open(cluster.folder).wipe("core")
    chosen, text = cluster.planned("core")
    assert names(chosen, "stranded") == ours
    assert names(chosen, "gone") == names(chosen, "exposed") == set()
    assert names(chosen, "elsewhere") == cluster.before | theirs
    assert chosen["hosts"] == [CO2]
    assert "4 accounts" in text and f"are on another core ({CO2}): not asked" in text

    both, _ = cluster.planned("core", "register")
    # With register too, ours are gone; the newer ones of the other core look free.
    assert names(both, "gone") == ours and names(both, "stranded") == set()
    assert names(both, "exposed") == theirs

    done = cluster.shell.type("restore", cluster.set, "--confirm", DOMAIN, "--role", "core")
    assert done.exit == 3, done
    found, said = cluster.audited()
    assert set(found["accounts"]["register_only"]) == ours
    assert all(f"/users/{name}?" not in done.out + said for name in cluster.before | theirs)
    assert "nothing lacks its other half" not in done.out


def test_register_restored_with_newer_accounts_of_another_core(cluster: Cluster) -> None:
    """Their names look free, and whoever takes one has its core delete the data."""
    ours, theirs = cluster.grow(1), cluster.elsewhere(3)
    chosen, text = cluster.planned("register")
    assert names(chosen, "exposed") == ours | theirs
    assert names(chosen, "gone") == names(chosen, "stranded") == set()
    assert "4 names" in text and "would look free" in text
    assert f"3 on another core ({CO2}), not asked" in text


def test_register_gone_what_another_core_got_since_is_not_known(cluster: Cluster) -> None:
    ours, theirs = cluster.grow(1), cluster.elsewhere(3)
    PracticePlatform.open(cluster.folder).wipe("register")
    chosen, text = cluster.planned("register")
    assert names(chosen, "exposed") == ours
    assert chosen["exposed"]["why"], "nobody can tell of the other core's"
    assert not any(name in text for name in theirs)
    assert f"it is not known what another core got since then ({CO2})" in text


def test_both_cores_lost_at_once(cluster: Cluster) -> None:
    """The other one's machine is not declared here: of it nothing is said but that."""
    ours, theirs = cluster.grow(2), cluster.elsewhere(1)
    for role in ("core", "register"):
        PracticePlatform.open(cluster.folder).wipe(role)
    chosen, text = cluster.planned("core", "register")
    assert names(chosen, "stranded") == set()
    assert names(chosen, "elsewhere") == cluster.before
    assert "not asked" in text
    assert not any(name in text for name in ours | theirs)
    assert "No account would be stranded, left open to others, or gone." not in text
    done = cluster.shell.type(
        "restore", cluster.set, "--confirm", DOMAIN, "--role", "core", "--role", "register"
    )
    assert done.exit in (0, 3), done
    found, said = cluster.audited()
    assert found["accounts"]["register_only"] == []
    assert "Nothing remains." not in said and CO2 in said


@pytest.mark.parametrize("look", ["plan", "audit"])
def test_where_register_does_not_say_where_they_are_nobody_is_stranded_for_sure(
    cluster: Cluster, look: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = cluster.grow(1)

    def refuses(*_args: object) -> Callable[..., Any]:
        raise PryvTuiError("step-failed", "NOPERM this user has no permissions to run mget")

    monkeypatch.setattr("pryv_tui.operations.audit.live_stores.user_servers", refuses)
    if look == "audit":
        found, text = cluster.audited()
        assert found["accounts"]["register_only"] == []
        assert "accounts.register_only" in found["not_checked"][0]["kinds"]
        assert "it can't be asked which core they are on: NOPERM" in text
        return
    chosen, text = cluster.planned("core")
    assert ours <= names(chosen, "stranded")
    assert "it can't be asked whether they are on other cores" in chosen["stranded"]["fewer"]
