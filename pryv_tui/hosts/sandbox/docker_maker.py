"""A drill's containers on a Docker Engine, through its SDK."""

from __future__ import annotations

import json
from typing import Any

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.docker_client import DockerClient
from pryv_tui.hosts.sandbox import labels
from pryv_tui.hosts.sandbox.inside import lies_in
from pryv_tui.hosts.sandbox.making import Made, Surroundings, Wanted

NO_NETWORK = "none"
"""Docker's network that has a loopback device and nothing else: no bridge, no gateway, no embedded
name server (docs.docker.com, "None network driver")."""
_NETWORK_FACTS = ("Id", "Driver", "Scope", "Internal", "EnableIPv6", "IPAM", "Options", "Labels")


class DockerMaker:
    """Implements `hosts.sandbox.making.Maker`."""

    def __init__(self, client: DockerClient) -> None:
        self._call = client.call

    def image(self, *names: str) -> str:
        for name in filter(None, names):
            try:
                found = self._call(lambda api, n=name: api.inspect_image(n), name)  # type: ignore[misc]
            except PryvTuiError as error:
                if error.name != "container-missing":
                    raise
                continue
            return str(found.get("Id", ""))
        return ""

    def make(self, wanted: Wanted) -> None:
        for mount in wanted.mounts:
            if not lies_in(mount.source, wanted.folder):
                raise PryvTuiError(
                    "not-isolated", f"{wanted.name} would mount {mount.source}, outside its sandbox"
                )
        self._call(lambda api: api.create_container(**_asked(api, wanted)), wanted.name)

    def made(self) -> list[Made]:
        listed = self._call(lambda api: api.containers(all=True, filters={"label": labels.DRILL}))
        return [
            Made(
                name=str((entry.get("Names") or ["/?"])[0]).lstrip("/"),
                drill=str(entry["Labels"][labels.DRILL]),
                expires=str(entry["Labels"].get(labels.EXPIRES, "")),
                folder=str(entry["Labels"].get(labels.ROOT, "")),
                state=str(entry.get("State", "")),
            )
            for entry in listed or ()
        ]

    def remove(self, name: str, drill: str) -> None:
        try:
            facts = self._call(lambda api: api.inspect_container(name), name)
        except PryvTuiError as error:
            if error.name != "container-missing":
                raise
            return
        told = (facts.get("Config") or {}).get("Labels") or {}
        if told.get(labels.DRILL) != drill:
            raise PryvTuiError(
                "not-isolated", f"{name} is no container of the drill {drill}: it is not removed"
            )
        ident = str(facts["Id"])
        try:
            self._call(lambda api: api.remove_container(ident, force=True, v=True), name)
        except PryvTuiError as error:
            if error.name != "container-missing":
                raise

    def surroundings(self) -> Surroundings:
        listed = self._call(lambda api: api.networks()) or ()
        networks, gateways = {}, []
        for one in listed:
            facts = {key: one.get(key) for key in _NETWORK_FACTS}
            networks[str(one.get("Name"))] = json.dumps(facts, sort_keys=True)
            for each in (one.get("IPAM") or {}).get("Config") or ():
                if each.get("Gateway"):
                    gateways.append(str(each["Gateway"]))
        return Surroundings(networks=networks, gateways=tuple(dict.fromkeys(gateways)))


def _asked(api: Any, wanted: Wanted) -> dict[str, Any]:
    """What the engine is asked for: everything that lets a container out is left at nothing."""
    limits = wanted.limits
    host = api.create_host_config(
        binds=[
            f"{m.source}:{m.destination}:{'ro' if m.read_only else 'rw'}" for m in wanted.mounts
        ],
        network_mode=NO_NETWORK,
        restart_policy={"Name": "no"},
        mem_limit=limits.memory,
        memswap_limit=limits.memory,
        nano_cpus=int(limits.cpus * 1e9),
        pids_limit=limits.pids,
        privileged=False,
        ulimits=[
            {"Name": name, "Soft": soft, "Hard": hard}
            for name, (soft, hard) in wanted.ulimits.items()
        ],
    )
    asked = {
        "image": wanted.image,
        "name": wanted.name,
        "host_config": host,
        "environment": wanted.environment,
        "labels": {
            labels.DRILL: wanted.drill,
            labels.EXPIRES: wanted.expires,
            labels.SERVICE: wanted.service,
            labels.HOST: wanted.host,
            labels.ROOT: wanted.folder,
        },
    }
    more = {
        "command": list(wanted.command) if wanted.command is not None else None,
        "entrypoint": list(wanted.entrypoint) if wanted.entrypoint is not None else None,
        "user": wanted.user or None,
        "working_dir": wanted.working_dir or None,
    }
    return {**asked, **{key: value for key, value in more.items() if value is not None}}
