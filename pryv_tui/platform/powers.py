"""A container's rights beyond its own isolation, read from a compose file or the engine. Pure.

Whoever makes a container with these rights, or with a folder of the machine mounted into it, can do
there what root can. Each release of compose adds keys that give rights. So every key that is not
known to be harmless is reported (compose-spec, 05-services.md).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from pryv_tui.platform.compose_text import filled, variables_of

READ_ONLY = " (read only)"
_MOUNTS = "mounts "

_HARMLESS = frozenset(
    re.findall(
        r"\w+",
        """
    annotations attach blkio_config cap_drop command container_name cpu_count cpu_percent
    cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpus cpuset depends_on deploy
    dns dns_opt dns_search domainname entrypoint env_file environment expose extends
    external_links extra_hosts healthcheck hostname image init ip labels links log_driver
    log_opt logging mac_address mem_limit mem_reservation mem_swappiness memswap_limit net
    oom_kill_disable oom_score_adj pids_limit platform ports profiles pull_policy
    pull_refresh_after read_only restart scale shm_size stdin_open stop_grace_period
    stop_signal tmpfs tty ulimits user working_dir
    """,
    )
)
"""Keys of a service that give no rights beyond its isolation.

What these keys publish or run is not judged here.
"""
_FOLDERS = frozenset(("volumes", "secrets", "configs"))
_NOTHING: tuple[Any, ...] = (None, "", "false", "False", [], {})
_OWN_SPACES = {
    "pid": (),
    "ipc": ("private", "shareable", "none"),
    "uts": (),
    "cgroup": ("private",),
    "userns_mode": (),
    "network_mode": ("bridge", "none", "default"),
    "security_opt": ("no-new-privileges", "no-new-privileges=true"),
}
"""Values of a key that keep a container isolated."""

SECRETS = (
    *("AWS_", "AZURE_", "B2_", "GOOGLE_", "OS_", "ST_", "RESTIC_", "RCLONE_"),
    *("REDISCLI_AUTH", "DOCKER_AUTH_CONFIG", "SSH_AUTH_SOCK"),
)
"""Prefixes of environment variables with the credentials of whoever starts a container."""

VENDORS: dict[str, frozenset[str]] = {
    "core": frozenset(("mounts /dev/log",)),
    "core_router": frozenset(("mounts /dev/log",)),
    "config_follower": frozenset(("mounts /var/run/docker.sock",)),
    "ssl_certificate": frozenset(("network_mode host",)),
}
"""For each service, the rights in the releases' own templates (config-template-pryv.io,
1.6-1.9)."""


class Bind(NamedTuple):
    """A folder or file of the machine that is mounted into a container."""

    source: str
    """The path as the file gives it, variables filled in: absolute, or relative to the compose
    file."""
    read_only: bool = False


class Wish(NamedTuple):
    """The rights and mounts that a service asks for."""

    powers: frozenset[str] = frozenset()
    binds: frozenset[Bind] = frozenset()

    def __or__(self, other: Wish) -> Wish:
        return Wish(self.powers | other.powers, self.binds | other.binds)


def wish_of(body: Mapping[str, Any], tree: Mapping[str, Any], known: Mapping[str, str]) -> Wish:
    """What a service of a compose file asks for, not counting what it inherits with `extends`.

    Args:
        body: the service's own part of the file.
        tree: the whole file.
        known: the variables and their values.

    Raises:
        TooLong: see `filled`.
    """
    powers: set[str] = set()
    binds: set[Bind] = set()
    for key, value in body.items():
        if key in _FOLDERS:
            for each in _each(value):
                _take_folder(key, each, tree, known, powers, binds)
        elif key == "networks":
            for name in value if isinstance(value, list | dict) else ():
                powers.update(_network(str(name), tree, known))
        elif key not in _HARMLESS and not key.startswith("x-") and value not in _NOTHING:
            powers.update(_words(key, value, known))
    # `net` is the older name of `network_mode` (file format 1).
    if body.get("net"):
        powers.update(_words("network_mode", body["net"], known))
    passed = [each for each in _each(body.get("environment")) if isinstance(each, str)]
    passed += [
        str(each["source"])
        for each in _each(body.get("environment"))
        if isinstance(each, dict) and each.get("source") and each.get("target") is None
    ]
    for name in {*variables_of(body), *passed}:
        if name.startswith(SECRETS) and "=" not in name:
            powers.add(f"the variable {name} of whoever starts it")
    for file in _env_files(body):
        binds.add(Bind(filled(file, known), read_only=True))
    return Wish(frozenset(powers), frozenset(binds))


def mounts(path: str, *, read_only: bool = False) -> str:
    """The right to mount a folder or file of the machine outside the root, in words."""
    # `/var/run` is a link to `/run` on every machine with systemd.
    place = "/var" + path if path == "/run" or path.startswith("/run/") else path
    return _MOUNTS + place + (READ_ONLY if read_only else "")


def said_by_engine(host_config: Mapping[str, Any]) -> tuple[str, ...]:
    """The rights of an existing container, except its mounts, from the engine's `HostConfig`."""
    found: set[str] = {"privileged"} if host_config.get("Privileged") else set()
    for key, name in (
        ("cap_add", "CapAdd"),
        ("security_opt", "SecurityOpt"),
        ("volumes_from", "VolumesFrom"),
        ("device_cgroup_rules", "DeviceCgroupRules"),
    ):
        found |= _words(key, list(map(str, host_config.get(name) or ())), {})
    devices = host_config.get("Devices") or ()
    found |= _words("devices", [str(one.get("PathOnHost", "")) for one in devices], {})
    for key, name in (
        ("pid", "PidMode"),
        ("ipc", "IpcMode"),
        ("uts", "UTSMode"),
        ("userns_mode", "UsernsMode"),
        ("network_mode", "NetworkMode"),
    ):
        value = str(host_config.get(name) or "")
        # The engine gives its own and compose's networks by name here; these are no right.
        if key == "network_mode" and value != "host" and not value.startswith("container:"):
            continue
        if value:
            found |= _words(key, value, {})
    return tuple(sorted(found))


