"""A role that a person accepted as gone from here is called lost, incomplete or gone nowhere: each
place that would say so is asked."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from pryv_tui.operations.sets.missing_roles import own_of, services_of
from pryv_tui.practice.platform import PracticePlatform
from pryv_tui.runs.recovery import first_look
from pryv_tui.tui.text.standing import backup_line, platform_line
from tests.operations.emptied.test_emptied import site_of, status
from tests.remedies.shell import Shell, commands_in, paste

WHY = "moved to another machine"
HOW = ("wiped", "running", "stopped")


def lose(shell: Shell, role: str, how: str) -> None:
    """A role goes: with its containers, under its running containers, or under stopped ones."""
    if how == "wiped":
        PracticePlatform.open(shell.platform.folder).wipe(role)
        return
    (state,) = (one for one in site_of(shell).discover().hosts if role in one.roles)
    for folder in own_of(state)[role]:
        shutil.rmtree(state.root_path / folder, ignore_errors=True)
    if how == "stopped":
        own = services_of(state, role)
        for one in [each for each in state.containers if each.service in own]:
            done = shell.type("containers", "stop", one.name, "--host", state.name)
            assert done.exit in (0, 3), done


def accept(shell: Shell, role: str) -> None:
    """The loss is seen, as an alarm, and accepted with the command that it names."""
    exit_code, found, _ = status(shell)
    assert exit_code == 3
    (told,) = [one for one in found["attention"] if one.get("key") == f"missing/{role}"]
    assert told["level"] == "failed"
    assert shell.type("accept", told["key"], "--why", WHY).exit == 0


@pytest.mark.parametrize(
    ("form", "role", "how"),
    [
        *(("cluster", "register", how) for how in HOW),
        ("cluster", "core", "stopped"),
        ("cluster", "static-web", "wiped"),
        ("single-node", "register", "stopped"),
    ],
)
def test_what_was_accepted_as_gone_is_told_as_that_everywhere(
    tmp_path: Path, form: str, role: str, how: str
) -> None:
    shell = Shell.with_set(tmp_path / "p", form=form, users=2)
    lose(shell, role, how)
    assert "gone" in platform_line(first_look(site_of(shell)).overview, 100).plain
    accept(shell, role)

    exit_code, found, said = status(shell)
    assert exit_code == 0, said
    assert [one["level"] for one in found["attention"] if one.get("key") == f"missing/{role}"] == [
        "info"
    ]
    states = {one["role"]: one["state"] for host in found["hosts"] for one in host["roles"]}
    assert states.get(role, "away") == "away"
    away = found["platform"]["roles_elsewhere"] == [role]
    assert away is (role not in states)
    assert "is down" not in said and "is up: its files" not in said

    # The interface's first lines, as the list of roles beside them.
    seen = first_look(site_of(shell), stores=True).overview
    assert seen.lost == {} and list(seen.away) == [role]
    first = platform_line(seen, 120).plain
    assert "incomplete" not in first and "gone" not in first and "down" not in first
    assert f"not here: {role}" in first and f", {role}" not in first.split("not here")[0]
    assert "WITHOUT" not in backup_line(seen).plain

    # The checks, and what a backup says before it begins.
    doctor = json.loads(shell.type("doctor", "--json").out)
    named = [one for one in doctor if role in one["text"] and one["outcome"] != "ok"]
    assert all(one["name"].startswith(("stores", "mounts", "redis")) for one in named), named
    assert not any("Bring it back" in one["remedy"] for one in doctor)
    plan = shell.type("plan", "backup").out
    assert "WITHOUT" not in plan

    # The incident: nobody says that anybody saw it serve.
    report = shell.type("report", "--format", "text").out
    assert f"A person accepted {role} as it is: from here on that counts as serving" in report
    assert f"{role} is found there and running" not in report
    assert f"No complete backup of {role}" not in report
    assert "counts as serving since" in said and "serves again since" not in said
    incident = json.loads(shell.type("report", "--format", "json").out)
    assert incident["down"][role]["since"] is None and WHY in json.dumps(incident)


def test_a_later_set_without_it_is_restored_without_a_word_of_a_loss(tmp_path: Path) -> None:
    shell = Shell.with_set(tmp_path / "p", form="cluster", users=2)
    first = shell.latest
    lose(shell, "register", "wiped")
    accept(shell, "register")
    assert shell.type("backup").exit == 0
    last = shell.latest
    assert last != first
    assert status(shell)[0] == 0
    seen = first_look(site_of(shell)).overview
    assert "WITHOUT" not in backup_line(seen).plain
    assert "To bring it back" not in shell.type("plan", "restore", last).out
    # Where no set is named, it is not one of what nobody wants back.
    refused = shell.type("restore")
    assert last in refused.err and first not in refused.err
    done = shell.type("restore", last, "--confirm", "practice.pryv.example")
    assert done.exit in (0, 3) and "To bring it back" not in done.out


def test_when_it_is_withdrawn_each_place_says_it_again(tmp_path: Path) -> None:
    shell = Shell.with_set(tmp_path / "p", form="cluster", users=2)
    lose(shell, "register", "stopped")
    accept(shell, "register")
    status(shell)
    assert shell.type("accept", "--withdraw", "missing/register").exit == 0
    exit_code, _, said = status(shell)
    assert exit_code == 3 and "register is down since" in said
    seen = first_look(site_of(shell), stores=True).overview
    assert "incomplete" in platform_line(seen, 100).plain and list(seen.lost) == ["register"]


def test_the_other_roles_are_backed_up_alone_where_its_stores_do_not_run(tmp_path: Path) -> None:
    shell = Shell.with_set(tmp_path / "p", form="cluster", users=2)
    lose(shell, "core", "stopped")
    accept(shell, "core")
    (line,) = [
        one
        for one in json.loads(shell.type("doctor", "--json").out)
        if one["name"] == "stores core"
    ]
    assert line["outcome"] == "failed" and "away from here on purpose" in line["text"]
    assert line["remedy"].startswith("Back up the other roles: pryv-tui ")
    (command,) = commands_in(line["remedy"])
    done = paste(command)
    assert done.exit in (0, 3), done
    assert "core" not in json.loads(shell.type("list", "--json").out)[-1]["roles"]
