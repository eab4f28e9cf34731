"""What checks say of each one and of none, where it is so and where it is otherwise."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.filesystem.mounts import Below
from pryv_tui.hosts.engine import ContainerState
from pryv_tui.operations.drilling.spec import NotMade
from pryv_tui.operations.guards.disks import backup_disks
from pryv_tui.operations.guards.drill import drill_guards
from pryv_tui.operations.guards.host import mounts_guard, orphan_guard
from pryv_tui.operations.guards.restore import restore_guards
from pryv_tui.operations.sets.targets import targets_for
from pryv_tui.operations.site import open_site
from pryv_tui.platform.disks import Disk
from pryv_tui.practice.home import Home
from pryv_tui.practice.state import ProcessRecord, birth_of
from tests.claims.test_of_sandboxes import a_set
from tests.hosts.machines import StillHost
from tests.operations.guards.guarded import core_on, root_in
from tests.operations.kit import context, manifest_of, part, set_of
from tests.remedies.shell import Shell

DATA = "pryv/core/data"


@pytest.mark.parametrize("now", ["seen", "hidden", "hidden, and in a set of before"])
def test_that_it_comes_into_no_set_is_said_of_a_disk_as_long_as_another_hides_it(
    tmp_path: Path, now: str
) -> None:
    """An earlier set may hold it, and a container that was started before sees it."""
    root = root_in(tmp_path)
    hidden = now != "seen"
    mounted = Below(
        disks=(Disk(path="."), *([] if hidden else [Disk(path=DATA)])),
        hidden=(DATA,) if hidden else (),
    )
    state = msgspec.structs.replace(core_on(root), mounted=mounted)
    ctx, _heard = context(tmp_path, StillHost("core"))
    before = (Disk(path="."), Disk(path=DATA)) if "before" in now else ()
    sets = [set_of(manifest_of(part("core", "core", root=str(root), mounts=before)))]
    told = "\n".join(line.text for line in backup_disks(ctx.site, state, sets))
    assert ("no backup includes that content as long as it is hidden" in told) is (now == "hidden")
    assert ("hides its content" in told) is hidden
    assert "is in no set" not in told and "nobody" not in told


@pytest.mark.parametrize("lacks", ["", "mongodb", "core"])
def test_each_image_is_here_is_said_where_none_lacks(tmp_path: Path, lacks: str) -> None:
    ctx, backup = a_set(tmp_path)
    why = f"its image {lacks} is not on this machine, and none is pulled"
    not_made = [NotMade(service=lacks, why=why, image=lacks)] if lacks else []
    lines = drill_guards(
        ctx.site, ctx.deployment, backup, str(tmp_path / "box"), 3, not_made, services=2
    )
    told = "\n".join(line.text for line in lines)
    assert ("5 containers, each image is here" in told) is (not lacks)
    assert ("is not on this machine" in told) is bool(lacks)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell.on_new(tmp_path / "p", users=1, attachments=1)


def state_of(shell: Shell) -> Any:
    site = open_site(shell.settings)
    return site, site.discover().hosts[0]


@pytest.mark.parametrize("state", ["running", "paused", "exited"])
@pytest.mark.parametrize("left", [False, True])
def test_no_dump_is_left_is_not_said_where_one_waits_in_a_paused_container(
    shell: Shell, state: ContainerState, left: bool
) -> None:
    """What is paused goes on when the container does."""
    site, _now = state_of(shell)
    works = left and state != "exited"
    with subprocess.Popen(["sleep", "600"]) as one:
        if left:
            Home(shell.platform.folder).home_of("core").engine.add_process(
                ProcessRecord(
                    pid=one.pid,
                    born=birth_of(one.pid) or "",
                    container="pryvio_mongodb",
                    argv=("mongodump", "--out", "/app/backup"),
                )
            )
        (host,) = site.hosts
        if state == "paused":
            host.engine.pause("pryvio_mongodb")
        elif state == "exited":
            host.engine.stop("pryvio_mongodb")
        line = orphan_guard(*state_of(shell))
        one.kill()
    assert ("no dump of an earlier run is still running in a container" in line.text) is not works
    assert ("an earlier dump or restore is still running" in line.text) is works
    assert (line.outcome == "failed") is works


def replaced(folder: Path, how: str) -> None:
    """Another folder in the place of one that a container sees."""
    former = folder.with_name("former")
    folder.rename(former)
    shutil.copytree(former, folder)
    if how == "removed":
        shutil.rmtree(former)


@pytest.mark.parametrize("how", ["as it was", "renamed", "removed"])
def test_of_what_another_writes_into_a_former_folder_it_is_said_where_it_goes(
    shell: Shell, how: str
) -> None:
    """A folder that was only renamed lies in the root, and so in its copies."""
    shell.platform.add_container("files", ["pryv/mail/conf"])
    site, now = state_of(shell)
    folder = now.root_path / "pryv/mail/conf"
    (host,) = site.hosts
    host.engine.stop("pryvio_mail")
    if how != "as it was":
        replaced(folder, how)
    line = mounts_guard(*state_of(shell))
    assert ("which is not part of the platform, still uses the" in line.text) is (
        how != "as it was"
    )
    assert "no copy of the root" not in line.text
    goes = {"renamed": f"into {folder.with_name('former')}", "removed": "into that former folder"}
    if how in goes:
        assert line.text.endswith(f"and writes {goes[how]}")


Change = Callable[[Path], None]


@pytest.mark.parametrize("what", ["as it was", "data", "data, and started again", "conf"])
def test_that_a_database_may_hold_what_is_in_no_other_folder_is_said_of_one_that_lives_elsewhere(
    shell: Shell, what: str
) -> None:
    set_id = shell.backup()
    site, now = state_of(shell)
    (host,) = site.hosts
    for place in {"conf": ["conf"], "as it was": []}.get(what, ["data"]):
        replaced(now.root_path / "pryv/mongodb" / place, "renamed")
    if "again" in what:
        host.engine.stop("pryvio_mongodb")
        host.engine.start("pryvio_mongodb")
    site, _now = state_of(shell)
    deployment, backup = site.discover(), site.vault.resolve(set_id)
    lines = restore_guards(site, deployment, backup, targets_for(deployment, backup.manifest, ()))
    told = "\n".join(line.text for line in lines if line.outcome == "failed")
    lives = what == "data"
    said = "but a folder that was there before: the data may be in no other folder, and might not"
    assert (said in told) is lives
    assert "would not be found" not in told
    assert (
        any("the databases use the present folders of the root" in x.text for x in lines)
        is not lives
    )
