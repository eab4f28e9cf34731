"""What checks say of nothing and of none, where it is so and where it is otherwise."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.mounts import Below
from pryv_tui.hosts.discovery import discover
from pryv_tui.hosts.engine import Container, ContainerState
from pryv_tui.operations.guards import disks as disk_guards
from pryv_tui.operations.guards.backup import backup_guards
from pryv_tui.operations.guards.disks import backup_disks, restore_disks
from pryv_tui.operations.guards.doctor import doctor
from pryv_tui.operations.guards.host import root_guard
from pryv_tui.operations.guards.line import GuardLine
from pryv_tui.operations.guards.restore import _target_root_line, restore_guards
from pryv_tui.operations.overview.serving import serving
from pryv_tui.operations.plans.restore import _effects
from pryv_tui.operations.sets.targets import Target, targets_for
from pryv_tui.platform.disks import Disk
from tests.hosts.machines import StillHost, container, machine
from tests.operations.guards.guarded import core_on, root_in
from tests.operations.kit import DOMAIN, SET, context, manifest_of, part, set_of

AWAY = PryvTuiError("engine-unreachable", "no engine", "Start it.")


def texts(lines: list[GuardLine], name: str) -> str:
    return "\n".join(line.text for line in lines if line.name.startswith(name))


@pytest.mark.parametrize("there", ["nothing", "an engine that is away", "core"])
def test_nothing_to_back_up_is_said_only_where_every_engine_was_asked(
    tmp_path: Path, there: str
) -> None:
    host = StillHost(
        "one",
        machine("core") if there == "core" else [],
        root=tmp_path / "root",
        problem=AWAY if there == "an engine that is away" else None,
    )
    ctx, _heard = context(tmp_path, host, deployment=discover([host], domain=DOMAIN))
    told = texts(backup_guards(ctx.site, ctx.deployment, ()), "roles")
    assert ("no role of a Pryv.io platform was found" in told) is (there != "core")
    assert ("there is nothing to back up" in told) is (there == "nothing")
    assert ("what runs on one is not known" in told) is (there == "an engine that is away")


@pytest.mark.parametrize(
    ("state", "said"),
    [("exited", True), ("created", True), (None, True), ("running", False), ("paused", False),
     ("restarting", False), ("away", False)],
)  # fmt: skip
def test_nothing_comes_in_is_not_said_of_what_runs_or_is_not_known(
    tmp_path: Path, state: ContainerState | None, said: bool
) -> None:
    root = tmp_path / "root"
    (root / "pryv/register/conf").mkdir(parents=True)
    services = [container("redis"), *([container("nginx", state=state)] if state else [])]
    away = AWAY if str(state) == "away" else None
    host = StillHost("register", services, root=root, problem=away)
    ctx, _heard = context(tmp_path, host, deployment=discover([host], domain=DOMAIN))
    assert ctx.deployment.roles == ("register",)
    told = texts(backup_guards(ctx.site, ctx.deployment, (), "everything"), "hold register")
    assert ("is not running: no request comes in through it" in told) is said
    assert bool(told) is (away is None), "of an engine that is away nobody says what runs"


@pytest.mark.parametrize("away", [False, True])
def test_of_an_engine_that_is_away_a_restore_does_not_say_what_is_there(
    tmp_path: Path, away: bool
) -> None:
    files = tmp_path / "vault" / SET / "one/files/pryv"
    files.mkdir(parents=True)
    (files / "pryv.yml").write_text("services: [")
    problem = AWAY if away else None

    def told(root: Path, *containers: Container) -> str:
        host = StillHost("one", containers, root=root, problem=problem)
        ctx, _heard = context(tmp_path, host, deployment=discover([host], domain=DOMAIN))
        manifest = manifest_of(part("one", "core", root=str(root)), practice=True)
        backup = set_of(manifest, str(tmp_path / "vault"))
        targets = targets_for(ctx.deployment, manifest, ())
        lines = restore_guards(ctx.site, ctx.deployment, backup, targets)
        return "\n".join(line.text for line in lines)

    (tmp_path / "empty").mkdir()
    bare = told(tmp_path / "empty")
    whole = told(root_in(tmp_path), *machine("core", root=str(tmp_path / "root")))
    assert ("core onto an empty machine" in bare) is not away
    assert ("core onto one: what runs there is not known" in bare) is away
    assert ("the databases use the present folders of the root" in bare + whole) is not away
    assert ("its containers are here, so the file is not needed now" in whole) is not away
    assert ("whether its containers are here is not known" in whole) is away


DATA = "pryv/core/data"


@pytest.mark.parametrize("told_by", ["a set", "fstab"])
@pytest.mark.parametrize("now", ["gone", "mounted", "hidden"])
def test_nothing_is_mounted_there_is_not_said_of_a_disk_that_another_mount_hides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told_by: str, now: str
) -> None:
    root = root_in(tmp_path)
    here = {"gone": (), "mounted": (DATA,), "hidden": ("pryv/core",)}[now]
    mounted = Below(
        disks=(Disk(path="."), *(Disk(path=path) for path in here)),
        hidden=(DATA,) if now == "hidden" else (),
    )
    state = msgspec.structs.replace(core_on(root), mounted=mounted)
    declared = (DATA,) if told_by == "fstab" else ()
    monkeypatch.setattr(disk_guards, "declared_below", lambda _root: declared)
    ctx, _heard = context(tmp_path, StillHost("core"))
    before = (Disk(path="."), Disk(path=DATA)) if told_by == "a set" else ()
    one = part("core", "core", root=str(root), mounts=before)
    lines = backup_disks(ctx.site, state, [set_of(manifest_of(one))])
    if told_by == "a set":
        lines += restore_disks(ctx.site, state, root, "SET", one, tmp_path)
    bad = [line for line in lines if line.outcome != "ok"]
    assert len(bad) == (0 if now == "mounted" else 2 if told_by == "a set" else 1)
    assert all(line.outcome == "failed" for line in bad), "its content would be in no set"
    for line in bad:
        by_fstab = f"{DATA} is a separate disk, but nothing is mounted there now"
        by_set = "was made, and nothing is mounted there now"
        said = by_fstab if told_by == "fstab" else by_set
        assert (said in line.text) is (now == "gone")
        assert ("it is mounted, but another mount lies over it" in line.text) is (now == "hidden")
        assert line.remedy.endswith(f"umount {root}/pryv/core") is (now == "hidden")


def test_of_a_role_that_is_up_nothing_is_to_be_done(tmp_path: Path) -> None:
    root = root_in(tmp_path)
    for store in ("mongodb", "influxdb"):
        # A database that runs has files.
        (root / f"pryv/{store}/data").mkdir(parents=True, exist_ok=True)
        (root / f"pryv/{store}/data/its-own").write_text("x", encoding="ascii")
    for nginx, up in (("running", True), ("exited", False)):
        services = [
            msgspec.structs.replace(one, state=nginx if one.service == "nginx" else "running")
            for one in machine("core", root=str(root))
        ]
        host = StillHost("core", services, root=root)
        ctx, _heard = context(tmp_path, host, deployment=discover([host], domain=DOMAIN))
        answers = {("core", "core"): ""}
        (state,) = serving(ctx.deployment, answers=answers).roles
        lines = doctor(ctx.site, ctx.deployment, answers=answers)
        (line,) = [line for line in lines if line.name == "role core core"]
        assert (state.word == "up") is up and (line.outcome == "ok") is up
        assert line.text.startswith("core on core is up") is up


@pytest.mark.parametrize("there", ["nothing", "a folder"])
def test_a_link_leads_to_nothing_is_not_said_where_something_is(tmp_path: Path, there: str) -> None:
    link, real = tmp_path / "link", tmp_path / "disk/root"
    link.symlink_to(real)
    if there == "a folder":
        root_in(real.parent)
    said = f"is a link to {real}, and nothing is there"
    for line in (root_guard(core_on(link)), _target_root_line(core_on(link), link)):
        assert (said in line.text) is (there == "nothing")
        assert line.outcome == ("failed" if there == "nothing" else "ok")


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], "nothing there has to be moved aside"),
        ([".pryv-tui"], "nothing there has to be moved aside"),
        (["pryv", "run-pryv"], "its 2 entries are moved aside"),
        (["run-pryv"], "and none of pryv, config-leader, config-follower"),
        (["lost+found"], "and none of pryv, config-leader, config-follower"),
    ],
)
def test_what_a_root_holds_that_is_restored_into(
    tmp_path: Path, names: list[str], said: str
) -> None:
    """Of `run-pryv` alone, which is Pryv.io's, nobody says that it is somebody else's."""
    for name in names:
        (tmp_path / "root" / name).mkdir(parents=True)
    (tmp_path / "root").mkdir(exist_ok=True)
    line = _target_root_line(core_on(tmp_path / "root"), tmp_path / "root")
    assert said in line.text and "none is a Pryv.io" not in line.text
    for other in ("nothing there has to be moved", "entries are moved aside", "and none of"):
        assert (other in line.text) is (other in said or said.startswith(other))


def test_of_a_root_whose_files_are_back_nothing_is_said_to_be_moved(tmp_path: Path) -> None:
    (tmp_path / "root/pryv").mkdir(parents=True)
    line = _target_root_line(core_on(tmp_path / "root"), tmp_path / "root", kept=True)
    assert line.outcome == "ok" and "moved aside" not in line.text and "they stay" in line.text
    target = Target(host="co", set_host="co", root="/r")
    for kept in ((), ("co",)):
        said = " ".join(_effects((target,), {"co": part("co", "core")}, kept))
        stays = "/r on co keeps its files, which are already copied back (core)."
        assert (stays in said) is bool(kept)
        assert ("/r on co is replaced (core)." in said) is (not kept)


@pytest.mark.parametrize("named", ["itself", "by a link"])
def test_a_fresh_disk_holds_nothing_that_would_be_moved_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    """What its file system keeps at its top stays there, and is no reason to refuse the disk."""
    disk, link = tmp_path / "disk", tmp_path / "link"
    (disk / "lost+found").mkdir(parents=True)
    link.symlink_to(disk)
    root = disk if named == "itself" else link
    mounted: Any = lambda path: str(path) == str(disk)  # noqa: E731
    monkeypatch.setattr(os.path, "ismount", mounted)
    line = _target_root_line(core_on(root), root)
    assert (line.outcome, "nothing there has to be moved aside" in line.text) == ("ok", True)
    (disk / "photos").mkdir()
    assert "holds 1 entry and none of" in _target_root_line(core_on(root), root).text
