"""Whose a container is: by its mounts, labels and image, whatever it is called."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from pryv_tui.filesystem.mounts import Mounted, other_ways
from pryv_tui.hosts import ownership
from pryv_tui.hosts.discovery import discover, discover_host
from pryv_tui.hosts.engine import Container, ContainerState, Mount
from pryv_tui.hosts.ownership import CONFIG_FILES, WORKING_DIR, relation, sort_out
from pryv_tui.platform.release import told_release
from pryv_tui.sanitize import one_line
from tests.hosts.machines import StillHost, container, machine

ROOT = "/var/pryv"


def made(
    name: str,
    image: str = "filebrowser/filebrowser:v2",
    *mounts: str,
    labels: Mapping[str, str] | None = None,
    state: ContainerState = "running",
) -> Container:
    """A container; a mount is written `source:inside` or `source:inside:ro`."""
    return Container(
        name=name,
        image=one_line(image),
        state=state,
        mounts=tuple(Mount(m.split(":")[0], m.split(":")[1], m.endswith(":ro")) for m in mounts),
        labels={key: one_line(text) for key, text in (labels or {}).items()},
    )


def labels(service: str, root: str = ROOT) -> dict[str, str]:
    return {
        "com.docker.compose.service": service,
        WORKING_DIR: f"{root}/pryv",
        CONFIG_FILES: f"{root}/pryv/pryv.yml",
    }


CORE = f"{ROOT}/pryv/core/conf:/app/conf:ro"


@pytest.mark.parametrize(
    "found",
    [
        made("0123456789ab_pryvio_core", "pryvio/core:1.9.2", CORE),
        made("ab12cd34ef56_0123456789ab_pryvio_core", "pryvio/core:1.9.2", CORE),
        made("pryv-core-1", "pryvio/core:1.9.2", labels=labels("core")),
        made("my_core", "registry.corp:5000/acme:7", CORE),
        made("whatever", "sha256:0123", labels=labels("core")),
        made("pryvio_core", "pryvio/core:1.9.2"),
    ],
    ids=lambda c: c.name,
)
def test_a_service_is_known_whatever_its_container_is_called(found: Container) -> None:
    sorted_out = sort_out([*machine("register"), found], ROOT)
    assert found.name in [c.name for c in sorted_out.ours]
    assert next(c for c in sorted_out.ours if c.name == found.name).service == "core"
    assert not sorted_out.others


@pytest.mark.parametrize(
    ("found", "in_the_way"),
    [
        (made("files", "x", f"{ROOT}/pryv/core/data:/srv"), True),
        (made("pryvio_backup_old", "x", f"{ROOT}/pryv:/data"), True),
        (made("exporter", "x", f"{ROOT}/pryv/nginx/log:/logs:ro"), True),
        (made("cron", "x", f"{ROOT}:/pryv"), True),
        (made("agent", "x", "/var:/host/var"), True),
        (made("node-exporter", "x", "/:/host:ro"), False),
        (made("reader", "x", f"{ROOT}/:/pryv:ro"), False),
        (made("pryv-standin", "pryvio/mongodb:1.9.2", f"{ROOT}/pryv/core/data:/srv"), True),
        (made("mon-nginx-1", "nginx", f"{ROOT}/pryv/nginx/log:/var/log/nginx",
              labels=labels("nginx", "/opt/monitoring")), True),
    ],
    ids=lambda x: x.name if isinstance(x, Container) else "",
)  # fmt: skip
def test_who_has_the_root_or_a_part_of_it_mounted_is_found(
    found: Container, in_the_way: bool
) -> None:
    sorted_out = sort_out([*machine("single-node"), found], ROOT)
    (other,) = sorted_out.others
    assert other.name == found.name
    assert other.in_the_way is in_the_way
    assert found.name not in [c.name for c in sorted_out.ours]
    assert found.name in other.words and found.mounts[0].source in other.words


@pytest.mark.parametrize(
    "found",
    [
        made("pryvio_backup_old", "busybox"),
        made("pryvio_backup_old", "busybox", "/srv/old:/old"),
        made("redis", "redis:7", "/opt/app/redis:/data", labels={"com.docker.compose.service":
                                                                "redis"}),
        made("web", "nginx", "/var/pryv-other/www:/www"),
        made("socket", "x", "/var/run/docker.sock:/var/run/docker.sock"),
    ],
    ids=lambda c: c.name,
)  # fmt: skip
def test_what_has_nothing_to_do_with_the_root_is_left_out(found: Container) -> None:
    sorted_out = sort_out([*machine("single-node"), found], ROOT)
    assert not sorted_out.others
    assert found.name not in [c.name for c in sorted_out.ours]


def test_a_volume_that_stands_for_a_folder_of_the_root_counts() -> None:
    found = msgspec.structs.replace(
        made("files"),
        volumes=(Mount("data", "/srv"),),
        volume_folders=(Mount(f"{ROOT}/pryv/core/data", "/srv"),),
    )
    (other,) = sort_out([*machine("core"), found], ROOT).others
    assert other.in_the_way


def test_a_root_that_is_reached_through_a_link_is_the_same_root(tmp_path: Path) -> None:
    (tmp_path / "real/pryv").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    found = made("files", "x", f"{tmp_path}/real/pryv:/srv")
    (other,) = sort_out([found], str(tmp_path / "link")).others
    assert other.part
    assert relation(str(tmp_path / "link/pryv"), (str(tmp_path / "real"),)) == "part"


MOUNTED = [
    ("8:1", "/", "/"),
    ("8:1", "/data/pryv", "/var/pryv"),  # the root is a folder of the first, bound to its place
    ("8:17", "/", "/var/pryv/pryv/core/data"),  # a disk of its own, mounted twice
    ("8:17", "/", "/mnt/large"),
    ("8:1", "/data/pryv/pryv/nginx/log", "/srv/logs"),
    ("8:33", "/", "/mnt/other"),
]


@pytest.mark.parametrize(
    ("source", "how"),
    [
        ("/data/pryv/pryv/mail/conf", "part"),
        ("/data/pryv", "root"),
        ("/data", "above"),
        ("/mnt/large", "part"),
        ("/mnt/large/users", "part"),
        ("/mnt", "above"),
        ("/srv/logs", "part"),
        ("/mnt/other", None),
        ("/data/pryv-other", None),
        ("/srv/log", None),
    ],
)
def test_a_folder_that_is_mounted_elsewhere_too_is_the_same_folder(
    monkeypatch: pytest.MonkeyPatch, source: str, how: str | None
) -> None:
    """By its path alone such a container has nothing to do with the root."""
    every = [
        Mounted(number=n, point=Path(point), inner=inner, kind="ext4", source="x",
                read_only=False, device=device)
        for n, (device, inner, point) in enumerate(MOUNTED)
    ]  # fmt: skip
    monkeypatch.setattr(ownership, "other_ways_here", lambda root: other_ways(root, every))
    found = sort_out([*machine("core"), made("files", "x", f"{source}:/srv")], ROOT)
    others = [one for one in found.others if one.name == "files"]
    assert [one.in_the_way for one in others] == ([True] if how else [])
    assert [one.part for one in others] == ([how == "part"] if how else [])


def test_the_program_s_own_container_is_never_in_the_way() -> None:
    own = msgspec.structs.replace(made("pryv-tui", "x", f"{ROOT}:{ROOT}"), own=True)
    (other,) = sort_out([*machine("core"), own], ROOT).others
    assert not other.in_the_way


def test_another_installation_on_the_same_engine_is_nobody_s_business() -> None:
    theirs = [
        made(f"two-{service}-1", f"pryvio/{service}:1.7.0",
             f"/srv/two/pryv/{service}/conf:/app/conf")
        for service in ("core", "register", "nginx")
    ]  # fmt: skip
    state = discover_host(StillHost("m", [*machine("single-node"), *theirs], root=Path(ROOT)))
    assert not {c.name for c in state.containers} & {c.name for c in theirs}
    assert state.others == ()
    assert state.release == "1.9.2"
    assert state.disagreements == ()
    unsaid = discover_host(StillHost("m", [*machine("single-node"), *theirs]))
    assert unsaid.root == ROOT
    assert "/srv/two" in " ".join(unsaid.disagreements), "nobody said which one is meant"


def test_the_other_of_two_installations_can_be_meant() -> None:
    theirs = [
        made(f"second-{c.service}-1", c.image,
             *(f"{m.source.replace(ROOT, '/srv/two')}:{m.destination}" for m in c.mounts))
        for c in machine("core")
    ]  # fmt: skip
    state = discover_host(StillHost("m", [*machine("single-node"), *theirs], root=Path("/srv/two")))
    assert state.roles == ("core",)
    assert {c.name for c in state.containers} == {c.name for c in theirs}
    assert state.name_of("mongodb") == "second-mongodb-1"
    assert state.layout.stores["mongodb"].container == "second-mongodb-1"


def test_of_two_that_compose_left_the_one_that_runs_counts() -> None:
    """The one that it meant to replace, and the one that it could not start."""
    old = made("0123456789ab_pryvio_core", "pryvio/core:1.9.2", CORE)
    new = made("pryvio_core", "pryvio/core:1.9.2", CORE, state="created")
    rest = [c for c in machine("core") if c.service != "core"]
    state = discover_host(StillHost("m", [*rest, old, new], root=Path(ROOT)))
    assert state.name_of("core") == old.name
    assert old.name in state.running and new.name not in state.running


@pytest.mark.parametrize("state", ["restarting", "created", "exited", "dead"])
def test_what_runs_says_the_release_where_an_update_went_half_way(state: ContainerState) -> None:
    """The new one can't start while the old one holds its files, and is tried again for ever."""
    old = made("0123456789ab_pryvio_core", "pryvio/core:1.8.1", CORE)
    new = made("pryvio_core", "pryvio/core:1.9.2", CORE, state=state)
    rest = [c for c in machine("core") if c.service != "core"]
    found = discover_host(StillHost("m", [*rest, old, new], root=Path(ROOT)))
    assert (found.name_of("core"), found.release) == (old.name, "1.8.1")