def beyond(wanted: Iterable[str], there: Collection[str]) -> list[str]:
    """The wanted rights that are not in `there`; a right to write includes the right to read."""
    return sorted(
        power
        for power in wanted
        if power not in there and power.removesuffix(READ_ONLY) not in there
    )


def _each(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [{"source": name, "target": goal} for name, goal in value.items()]
    return list(value) if isinstance(value, list) else [value] if value is not None else []


def _words(key: str, value: Any, known: Mapping[str, str]) -> set[str]:
    """A key with each of its values, as rights."""
    own = _OWN_SPACES.get(key, ())
    found = set()
    for each in value if isinstance(value, list) else [value]:
        text = "" if isinstance(each, dict | list) else filled(str(each), known).strip()
        if key == "security_opt":
            text = text.replace(":", "=", 1)
        elif key in ("devices", "volumes_from"):
            text = text.partition(":")[0] if not text.startswith("container:") else text
        elif key == "cap_add":
            text = text.upper().removeprefix("CAP_")
        elif key == "privileged":
            text = "" if text.lower() in ("true", "yes", "on", "1") else text
            if text.lower() in ("no", "off", "0", "false"):
                continue
        if text.lower() not in own:
            found.add(f"{key} {text}".strip())
    return found


def _take_folder(
    key: str,
    each: Any,
    tree: Mapping[str, Any],
    known: Mapping[str, str],
    powers: set[str],
    binds: set[Bind],
) -> None:
    """Add the mounts and rights of one entry of `volumes`, `secrets` or `configs`."""
    read_only = key != "volumes"
    if isinstance(each, dict):
        source = filled(str(each.get("source") or ""), known)
        read_only |= str(each.get("read_only") or "").lower() in ("true", "yes", "on", "1")
        kind = str(each.get("type") or "")
        if kind == "bind" or (key == "volumes" and not kind and _is_place(source)):
            binds.add(Bind(source, read_only))
            return
        if kind not in ("", "volume", "tmpfs"):
            powers.add(f"{kind} {source}".strip())
            return
    else:
        parts = filled(str(each or ""), known).split(":")
        source = parts[0] if len(parts) > 1 or key != "volumes" else ""
        read_only |= len(parts) > 2 and "ro" in parts[-1].split(",")
        if key == "volumes" and _is_place(source):
            binds.add(Bind(source, read_only))
            return
    declared = (tree.get(key) or {}) if isinstance(tree, Mapping) else {}
    told = declared.get(source) if isinstance(declared, Mapping) else None
    for device in _devices(told):
        binds.add(Bind(filled(device, known), read_only))
    powers.update(_foreign(key, source, told, known))


def _is_place(source: str) -> bool:
    """Whether a volume's source is a path, not a name (compose-spec, 05-services.md, `volumes`)."""
    return source[:1] in ("/", ".", "~", "$")


def _devices(told: Any) -> Iterator[str]:
    """The paths on this machine that a declared volume, secret or config stands for."""
    if not isinstance(told, Mapping):
        return
    if told.get("file"):
        yield str(told["file"])
    options = told.get("driver_opts")
    if isinstance(options, Mapping) and options.get("device"):
        yield str(options["device"])


def _foreign(key: str, name: str, told: Any, known: Mapping[str, str]) -> Iterator[str]:
    """The rights of a declared volume, secret or config that belongs to others."""
    if not isinstance(told, Mapping):
        return
    if told.get("external") not in _NOTHING or told.get("name"):
        yield f"{key.removesuffix('s')} {filled(str(told.get('name') or name), known)} of others"
    if told.get("driver") not in (*_NOTHING, "local"):
        yield f"driver {told['driver']} of the {key.removesuffix('s')} {name}"
    if told.get("environment"):  # a secret or a config can be a variable
        yield f"the variable {told['environment']} of whoever starts it"


def _network(name: str, tree: Mapping[str, Any], known: Mapping[str, str]) -> Iterator[str]:
    """The rights of a network that belongs to the machine or to others.

    A declared network may also be named `host`.
    """
    declared = tree.get("networks")
    told = declared.get(name) if isinstance(declared, Mapping) else None
    told = told if isinstance(told, Mapping) else {}
    called = filled(str(told.get("name") or name), known)
    if told.get("external") not in _NOTHING or called == "host":
        yield f"network {called} of others"
    if told.get("driver") not in (*_NOTHING, "bridge"):
        yield f"network driver {filled(str(told['driver']), known)}"


def _env_files(body: Mapping[str, Any]) -> Iterator[str]:
    listed = body.get("env_file")
    for each in listed if isinstance(listed, list) else [listed] if listed else ():
        path = each.get("path") if isinstance(each, Mapping) else each
        if path:
            yield str(path)
