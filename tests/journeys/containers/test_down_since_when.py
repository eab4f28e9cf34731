"""What is said of what is down: since when as far as something tells it, and what can be done."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.hosts.engine import ContainerState
from pryv_tui.operations.guards.doctor import doctor
from pryv_tui.operations.overview.overview import Overview
from pryv_tui.operations.overview.serving import Known
from pryv_tui.practice.home import Home
from tests.claims.test_of_platforms import flat
from tests.hosts.machines import StillHost, machine
from tests.journeys.restores.test_undo_sets_aside import DOMAIN
from tests.operations.guards.guarded import root_in
from tests.operations.kit import context
from tests.remedies.shell import Shell

LATER = "2031-01-02T03:04:05.000Z"


def half_way(folder: Path) -> Shell:
    """A restore that failed when its files were back."""
    shell = Shell.with_set(folder / "p", users=1, attachments=1)
    shell.platform.faults.set("mongorestore-failures")
    assert shell.type("restore", shell.latest, "--confirm", DOMAIN).exit == 1
    shell.platform.faults.clear(None)
    return shell


@pytest.mark.parametrize("meanwhile", ["nothing", "each was up", "one is gone without a word"])
def test_since_when_it_is_down_is_what_the_engine_tells_of_each(
    tmp_path: Path, meanwhile: str
) -> None:
    shell = half_way(tmp_path)
    store = Home(shell.platform.folder).home_of("core").engine
    with store.change() as held:
        for one in held.containers.values():
            if one.state == "exited" and meanwhile == "each was up":
                # Somebody started it, and it ended once more.
                one.since = LATER
    if meanwhile == "one is gone without a word":
        (journal,) = Path(shell.settings.state).glob("runs/*-restore-*/journal.jsonl")
        lines = journal.read_bytes().splitlines(keepends=True)
        torn = [b"{torn\n" if b'"owed"' in one and b"pryvio_core" in one else one for one in lines]
        assert torn != lines
        journal.write_bytes(b"".join(torn))
        with store.change() as held:
            held.containers["pryvio_core"].since = ""
    told = flat(shell.type("recover"))
    assert ("Down since 2031-01-02 03:04:05 UTC:" in told) is (meanwhile == "each was up")
    assert "Down since a time" not in told and "Down since" in told


def attention(shell: Shell, *words: str) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = json.loads(shell.type("status", "--json", *words).out)["attention"]
    return told


def down(shell: Shell, *words: str) -> list[dict[str, Any]]:
    return [one for one in attention(shell, *words) if one["text"].startswith("Down: ")]


def test_what_is_down_and_in_no_set_of_this_vault_is_brought_back_from_another(
    tmp_path: Path,
) -> None:
    shell = Shell.on_new(tmp_path / "p", form="cluster", users=1, attachments=0)
    taken = shell.backup()
    other = ("--vault", str(tmp_path / "other"))
    only = shell.type("backup", "--role", "register", "--role", "static-web", *other)
    assert only.exit == 0, only.err
    assert down(shell, *other) == []
    shell.platform.wipe("core")
    assert shell.type("status").exit == 3, "it is written down as an incident"

    # Seen here, it is gone, whatever that vault holds.
    (gone,) = [one for one in attention(shell, *other) if "Core is gone" in one["text"]]
    assert gone["level"] == "failed" and "name that vault: --vault DIR" in gone["remedy"]
    # A state folder of an earlier release has noted no role: the incident is all that tells.
    (Path(shell.settings.state) / "roles.json").unlink()
    (item,) = down(shell, *other)
    assert item["level"] == "failed" and item["text"].startswith("Down: core since")
    assert item["remedy"].startswith("Bring it back from a set that holds it, if there is one:")
    assert "adopt FOLDER" in item["remedy"]
    there = shell.type("list", *other).out
    assert "register,static-web" in there and "core,register" not in there
    here = ("--vault", shell.settings.vault)
    assert taken in shell.type("list", *here).out
    back = shell.type("restore", taken, "--confirm", DOMAIN, "--role", "core", *here)
    assert back.exit in (0, 3), back
    assert down(shell, *other) == []


@pytest.mark.parametrize("nginx", ["running", "exited"])
def test_of_a_role_that_is_there_and_down_the_doctor_says_why(
    tmp_path: Path, nginx: ContainerState
) -> None:
    """Where a person has accepted that its service does not run, nothing else is urgent."""
    root = root_in(tmp_path)
    services = [
        msgspec.structs.replace(one, state=nginx if one.service == "nginx" else "running")
        for one in machine("core", root=str(root))
    ]
    ctx, _heard = context(tmp_path, StillHost("core", services, root=root))
    answers = {("core", "core"): ""}
    seen = Overview(deployment=ctx.deployment, sets=(), last=None, attention=(), answers=answers)
    told = seen.knowing({"core": Known("2026-03-04T10:30:00.000Z")}).attention
    remedies = [item.remedy for item in told if item.text.startswith("Down: core")]
    assert remedies == ["See why: pryv-tui doctor"] * (nginx == "exited")
    lines = doctor(ctx.site, ctx.deployment, answers=answers)
    (line,) = [one for one in lines if one.name == "role core core"]
    assert ("nginx" in line.text) is (nginx == "exited")


@pytest.mark.parametrize("vault", ["empty", "of others", "can't be read"])
@pytest.mark.parametrize("form", ["cluster", "single-node"])
@pytest.mark.parametrize("lost", ["core", "register"])
def test_what_is_down_does_not_depend_on_the_vault(
    tmp_path: Path, form: str, lost: str, vault: str
) -> None:
    shell = Shell.with_set(tmp_path / "p", form=form, users=1, attachments=0)
    shell.platform.wipe(lost)
    assert shell.type("status").exit == 3, "it is written down as an incident"
    other = tmp_path / "other"
    other.mkdir()
    if vault == "of others":
        only = "register" if lost == "core" else "core"
        if form == "cluster":
            shell.type("backup", "--role", only, "--vault", str(other))
    if vault == "can't be read":
        (other / "20260101T000000Z").mkdir()
        (other / "20260101T000000Z" / "set.json").write_text("{")
    (item,) = down(shell, "--vault", str(other))
    assert item["level"] == "failed" and item["text"].startswith(f"Down: {lost} ")
    text = " ".join(shell.type("status", "--vault", str(other)).out.split())
    assert text.count(f"Down: {lost} ") == 1