def test_cores_of_different_releases_are_told_with_their_machines() -> None:
    """A cluster that is being updated; what register says is no core's word."""
    hosts = [
        StillHost("co1", machine("core", release="1.6.23"), root=Path("/r/1")),
        StillHost("co2", machine("core", release="1.6.21"), root=Path("/r/2")),
        StillHost("reg", machine("register", release="1.6.20"), root=Path("/r/3")),
    ]
    found = discover(hosts)
    assert found.release == "1.6.23"
    assert found.releases["core on co2"] == "1.6.21"
    told = told_release(found.release, found.releases)
    assert told.startswith("1.6.23 (1.6.20: register") and "core on co2" in told
    assert "core on co1" not in told


def test_containers_that_call_the_root_otherwise_are_still_the_platform_s() -> None:
    state = discover_host(StillHost("m", machine("core"), root=Path("/mnt/machine-1")))
    assert len(state.containers) == len(machine("core"))
    assert state.mount_root == ROOT


def test_a_known_name_in_another_installation_is_not_ours() -> None:
    ours = [msgspec.structs.replace(c, name=f"one-{c.service}-1") for c in machine("core")]
    theirs = container("core", root="/srv/two", mounts={"/app/conf": "pryv/core/conf"})
    found = sort_out([*ours, theirs], ROOT)
    assert theirs.name not in [c.name for c in found.ours]
    assert found.elsewhere == {"/srv/two": 1}
