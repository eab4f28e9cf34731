"""A store that was emptied while it ran, and can't be asked any more: what its server said is told
until something else is seen."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.emptied import asked
from pryv_tui.operations.emptied.told import NAME, read_told
from pryv_tui.runs.recovery import first_look
from pryv_tui.tui.text.standing import platform_line
from tests.operations.emptied.test_accepted import SERVICES
from tests.operations.emptied.test_emptied import (
    CORE,
    DOMAIN,
    REGISTER,
    empty,
    role_in,
    root_of,
    site_of,
    status,
)
from tests.operations.emptied.test_emptied_while_it_runs import GONE, PLACES
from tests.remedies.shell import Shell

ROLES = [CORE, REGISTER]
STORES = {CORE: "mongodb", REGISTER: "redis"}


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell.with_set(tmp_path / "p", form="cluster", users=12)


def switch(shell: Shell, act: str, role: str) -> None:
    done = shell.type("containers", act, SERVICES[role], "--host", role)
    assert done.exit in (0, 3), done


def emptied(shell: Shell, role: str) -> None:
    """A store is emptied where it is, and that is seen."""
    GONE[role][0](shell)
    exit_code, _, said = status(shell)
    assert exit_code == 3 and f"{GONE[role][1]} gone (" in said


def kept_saying(shell: Shell, role: str) -> dict[str, Any]:
    """What each place says of the loss of a store that can't be asked; the alarm of `status`."""
    what, store = GONE[role][1], STORES[role]
    exit_code, found, said = status(shell)
    assert exit_code == 3 and f"{what} gone, as far as is known (" in said, said
    assert f"held none of the data of {shell.latest} when its server was last asked (" in said
    assert "its server can't be asked now" in said
    (told,) = [one for one in found["attention"] if one.get("key") == f"gone/{role}/{role}"]
    assert told["level"] == "failed" and shell.latest in told["remedy"]
    assert any(one["why"] == "no_data" for one in role_in(found, role)["lacks"])
    doctor = shell.type("doctor")
    assert doctor.exit != 0 and f"FAILED  data {role} {role}" in doctor.out
    assert f"whether {store} holds" not in doctor.out + said
    seen = first_look(site_of(shell), stores=True).overview
    assert f"{what} gone" in platform_line(seen, 200).plain
    return dict(told)


@pytest.mark.parametrize("role", ROLES)
def test_what_was_emptied_and_stopped_is_said_to_be_gone(shell: Shell, role: str) -> None:
    emptied(shell, role)
    switch(shell, "stop", role)
    kept_saying(shell, role)
    # Each later look says it too, and so does one that asks no store.
    kept_saying(shell, role)
    quiet = first_look(site_of(shell)).overview
    assert [one.service for one in quiet.data.gone] == [STORES[role]]
    # Started again, its server is asked: it is the loss that it was.
    switch(shell, "start", role)
    _, _, said = status(shell)
    assert "as far as is known" not in said and f"{GONE[role][1]} gone (" in said


@pytest.mark.parametrize("role", ROLES)
def test_what_made_itself_anew_and_was_stopped_is_said_to_be_gone(shell: Shell, role: str) -> None:
    empty(root_of(shell, role) / PLACES[role])
    switch(shell, "restart", role)
    assert status(shell)[0] == 3
    switch(shell, "stop", role)
    kept_saying(shell, role)


@pytest.mark.parametrize("role", ROLES)
def test_what_runs_and_does_not_answer_any_more_is_said_to_be_gone(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    emptied(shell, role)

    def silent(*_given: Any, **_more: Any) -> Any:
        raise PryvTuiError("step-failed", "it wants a password", "")

    monkeypatch.setattr(asked, "ask_owners", silent)
    monkeypatch.setattr(asked, "registered_now", silent)
    kept_saying(shell, role)


@pytest.mark.parametrize("role", ROLES)
def test_it_ends_where_the_store_holds_something_again(shell: Shell, role: str) -> None:
    folder = root_of(shell, role) / PLACES[role]
    before = folder.parent / "before"
    shutil.copytree(folder, before)
    emptied(shell, role)
    switch(shell, "stop", role)
    kept_saying(shell, role)
    # Somebody puts the former files there; they are as old as the set.
    shutil.rmtree(folder)
    before.rename(folder)
    switch(shell, "start", role)
    exit_code, _, said = status(shell)
    assert exit_code == 0 and "held none of the data of" not in said, said
    assert read_told(site_of(shell).state) == ()
    switch(shell, "stop", role)
    assert "gone" not in status(shell)[2].partition("Incident")[0]


@pytest.mark.parametrize("role", ROLES)
def test_it_ends_with_a_restore_that_nobody_looked_at(shell: Shell, role: str) -> None:
    emptied(shell, role)
    done = shell.type("restore", shell.latest, "--role", role, "--confirm", DOMAIN)
    assert done.exit in (0, 3), done
    switch(shell, "stop", role)
    _, found, said = status(shell)
    assert not any(one.get("key") == f"gone/{role}/{role}" for one in found["attention"]), said


@pytest.mark.parametrize("role", ROLES)
def test_what_was_accepted_stays_accepted_while_the_store_is_stopped(
    shell: Shell, role: str
) -> None:
    emptied(shell, role)
    assert shell.type("accept", f"gone/{role}/{role}").exit == 0
    switch(shell, "stop", role)
    _, found, _ = status(shell)
    (told,) = [one for one in found["attention"] if one.get("key") == f"gone/{role}/{role}"]
    assert told["level"] == "info"


def test_a_damaged_record_tells_nothing_and_stops_nobody(shell: Shell) -> None:
    emptied(shell, CORE)
    path = Path(shell.settings.state) / NAME
    assert json.loads(path.read_text())["told"]
    path.write_text('{"format": 1, "told": [{}]}')
    assert read_told(site_of(shell).state) == ()
    status(shell)
    assert len(read_told(site_of(shell).state)) == 1
