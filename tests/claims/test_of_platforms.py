"""What commands say of all and of nothing, on practice platforms where it is otherwise."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import msgspec
import pytest

from pryv_tui.operations.activity import GoingOn
from pryv_tui.operations.guards.busy import busy_guard
from pryv_tui.operations.guards.host import inside_guard
from pryv_tui.operations.root.kept import Story, undone_words
from tests.journeys.restores.test_undo_sets_aside import DOMAIN, end_of
from tests.operations.kit import deployed
from tests.operations.overview.served import on_each
from tests.remedies.shell import Said, Shell


def flat(said: Said) -> str:
    return " ".join((said.out + said.err).split())


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A platform with a set; tests leave it as it is, or say what they made of it."""
    return Shell.with_set(tmp_path_factory.mktemp("claims") / "p", users=1, attachments=1)


def test_nothing_is_deleted_is_not_said_where_the_rest_of_a_backup_is_removed(
    shell: Shell,
) -> None:
    vault = Path(shell.settings.vault)
    rest = vault / "20200101T000000Z.partial"
    shutil.copytree(vault / shell.latest, rest, symlinks=True)
    told = flat(shell.type("plan", "backup"))
    assert "Nothing of the platform is deleted." in told and "Nothing is deleted" not in told
    before = shell.platform.contents()
    shell.backup()
    assert shell.platform.contents() == before
    shutil.rmtree(rest, ignore_errors=True)


def test_no_more_is_said_of_users_than_that_no_service_of_theirs_stops(shell: Shell) -> None:
    told = flat(shell.type("plan", "backup"))
    assert "no service that users need is stopped or held" in told
    assert "notice nothing" not in told
    held = flat(shell.type("plan", "backup", "--hold", "registrations"))
    assert "no service that users need is stopped" not in held
    assert (
        "then all requests are let in again, even if the run has died" in held
        and "whatever happens" not in held
    )
    assert "Nothing else is stopped" in held and "All else goes on" not in held


def test_what_else_may_begin_while_a_run_holds_the_platform(shell: Shell) -> None:
    """A check holds nothing: it begins beside whoever does."""
    text = busy_guard(GoingOn(run="R", kind="restore", since="")).text
    assert "no other run can begin" not in text
    assert "no other run that needs the platform for itself can begin before it has ended" in text
    assert shell.type("verify", "latest").exit == 0


def test_only_here_is_not_said_surely_of_what_a_set_may_hold(tmp_path: Path) -> None:
    """A set was made between the restore and its undo: it holds what the undo sets aside."""
    made = Shell.on_new(tmp_path / "p", users=1, attachments=1)
    first = made.backup()
    assert made.type("restore", first, "--confirm", DOMAIN).exit == 0
    run = end_of(made)["run"]
    made.platform.grow(users=1, attachments=0)
    later = made.backup()
    assert made.type("undo", run, "--confirm", DOMAIN).exit in (0, 3)
    (warning,) = [line for line in end_of(made)["warnings"] if "is moved aside: " in line]
    assert f"the later set {later} may hold a part of it" in warning
    assert "everything written after that set exists only in the content moved aside" in warning
    assert "no set of the vault holds it" not in warning
    for story in (
        Story(kind="undo", set_id="S"),
        Story(kind="restore", set_id="S", outcome="failed"),
    ):
        words = " ".join(undone_words("R", story, "release R"))
        assert "may exist only here" in words and "exists only here" not in words


@pytest.mark.parametrize("what", ["another platform's", "damaged"])
def test_a_set_that_is_none_of_the_platforms_is_not_said_to_hold_it(
    tmp_path: Path, what: str
) -> None:
    made = Shell.on_new(tmp_path / "p", users=1, attachments=1)
    first = made.backup()
    assert made.type("restore", first, "--confirm", DOMAIN).exit == 0
    run = end_of(made)["run"]
    made.platform.grow(users=1, attachments=0)
    later = Path(made.settings.vault) / made.backup()
    page = later / "set.json"
    known = json.loads(page.read_bytes())
    if what == "damaged":
        page.write_bytes(b"{")
    else:
        page.write_text(json.dumps({**known, "domain": "other.example"}))
    assert made.type("undo", run, "--confirm", DOMAIN).exit in (0, 3)
    (warning,) = [line for line in end_of(made)["warnings"] if "is moved aside: " in line]
    # Runs of the same second have names that begin like the set's.
    assert not re.search(rf"{later.name}(?!-)", warning)
    assert ("no set of the vault holds it: it exists only in the content" in warning) is (
        what != "damaged"
    )
    assert ("1 more can't be used and was not checked" in warning) is (what == "damaged")


def test_all_is_not_said_of_what_containers_keep_within_themselves() -> None:
    state = deployed("single-node").hosts[0]
    told = inside_guard(state).text
    assert "all that the containers keep" not in told
    assert told.startswith("every folder that is mounted into the containers lies under the root")
    elsewhere = on_each(
        deployed("single-node"),
        lambda c: msgspec.structs.replace(
            c,
            mounts=tuple(
                msgspec.structs.replace(m, source=f"/elsewhere{m.source}") for m in c.mounts
            ),
        ),
        "core",
    ).hosts[0]
    assert "every folder that is mounted into the containers" not in inside_guard(elsewhere).text
