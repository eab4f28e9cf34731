"""What a set's compose files ask for is held against what runs here: an operator sees what is more
before a restore, and nothing is said of a set of the platform's own."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

from pryv_tui.hosts.deployment import HostState
from pryv_tui.hosts.engine import Mount
from pryv_tui.operations.guards.compose import powers_guard
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.operations.site import open_site
from pryv_tui.practice.platform import PracticePlatform
from tests.hosts.machines import container
from tests.operations.kit import host_state
from tests.real.testbed.compose import Settings, config_follower_yml, config_leader_yml, pryv_yml

MORE = "the set's compose files ask for more rights than any container here has now, for "


def in_root(folder: Path, text: str, name: str = "pryv/pryv.yml") -> Path:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return folder


def here(root: Path, **more: object) -> HostState:
    return msgspec.structs.replace(host_state("single", "core", root=str(root)), **more)


def told(state: HostState, folder: Path, root: Path) -> str:
    line = powers_guard(state, folder, str(root))
    if line is None:
        return ""
    assert line.outcome == "warning" and str(folder) in line.remedy
    return line.text.removeprefix(MORE)


def templates(folder: Path) -> Path:
    """A root as the releases' templates make one, with what they let out of its walls."""
    settings = Settings(
        form="single-node",
        release="1.9.2",
        domain="pryv.example",
        roles=("core", "register", "static-web"),
        address="192.0.2.1",
        register_address="192.0.2.1",
    )
    in_root(folder, pryv_yml(settings))
    follower = config_follower_yml(settings).replace(
        "      - ./log/:/app/log/\n",
        "      - ./log/:/app/log/\n      - /var/run/docker.sock:/var/run/docker.sock\n",
    )
    assert "docker.sock" in follower
    in_root(folder, follower, "config-follower/config-follower.yml")
    leader = config_leader_yml(settings).replace(
        "networks:\n  frontend:",
        "  ssl-certificate:\n    image: i\n    container_name: pryvio_ssl_certificate\n"
        "    volumes: [./data/:/app/data/, kept:/app/kept]\n    network_mode: host\n"
        "volumes: {kept: }\nnetworks:\n  frontend:",
        1,
    )
    assert "ssl-certificate" in leader
    return in_root(folder, leader, "config-leader/config-leader.yml")


@pytest.mark.parametrize("there", ["same", "nothing", "containers"])
def test_a_set_of_ones_own_says_nothing(tmp_path: Path, there: str) -> None:
    folder, root = templates(tmp_path / "set"), tmp_path / "root"
    state = here(root)
    if there == "same":
        shutil.copytree(folder, root)
    elif there == "containers":  # the root is lost, and they stand
        core = container("core", mounts={"/dev/log": "/dev/log"})
        follower = container(
            "config_follower", mounts={"/var/run/docker.sock": "/var/run/docker.sock"}
        )
        ssl = msgspec.structs.replace(container("ssl_certificate"), powers=("network_mode host",))
        state = here(root, containers=(core, follower, ssl))
    assert told(state, folder, root) == ""


