"""What is said of what a run moved, and of what a container would begin with. One story each."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pryv_tui.operations.plan import Plan
from pryv_tui.operations.sets.retention import KeepRules
from pryv_tui.operations.site import open_site
from pryv_tui.practice.home import Home
from pryv_tui.runs.planning.request import plan_prune
from pryv_tui.tui.text.plan import plan_text
from tests.claims.test_of_platforms import flat
from tests.journeys.restores.test_undo_sets_aside import DOMAIN, end_of
from tests.remedies.shell import Shell, commands_in, paste, type_in


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell.with_set(tmp_path / "p", users=1, attachments=1)


def test_that_a_run_moved_nothing_aside_is_said_of_none_that_did(shell: Shell) -> None:
    taken = end_of(shell)["run"]
    backup = flat(shell.type("undo", taken, "--confirm", DOMAIN))
    assert "it was not a restore (backup), and moved nothing aside" in backup
    backup = flat(shell.type("release", taken, "--confirm", DOMAIN))
    assert "was not a restore or an undo (backup): it moved nothing aside" in backup
    assert shell.type("restore", shell.latest, "--confirm", DOMAIN).exit == 0
    restore = end_of(shell)["run"]
    undone = shell.type("undo", restore, "--confirm", DOMAIN)
    assert undone.exit in (0, 3) and "moved nothing aside" not in flat(undone)
    gone = flat(shell.type("release", restore, "--confirm", DOMAIN))
    assert f"nothing that the run {restore} moved aside is there any more" in gone
    # Where its journal can't be read nobody knows what it had moved.
    journal = Path(shell.settings.state) / "runs" / restore / "journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(b"{torn\n" if b'"aside"' in line else line for line in lines))
    unknown = flat(shell.type("undo", restore, "--confirm", DOMAIN))
    assert "can't be read completely" in unknown and "moved nothing aside" not in unknown
    assert shell.type("restore", shell.latest, "--confirm", DOMAIN).exit == 0
    last = end_of(shell)["run"]
    there = shell.type("release", last, "--confirm", DOMAIN)
    assert there.exit == 0 and "is there any more" not in flat(there)


def test_what_lies_aside_is_not_said_to_be_gone_while_its_root_is_away(shell: Shell) -> None:
    """A disk that is not mounted looks like that."""
    assert shell.type("restore", shell.latest, "--confirm", DOMAIN).exit == 0
    run = end_of(shell)["run"]
    (root,) = [host.root_hint for host in shell.platform.hosts]
    assert root is not None
    away = root.rename(root.with_name("away"))
    told = shell.type("release", run, "--confirm", DOMAIN)
    assert told.exit == 4
    assert "moved aside still exists: on " in flat(told)
    assert "no root is found there now" in flat(told)
    assert "is there any more" not in flat(told) and "nothing to release" not in flat(told)
    (doctor,) = commands_in(told.remedy)
    assert paste(doctor).exit != 0
    away.rename(root)
    there = shell.type("release", run, "--confirm", DOMAIN)
    assert there.exit == 0 and "no root is found there now" not in flat(there)


def test_that_a_database_begins_with_nothing_is_said_where_its_files_are_not_there(
    shell: Shell,
) -> None:
    data = Home(shell.platform.folder).home_of("core").root / "pryv/mongodb/data"
    assert shell.type("containers", "stop", "mongodb").exit == 0
    whole = flat(shell.type("containers", "start", "mongodb"))
    assert "so it begins with" not in whole
    assert "The data in its folders stays there." in whole and "deleted" not in whole
    assert shell.type("containers", "stop", "mongodb").exit == 0
    kept = data.with_name("kept")
    data.rename(kept)
    data.mkdir()
    bare = flat(shell.type("containers", "start", "mongodb"))
    assert (
        f"there is nothing in its data folder {data}, so it begins with an empty database" in bare
    )
    shutil.rmtree(data)
    kept.rename(data)


def test_nothing_was_left_half_done_is_not_said_where_a_run_left_something(shell: Shell) -> None:
    assert "Nothing was left half-done." in flat(shell.type("recover"))
    shell.platform.faults.set("mongorestore-failures")
    assert shell.type("restore", shell.latest, "--confirm", DOMAIN).exit == 1
    shell.platform.faults.clear(None)
    left = flat(shell.type("recover"))
    assert "Nothing was left half-done" not in left
    assert shell.type("recover", "--roll-back", "--confirm", DOMAIN).exit in (0, 3)
    assert "Nothing was left half-done." in flat(shell.type("recover"))


def test_nothing_new_can_be_made_is_said_only_where_that_is_so(shell: Shell) -> None:
    place = str(shell.platform.folder)
    assert shell.type("containers", "stop", "core").exit == 0
    stopped = type_in("practice", "grow", place, "--users", "1")
    assert stopped.exit == 1
    assert "pryvio_core is not running on single: nothing new can be made" in flat(stopped)
    assert shell.type("containers", "start", "core").exit == 0
    runs = type_in("practice", "grow", place, "--users", "1")
    assert runs.exit == 0 and "nothing new can be made" not in flat(runs)
    shell.platform.wipe("core")
    gone = flat(type_in("practice", "grow", place, "--users", "1"))
    assert "has no container of" in gone and ": nothing new can be made" in gone


def test_the_sets_that_are_kept_lose_nothing_and_are_not_called_whole(shell: Shell) -> None:
    """Files that they share with one that is removed are theirs as well."""
    first, last = shell.latest, shell.backup()
    told = plan_text(plan_of_prune(shell), commands=False).plain
    assert "The sets that are kept lose nothing" in " ".join(told.split())
    done = shell.type("prune", "--keep-last", "1", "--confirm", DOMAIN)
    assert done.exit == 0 and first not in vault_of(shell) and last in vault_of(shell)
    whole = shell.type("verify", last)
    assert whole.exit == 0, whole
    none = plan_text(plan_of_prune(shell), commands=False).plain
    assert "Nothing is to be done." in none
    damaged = next((Path(shell.settings.vault) / last).rglob("*.conf"))
    damaged.chmod(0o600)
    damaged.write_text("something else")
    assert shell.type("verify", last).exit == 1, "it is looked at"
    kept = " ".join(plan_text(plan_of_prune(shell), commands=False).plain.split())
    assert f"Kept: {last}: it is damaged" in kept and "stay whole" not in kept


def vault_of(shell: Shell) -> list[str]:
    return sorted(one.name for one in Path(shell.settings.vault).iterdir())


def plan_of_prune(shell: Shell) -> Plan:
    site = open_site(shell.settings)
    return plan_prune(site, site.discover(), KeepRules(last=1))
