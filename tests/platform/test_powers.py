"""What a container may do beyond its own walls is seen, however a compose file spells it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pryv_tui.hosts.docker_facts import inspected_container
from pryv_tui.platform.powers import beyond, mounts, said_by_engine, wish_of
from pryv_tui.yaml_trees import decode_yaml

KNOWN = {"PRYV_CONF_ROOT": "/var/pryv", "EMPTY": ""}


def wished(service: str, rest: str = "") -> set[str]:
    """The powers of a service, its folders by their sources."""
    tree: Any = decode_yaml(f"services:\n  one: {service}\n{rest}".encode())
    wish = wish_of(tree["services"]["one"], tree, KNOWN)
    return {*wish.powers, *(mounts(b.source, read_only=b.read_only) for b in wish.binds)}


@pytest.mark.parametrize(
    ("service", "power"),
    [
        ("{privileged: true}", "privileged"),
        ("{privileged: 'yes'}", "privileged"),
        ("{privileged: '${P:-true}'}", "privileged"),
        ("{cap_add: [CAP_SYS_ADMIN]}", "cap_add SYS_ADMIN"),
        ("{cap_add: [all]}", "cap_add ALL"),
        ("{pid: host}", "pid host"),
        ("{pid: 'container:other'}", "pid container:other"),
        ("{ipc: host}", "ipc host"),
        ("{uts: host}", "uts host"),
        ("{userns_mode: host}", "userns_mode host"),
        ("{cgroup: host}", "cgroup host"),
        ("{network_mode: host}", "network_mode host"),
        ("{network_mode: '${N:-host}'}", "network_mode host"),
        ("{net: host}", "network_mode host"),
        ("{devices: ['/dev/mem:/dev/mem:rwm']}", "devices /dev/mem"),
        ("{device_cgroup_rules: ['a *:* rwm']}", "device_cgroup_rules a *:* rwm"),
        ("{security_opt: ['seccomp:unconfined']}", "security_opt seccomp=unconfined"),
        ("{volumes_from: ['container:other:ro']}", "volumes_from container:other:ro"),
        ("{volumes: ['/etc:/x']}", "mounts /etc"),
        ("{volumes: ['/etc:/x:ro']}", "mounts /etc (read only)"),
        ("{volumes: ['/run/docker.sock:/x']}", "mounts /var/run/docker.sock"),
        ("{volumes: [{type: bind, source: /etc, target: /x}]}", "mounts /etc"),
        ("{volumes: [{source: /etc, target: /x, read_only: true}]}", "mounts /etc (read only)"),
        ("{volumes: ['${A:-${B:-/etc}}:/x']}", "mounts /etc"),
        ("{volumes: ['~/x:/x']}", "mounts ~/x"),
        ("{env_file: /etc/shadow}", "mounts /etc/shadow (read only)"),
        (
            "{environment: [RESTIC_PASSWORD]}",
            "the variable RESTIC_PASSWORD of whoever starts it",
        ),
        ("{environment: {AWS_X: null}}", "the variable AWS_X of whoever starts it"),
        ("{command: 'curl $REDISCLI_AUTH'}", "the variable REDISCLI_AUTH of whoever starts it"),
        # Keys that nobody has thought of, or that came with a later compose.
        ("{use_api_socket: true}", "use_api_socket true"),
        ("{provider: {type: ./mine}}", "provider"),
        ("{post_start: [{command: x, privileged: true}]}", "post_start"),
        ("{runtime: sysbox}", "runtime sysbox"),
        ("{cgroup_parent: /}", "cgroup_parent /"),
        ("{build: .}", "build ."),
        ("{not_known_yet: on}", "not_known_yet on"),
    ],
)
def test_what_lets_it_out(service: str, power: str) -> None:
    assert power in wished(service)


@pytest.mark.parametrize(
    ("service", "rest", "power"),
    [
        ("{volumes: ['v:/x']}", "volumes: {v: {driver_opts: {o: bind, device: /}}}", "mounts /"),
        ("{volumes: ['v:/x']}", "volumes: {v: {external: true}}", "volume v of others"),
        ("{volumes: ['v:/x']}", "volumes: {v: {name: theirs}}", "volume theirs of others"),
        ("{volumes: ['v:/x']}", "volumes: {v: {driver: nfs}}", "driver nfs of the volume v"),
        ("{secrets: [s]}", "secrets: {s: {file: /root/key}}", "mounts /root/key (read only)"),
        (
            "{secrets: [{source: s}]}",
            "secrets: {s: {environment: PASS}}",
            "the variable PASS of whoever starts it",
        ),
        ("{configs: [c]}", "configs: {c: {file: /etc/x}}", "mounts /etc/x (read only)"),
        (
            "{networks: [n]}",
            "networks: {n: {external: true, name: host}}",
            "network host of others",
        ),
        ("{networks: {n: {}}}", "networks: {n: {name: host}}", "network host of others"),
        ("{networks: [n]}", "networks: {n: {driver: macvlan}}", "network driver macvlan"),
    ],
)
def test_what_is_declared_elsewhere_in_the_file(service: str, rest: str, power: str) -> None:
    assert power in wished(service, rest)


@pytest.mark.parametrize(
    "service",
    [
        "{image: i, restart: always, ports: ['443:443'], links: [x], depends_on: [x], x-mine: 1}",
        "{privileged: false, cap_add: [], cap_drop: [ALL], ipc: private, userns_mode: ''}",
        "{privileged: '${EMPTY:-false}', network_mode: bridge}",
        "{environment: [HOSTNAME, PRYV_CONF_ROOT, A=b], hostname: '$HOSTNAME', tmpfs: /x}",
        "{environment: {RESTIC_PASSWORD: own}}",
        "{volumes: [kept:/app/x, /app/y], networks: [frontend]}",
    ],
)
def test_what_does_not(service: str) -> None:
    rest = "volumes: {kept: }\nnetworks: {frontend: {driver: bridge, name: pryv_frontend}}"
    assert wished(service, rest) == set()


def test_an_engine_says_it_in_the_same_words() -> None:
    told = said_by_engine(
        {
            "Privileged": True,
            "CapAdd": ["CAP_SYS_ADMIN"],
            "PidMode": "host",
            "NetworkMode": "host",
            "IpcMode": "private",
            "UTSMode": "",
            "Devices": [{"PathOnHost": "/dev/mem", "PathInContainer": "/dev/mem"}],
            "SecurityOpt": ["seccomp:unconfined"],
            "VolumesFrom": None,
        }
    )
    service = (
        "{privileged: true, cap_add: [SYS_ADMIN], pid: host, network_mode: host, ipc: private,"
        " devices: ['/dev/mem:/dev/mem'], security_opt: ['seccomp=unconfined']}"
    )
    assert set(told) == wished(service)
    assert said_by_engine({"NetworkMode": "pryv_frontend", "IpcMode": "shareable"}) == ()


def test_who_may_write_may_read() -> None:
    assert beyond(["mounts /etc (read only)"], {"mounts /etc"}) == []
    assert beyond(["mounts /etc"], {"mounts /etc (read only)"}) == ["mounts /etc"]


def test_they_come_with_what_an_engine_tells_of_a_container() -> None:
    entry = {"Name": "/pryvio_core", "HostConfig": {"PidMode": "host", "Privileged": False}}
    assert inspected_container(entry).powers == ("pid host",)
    assert inspected_container({"Name": "/pryvio_core", "HostConfig": None}).powers == ()


WORDS = st.sampled_from(
    ["", "a", "/etc:/x", "true", "host", "${A:-${B}}", "a:b:ro", "~", "$", "::", "/", "bind"]
)
NAMES = st.sampled_from(
    [
        "source",
        "target",
        "type",
        "file",
        "external",
        "name",
        "driver",
        "driver_opts",
        "device",
        "path",
        "read_only",
        "v",
    ]
)
ANYTHING = st.recursive(
    st.none() | WORDS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(
    [
        *("volumes", "secrets", "configs", "networks", "environment", "env_file", "devices"),
        *("cap_add", "pid", "net", "privileged", "security_opt", "volumes_from", "build", "x-a"),
    ]
)


@given(body=st.dictionaries(KEYS, ANYTHING, max_size=4), rest=st.dictionaries(KEYS, ANYTHING))
def test_whatever_a_file_holds_in_whatever_place(
    body: dict[str, Any], rest: dict[str, Any]
) -> None:
    assert all(isinstance(power, str) for power in wish_of(body, rest, KNOWN).powers)


@pytest.mark.parametrize("environment", [[{}], [{"v": None}], [[]], {"": None}, "A", [None]])
def test_an_environment_that_is_none(environment: Any) -> None:
    assert wish_of({"environment": environment}, {}, KNOWN).powers == frozenset()
