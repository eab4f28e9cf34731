"""What can't be looked at, or lies elsewhere, is not said to be gone, and ends no look."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.deployment import Deployment, HostState
from pryv_tui.hosts.engine import Mount
from pryv_tui.operations.emptied.asked import emptied_stores, with_first
from pryv_tui.operations.emptied.files import gone_of, held_by, looking_new, written_since
from pryv_tui.operations.site import Site, open_site
from pryv_tui.vault.manifest import SetHost
from pryv_tui.vault.sets import BackupSet
from tests.remedies.shell import Shell


class Ground:
    """A platform on one machine with one set, as it is found."""

    def __init__(self, folder: Path, **more: Any) -> None:
        self.shell = Shell.with_set(folder, users=3, **more)
        self.site: Site = open_site(self.shell.settings)
        self.deployment: Deployment = self.site.discover()
        (self.state,) = self.deployment.hosts
        self.backup: BackupSet = self.site.vault.sets()[-1]
        (self.part,) = self.backup.need("read").hosts
        self.root = self.state.root_path

    def gone(self, role: str = "core", **instead: Any) -> list[str]:
        part, state = instead.get("part", self.part), instead.get("state", self.state)
        return [one.what for one in gone_of(state, role, part, instead.get("backup", self.backup))]


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return Ground(tmp_path / "p")


@pytest.mark.parametrize("code", [errno.EIO, errno.ESTALE, errno.EACCES])
@pytest.mark.parametrize(
    "below",
    [
        "pryv/influxdb/data/data",
        "pryv/core/data/users/user-index.db",
        "pryv/influxdb/data/wal",
    ],
)
def test_a_disk_that_fails_is_no_loss_and_ends_no_look(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, below: str, code: int
) -> None:
    bad, real, hit = str(ground.root / below), os.stat, []
    if "influxdb" in below:
        shutil.rmtree(ground.root / "pryv/influxdb/data/data")
        (ground.root / "pryv/influxdb/data/data").mkdir()

    def stat(path: Any, **more: Any) -> os.stat_result:
        if isinstance(path, (str, os.PathLike)) and f"{os.fspath(path)}/".startswith(f"{bad}/"):
            hit.append(path)
            raise OSError(code, os.strerror(code), str(path))
        return real(path, **more)

    with monkeypatch.context() as patched:
        patched.setattr(os, "stat", stat)
        patched.setattr(os, "lstat", lambda path, **more: stat(path, follow_symlinks=False, **more))
        told = ground.gone()
    assert hit
    assert not told


def moved(state: HostState, store: str, source: str, *, volume: bool = False) -> HostState:
    """The same with a container that keeps its data in another place."""
    layout = state.layout.stores[store]
    there = Mount(source, layout.data_inside)
    containers = []
    for one in state.containers:
        if one.service == store:
            kept = tuple(m for m in one.mounts if m.destination != layout.data_inside)
            one = msgspec.structs.replace(
                one,
                mounts=kept if volume else (*kept, there),
                volumes=(there,) if volume else (),
            )
        containers.append(one)
    return msgspec.structs.replace(state, containers=tuple(containers))


@pytest.mark.parametrize(
    ("role", "store"), [("core", "mongodb"), ("core", "influxdb"), ("register", "redis")]
)
def test_a_store_that_lies_elsewhere_is_not_looked_for_in_its_usual_folder(
    ground: Ground, tmp_path: Path, role: str, store: str
) -> None:
    folder = ground.root / ground.state.layout.stores[store].data
    shutil.rmtree(folder)
    what = f"the data of {store}"
    assert ground.gone(role) == [what]
    for state in (
        moved(ground.state, store, f"/data/{store}"),
        moved(ground.state, store, "platform_data", volume=True),
    ):
        assert ground.gone(role, state=state) == []
        assert ground.gone(role, state=state, part=None, backup=None) == []
        assert not list(looking_new(state, role, ground.part, ground.backup))
        assert not list(
            emptied_stores(ground.site, state, role, ground.part, ground.backup, [store], [store])
        )
        assert not list(written_since(state, role, ground.part, ground.backup))
    # The root by another name is the same root.
    link = tmp_path / "link"
    link.symlink_to(ground.root)
    named = moved(ground.state, store, str(link / ground.state.layout.stores[store].data))
    assert ground.gone(role, state=named) == [what]


def test_before_core_had_an_index_its_attached_files_are_all_that_is_missed(
    tmp_path: Path,
) -> None:
    ground = Ground(tmp_path / "p", attachments=2)
    part: SetHost = msgspec.structs.replace(ground.part, accounts=None, attachments=2)
    shutil.rmtree(ground.root / "pryv/core/data/users")
    attached = ground.root / "pryv/core/data/attachments"
    attached.mkdir(exist_ok=True)
    # A set whose files are here tells that core had an index, whatever else it does not say.
    assert ground.gone(part=part) == ["the folder of its accounts"]
    shutil.rmtree(ground.backup.folder / part.name / "files/pryv/core/data/users")
    assert ground.gone(part=part) == []
    attached.rmdir()
    (told,) = gone_of(ground.state, "core", part, ground.backup)
    assert told.what == "the folder of its attached files"
    assert told.how == "is not there" and not told.needed


def test_a_set_that_does_not_tell_registers_own_account_apart_may_hold_that_alone(
    ground: Ground,
) -> None:
    def with_users(**holds: int) -> SetHost:
        return msgspec.structs.replace(ground.part, stores={"redis": dict(holds)})

    assert not held_by(with_users(users=1), "redis")
    assert held_by(with_users(users=2), "redis")
    assert held_by(with_users(users=1, own=0), "redis")
    assert not held_by(with_users(users=1, own=1), "redis")


@pytest.mark.parametrize(
    "error", [PryvTuiError("engine-unreachable", "it went", ""), OSError(errno.EIO, "no")]
)
def test_an_engine_that_fails_meanwhile_hides_no_loss(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    for store in ("mongodb", "redis"):
        shutil.rmtree(ground.root / ground.state.layout.stores[store].data)
    found = [
        *gone_of(ground.state, "core", ground.part, ground.backup),
        *gone_of(ground.state, "register", ground.part, ground.backup),
    ]
    assert len(found) == 2

    def fails(*_given: Any) -> bool:
        raise error

    monkeypatch.setattr(type(ground.site.host(ground.state.name).engine), "shows", fails)
    told = list(with_first(ground.site, ground.deployment, found))
    assert [one.what for one in told] == [one.what for one in found]
    assert not any(one.first for one in told)