def test_nor_does_one_with_what_this_platform_has_of_its_own(tmp_path: Path) -> None:
    text = (
        "services:\n  agent: {image: i, privileged: true, volumes: ['/:/host:ro', /srv:/srv]}\n"
        "  core: {image: i, container_name: pryvio_core, pid: host}\n"
    )
    folder, root = in_root(tmp_path / "set", text), in_root(tmp_path / "root", text)
    assert told(here(root), folder, root) == ""
    # And where the root is lost, by what the engine says of its containers.
    agent = msgspec.structs.replace(
        container("agent", mounts={"/host": "/", "/srv": "/srv"}), powers=("privileged",)
    )
    core = msgspec.structs.replace(container("core"), powers=("pid host",))
    assert told(here(tmp_path / "gone", containers=(agent, core)), folder, root) == ""


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("privileged: true", "core: privileged"),
        ("volumes: ['/var/run/docker.sock:/s']", "core: mounts /var/run/docker.sock"),
        ("volumes: ['../../../etc:/x']", "core: mounts /etc"),
        ("volumes: ['${PRYV_CONF_ROOT}/../x:/x']", "core: mounts /var/x"),
        ("volumes: ['${PRYV_CONF_ROOT}/pryv/out/x:/x']", "core: mounts /etc/x"),
        ("volumes: [./up:/x]", "core: mounts /var"),
        ("volumes: [./in/core:/x, './core/data:/y']", ""),
        ("extends: base", "core: cap_add NET_ADMIN, privileged"),
        ("extends: {file: other.yml, service: far}", "core: pid host"),
        ("<<: {devices: [/dev/sda]}", "core: devices /dev/sda"),
    ],
)
def test_what_is_more_is_named(tmp_path: Path, asked: str, words: str) -> None:
    root = Path("/var/pryv")
    folder = in_root(
        tmp_path,
        f"x-base: &x {{}}\nservices:\n  core: {{image: i, {asked}}}\n"
        "  base: {image: i, privileged: true, cap_add: [NET_ADMIN]}\n",
    )
    in_root(folder, "services: {far: {image: i, pid: host}}\n", "pryv/other.yml")
    (folder / "pryv/out").symlink_to("/etc")
    (folder / "pryv/up").symlink_to("../..")
    (folder / "pryv/in").symlink_to("/var/pryv/pryv")
    state = here(root, containers=(container("core"),), root_exists=False)
    found = told(state, folder, root).replace(", base: cap_add NET_ADMIN, privileged", "")
    assert found.replace("base: cap_add NET_ADMIN, privileged", "") == words


def test_a_container_has_what_is_its_own_alone(tmp_path: Path) -> None:
    """What the follower has, core has not; and what a template gives counts for nothing where a
    container without it stands."""
    folder = in_root(
        tmp_path / "set",
        "services:\n  core: {image: i, volumes: ['/var/run/docker.sock:/s']}\n"
        "  config_follower: {image: i, volumes: ['/var/run/docker.sock:/s']}\n",
    )
    root = tmp_path / "root"
    assert told(here(root), folder, root) == "core: mounts /var/run/docker.sock"
    follower = msgspec.structs.replace(
        container("config_follower"), mounts=(Mount("/srv/x", "/x"),)
    )
    found = told(here(root, containers=(follower,)), folder, root)
    assert "config_follower: mounts" in found


def test_long_words_of_a_set_stay_short(tmp_path: Path) -> None:
    services = "".join(
        f"  s{number}: {{image: i, runtime: {'x' * 4000}}}\n" for number in range(20)
    )
    folder = in_root(tmp_path / "set", f"services:\n{services}")
    found = told(here(tmp_path / "root"), folder, tmp_path / "root")
    assert len(found) < 800
    assert found.endswith("and 16 more")


def test_the_practice_platform_says_nothing_of_its_own(tmp_path: Path) -> None:
    platform = PracticePlatform.create(tmp_path / "p", users=1, attachments=0)
    site = open_site(resolve_settings(practice=str(platform.folder), environment={}))
    (state,) = site.discover().hosts
    shutil.copytree(state.root_path, tmp_path / "set", symlinks=True)
    assert told(state, tmp_path / "set", state.root_path) == ""
    gone = msgspec.structs.replace(state, root=None, containers=())
    assert told(gone, tmp_path / "set", state.root_path) == ""
    compose = tmp_path / "set/pryv/pryv.yml"
    compose.write_text(compose.read_text().replace("restart: always", "privileged: true", 1))
    assert "privileged" in told(state, tmp_path / "set", state.root_path)


def test_what_is_too_long_to_be_shown_is_seen_to_go_on(tmp_path: Path) -> None:
    deep = "/srv/" + "/".join(["folder"] * 30)
    text = f"services:\n  core: {{image: i, container_name: pryvio_core, volumes: ['{deep}:/x']}}\n"
    said = told(here(tmp_path / "root"), in_root(tmp_path / "set", text), tmp_path / "root")
    assert "mounts /srv/folder" in said and "…" in said and deep not in said
