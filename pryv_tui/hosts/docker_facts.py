"""Turn an engine's answers into this program's types. Pure, except for reads of `/proc`."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from typing import Any, cast, get_args
from urllib.parse import urlsplit

from pryv_tui.hosts.engine import NO_RESTART, STOP_SECONDS, Container, ContainerState, Mount
from pryv_tui.platform.powers import said_by_engine
from pryv_tui.reading import read_whole
from pryv_tui.sanitize import OneLine, one_line

_GIVEN_FILES = ("/etc/hostname", "/etc/hosts", "/etc/resolv.conf")
_OWN = re.compile(r"/(?:overlay-)?containers/([0-9a-f]{64})/")


def name_of(entry: dict[str, Any]) -> str:
    """The name of a container in the engine's list.

    Legacy links add further names, `/other/alias`. The container's own name has one slash at most.
    """
    names = [str(name).lstrip("/") for name in entry.get("Names") or []]
    return next((name for name in names if "/" not in name), names[0] if names else "")


def volume_device(volume: dict[str, Any]) -> str:
    """The host folder behind a volume that is really a bind mount; empty for other volumes.

    Source: docs.docker.com, "docker volume create", options of the local driver: `type=none`,
    `o=bind`, `device=/folder`.
    """
    options = volume.get("Options") or {}
    device = str(options.get("device") or "")
    bound = any(word in ("bind", "rbind") for word in str(options.get("o") or "").split(","))
    return device if bound and device.startswith("/") else ""


def own_container() -> str:
    """The id of the container that this program runs in; empty if it does not run in one.

    Source: Docker and podman mount `hostname`, `hosts` and `resolv.conf` from the container's own
    folder, whose name is the id.
    """
    try:
        text = read_whole("/proc/self/mountinfo").decode("utf-8", "replace")
    except OSError:
        return ""
    for line in text.splitlines():
        fields = line.split(" ")
        ours = len(fields) > 4 and fields[4] in _GIVEN_FILES
        match = _OWN.search(fields[3]) if ours else None
        if match is not None:
            return match[1]
    return ""


def state_of(entry: dict[str, Any]) -> ContainerState:
    """The state of a container in the engine's list."""
    return _state(str(entry.get("State", "")))


def listed_container(entry: dict[str, Any], devices: dict[str, str]) -> Container:
    """A container with only the facts in the engine's list."""
    return Container(
        name=name_of(entry),
        id=one_line(str(entry.get("Id") or "")),
        image=one_line(str(entry.get("Image", ""))),
        image_digest=one_line(str(entry.get("ImageID", ""))),
        state=state_of(entry),
        labels=_labels(entry.get("Labels")),
        mounts=_binds(entry),
        volumes=_volumes(entry),
        volume_folders=_volume_folders(entry, devices),
    )


def _labels(told: Any) -> dict[str, OneLine]:
    return {one_line(str(key)): one_line(str(text)) for key, text in (told or {}).items()}


def inspected_container(
    entry: dict[str, Any], devices: dict[str, str] | None = None, own: str = ""
) -> Container:
    """A container with all facts that the engine has.

    Args:
        entry: the engine's answer to an inspect.
        devices: host folders behind volumes, by the volumes' names.
        own: the id of the container that this program runs in; empty if none.
    """
    state = entry.get("State") or {}
    config = entry.get("Config") or {}
    status = str(state.get("Status", "created"))
    since = state.get("StartedAt") if state.get("Running") else state.get("FinishedAt")
    networks = (entry.get("NetworkSettings") or {}).get("Networks") or {}
    return Container(
        name=str(entry.get("Name", "")).lstrip("/"),
        id=one_line(str(entry.get("Id") or "")),
        image=one_line(str(config.get("Image", ""))),
        image_digest=one_line(str(entry.get("Image", ""))),
        state=_state(status),
        since=one_line(_time(since)),
        restarts=int(entry.get("RestartCount", 0)),
        exit_code=state.get("ExitCode") if not state.get("Running") else None,
        restart_policy=one_line(_restart_policy(entry)),
        mounts=_binds(entry),
        labels=_labels(config.get("Labels")),
        environment=dict(item.partition("=")[::2] for item in config.get("Env") or []),
        addresses=tuple(
            one_line(str(n["IPAddress"])) for n in networks.values() if n.get("IPAddress")
        ),
        health=one_line(str((state.get("Health") or {}).get("Status") or "")),
        networks=tuple(
            one_line(" ".join(filter(None, (name, n.get("IPAddress")))))
            for name, n in networks.items()
        ),
        ports=tuple(map(one_line, _ports(entry))),
        command=(
            *((str(entry["Path"]),) if entry.get("Path") else ()),
            *map(str, entry.get("Args") or ()),
        ),
        volumes=_volumes(entry),
        volume_folders=_volume_folders(entry, devices or {}),
        own=bool(own) and str(entry.get("Id", "")) == own,
        powers=tuple(map(one_line, said_by_engine(entry.get("HostConfig") or {}))),
        passing=bool((entry.get("HostConfig") or {}).get("AutoRemove")),
    )


