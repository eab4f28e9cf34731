"""A small platform all of whose accounts were renewed since: its old sets are its own where they
were made here, of the very root that is here; else a person says so."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pryv_tui.operations.audit.made_here import made_here
from pryv_tui.operations.audit.whose import Asked, compared, key_of_set
from pryv_tui.operations.comparing.theirs import told_apart
from pryv_tui.practice.home import Home
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.practice.stores.redis import RedisStore
from pryv_tui.vault.lists.same_source import still_there
from tests.operations.audit.test_whose import Pair

DOMAIN = "practice.pryv.example"


def renew(pair: Pair) -> None:
    """Every account is deleted, on core and register, and as many others are made."""
    home = Home(pair.here)
    store = RedisStore(home.home_of("register").root / "pryv/redis/data")
    gone = [key.decode() for key in store.load()]
    names = {key.removesuffix(":users") for key in gone if key.endswith(":users")}
    names -= {"wactiv"}
    doomed = [key for key in gone if key.rpartition(":")[0] in names]
    store.append([("DEL", *doomed)])
    with closing(sqlite3.connect(pair.index)) as database:
        database.execute("DELETE FROM id4name")
        database.commit()
    PracticePlatform.open(pair.here).grow(users=len(names))


@pytest.fixture
def renewed(tmp_path: Path) -> Pair:
    pair = Pair(tmp_path)
    pair.of_itself()
    renew(pair)
    return pair


def asked(pair: Pair) -> tuple[bool | None, str]:
    site = pair.site
    told = compared(Asked(site, site.discover()), site.vault.resolve(pair.set))
    return told.same, told.why


def copied(pair: Pair) -> None:
    """The root's files are what they were, and other files: copied there and back."""
    (root,) = pair.here.glob("hosts/*/root")
    for path in sorted(root.rglob("*")):
        if path.is_file() and not path.is_symlink():
            again = path.with_name(path.name + ".again")
            shutil.copy2(path, again)
            again.replace(path)


def test_a_set_that_was_made_here_of_this_root_is_its_own(renewed: Pair) -> None:
    same, why = asked(renewed)
    assert same is True and "made from this very root" in why
    assert "none of the set's 4 accounts is among the 4" in why
    site = renewed.site
    assert told_apart(site, site.discover(), site.vault.sets()).others == {}
    said = renewed.type("status").output
    assert "none of this platform" not in said and renewed.set in said
    done = renewed.type("restore", renewed.set, "--confirm", DOMAIN, "--quiet")
    assert done.exit_code in (0, 3), done.output


def test_where_the_root_is_another_one_it_is_asked_and_the_way_out_is_one(renewed: Pair) -> None:
    """Its files were copied since: accounts alone tell. What is printed is done in that state."""
    copied(renewed)
    assert asked(renewed)[0] is False
    refused = renewed.type("restore", renewed.set, "--confirm", DOMAIN)
    assert refused.exit_code == 4 and f"accept whose/{renewed.set}" in refused.output
    assert "none of this platform" in renewed.type("status").output
    assert renewed.type("accept", key_of_set(renewed.set)).exit_code == 0
    assert "none of this platform" not in renewed.type("status").output
    done = renewed.type("restore", renewed.set, "--confirm", DOMAIN, "--quiet")
    assert done.exit_code in (0, 3), done.output
    assert asked(renewed)[0] is True


def test_a_platform_made_anew_in_the_same_place_does_not_have_it(tmp_path: Path) -> None:
    """With the very state folder in which its run is written down."""
    pair = Pair(tmp_path)
    pair.of_itself()
    assert made_here(pair.site, pair.site.discover(), pair.site.vault.resolve(pair.set))
    shutil.rmtree(pair.here)
    PracticePlatform.create(pair.here, form="single-node", users=4, attachments=2, seed=2001)
    assert (pair.site.state / "runs").is_dir()
    assert asked(pair)[0] is False


def test_a_state_folder_that_knows_nothing_of_the_run_does_not_tell_it(renewed: Pair) -> None:
    state = renewed.site.state
    shutil.move(state / "runs", state / "elsewhere")
    assert asked(renewed)[0] is False
    # One that was copied beside another root does not, either.
    shutil.move(state / "elsewhere", state / "runs")
    assert asked(renewed)[0] is True
    copied(renewed)
    assert asked(renewed)[0] is False


def test_a_set_that_names_another_root_or_no_run_does_not_tell_it(renewed: Pair) -> None:
    from msgspec.structs import replace

    site = renewed.site
    deployment, backup = site.discover(), site.vault.resolve(renewed.set)
    assert backup.manifest is not None
    assert made_here(site, deployment, backup)
    (part,) = backup.manifest.hosts
    for change in (
        {"run": ""},
        {"run": "../runs"},
        {"hosts": (replace(part, root="/elsewhere"),)},
        {"hosts": (replace(part, name="other"),)},
    ):
        other = replace(backup, manifest=replace(backup.manifest, **change))
        assert made_here(site, deployment, other) == "", change


@pytest.mark.parametrize("spoilt", ["INDEX", "SHA256SUMS"])
def test_lists_that_can_not_be_read_tell_nothing(renewed: Pair, spoilt: str) -> None:
    part = renewed.site.vault.resolve(renewed.set).host_folder("single")
    (root,) = renewed.here.glob("hosts/*/root")
    assert still_there(part, root)
    path = part / spoilt
    for content in (
        b"",
        b"nothing\n",
        b"walk x\n",
        b"walk 0\ns 1\n",
        b"walk 0\ns 1 2 3 4 5\n",
    ):
        path.chmod(0o600)
        path.write_bytes(content)
        assert still_there(part, root) == ""


def test_a_file_with_two_names_tells_nothing(renewed: Pair, tmp_path: Path) -> None:
    """Two platforms of one machine may share it."""
    part = renewed.site.vault.resolve(renewed.set).host_folder("single")
    (root,) = renewed.here.glob("hosts/*/root")
    first = still_there(part, root)
    os.link(root / first, tmp_path / "other-name")
    assert still_there(part, root) != first