def _state(status: str) -> ContainerState:
    """Turn an engine's word for a state into one of `ContainerState`; `dead` for an unknown word.

    Source: podman's `libpod/define/containerstate.go` has more states than Docker.
    """
    words: dict[str, ContainerState] = {
        "configured": "created",
        "initialized": "created",
        "stopped": "exited",
        "stopping": "running",
    }
    known = get_args(ContainerState)
    return cast(ContainerState, status) if status in known else words.get(status, "dead")


def _binds(entry: dict[str, Any]) -> tuple[Mount, ...]:
    return tuple(
        Mount(m.get("Source", ""), m.get("Destination", ""), not m.get("RW", True))
        for m in entry.get("Mounts") or []
        if m.get("Type") == "bind"
    )


def _volumes(entry: dict[str, Any]) -> tuple[Mount, ...]:
    return tuple(
        Mount(m.get("Name") or m.get("Type", ""), m.get("Destination", ""), not m.get("RW", True))
        for m in entry.get("Mounts") or []
        if m.get("Type") != "bind"
    )


def _volume_folders(entry: dict[str, Any], devices: dict[str, str]) -> tuple[Mount, ...]:
    found = []
    for mount in entry.get("Mounts") or []:
        folder = devices.get(str(mount.get("Name") or "")) or str(mount.get("Source") or "")
        if mount.get("Type") == "volume" and folder.startswith("/"):
            found.append(Mount(folder, mount.get("Destination", ""), not mount.get("RW", True)))
    return tuple(found)


def _ports(entry: dict[str, Any]) -> tuple[str, ...]:
    """Published ports as `docker ps` writes them; none while the container is stopped."""
    found = []
    for inside, doors in ((entry.get("NetworkSettings") or {}).get("Ports") or {}).items():
        for door in doors or []:
            host = str(door.get("HostIp") or "")
            address = f"[{host}]" if ":" in host else host
            found.append(f"{address}:{door.get('HostPort', '')}->{inside}")
    return tuple(found)


def _restart_policy(entry: dict[str, Any]) -> str:
    told = (entry.get("HostConfig") or {}).get("RestartPolicy") or {}
    name, most = str(told.get("Name") or NO_RESTART), told.get("MaximumRetryCount") or 0
    return f"{name}:{most}" if most else name


def stop_seconds(facts: dict[str, Any]) -> int:
    """Seconds that a container's program gets to end by itself after a stop.

    From `StopTimeout` (in compose files `stop_grace_period`). A negative value means for ever; it
    is treated as two minutes.
    """
    told = (facts.get("Config") or {}).get("StopTimeout")
    if not isinstance(told, int):
        return STOP_SECONDS
    return told if told >= 0 else 120


def _time(text: str | None) -> str:
    """Docker's nanosecond time as RFC 3339 in UTC to the second; empty for Docker's zero time."""
    if not text or text.startswith("0001"):
        return ""
    try:
        moment = datetime.fromisoformat(text[:19]).replace(tzinfo=UTC)
    except ValueError:
        return ""
    return moment.isoformat().replace("+00:00", "Z")


def doors_of(facts: dict[str, Any], url: str) -> list[tuple[str, int]]:
    """Addresses and ports at which a container's port 443 can be reached, the most likely first.

    A container's own address can only be reached from the engine's machine. From elsewhere it is
    the port that the engine publishes, on the address of the engine.
    """
    network = facts.get("NetworkSettings", {})
    there = urlsplit(url).hostname
    doors: list[tuple[str, int]] = []
    for published in (network.get("Ports") or {}).get("443/tcp") or []:
        address = str(published.get("HostIp") or "")
        if address in ("", "0.0.0.0", "::"):
            address = there or "127.0.0.1"
        doors.append((address, int(published["HostPort"])))
    if there is None:
        networks = (network.get("Networks") or {}).values()
        doors = [(n["IPAddress"], 443) for n in networks if n.get("IPAddress")] + doors
    return doors


def lives_since(pid: int, moment: float) -> bool:
    """Whether a container's first process is running and began before a given time.

    Works only for an engine of this machine. The first process has the number 1 in the container.

    Args:
        pid: the process's number on this machine.
        moment: seconds of this machine's `CLOCK_BOOTTIME`.
    """
    if inner_pid(pid) != 1:
        return False
    try:
        # The fields after the name. The 22nd of the line is the start, in ticks (proc_pid_stat(5)).
        fields = read_whole(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    except OSError:
        return False
    if len(fields) < 20 or fields[0] in (b"Z", b"X"):
        return False
    return int(fields[19]) / os.sysconf("SC_CLK_TCK") <= moment


def inner_pid(pid: int) -> int | None:
    """The pid that a process has inside its container; None if it is in no container.

    The kernel lists one pid for each nested namespace. A process with only one is in no container,
    so this program must not signal it.
    """
    try:
        status = read_whole(f"/proc/{pid}/status").decode("ascii", "replace")
        for line in status.splitlines():
            if line.startswith("NSpid:"):
                pids = line.split()[1:]
                return int(pids[-1]) if len(pids) > 1 else None
    except OSError:
        return None
    return None
