"""Make the containers of drills on a Docker Engine, through its SDK."""

from __future__ import annotations

import json
from typing import Any

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.docker_client import DockerClient
from pryv_tui.hosts.sandbox import labels
from pryv_tui.hosts.sandbox.inside import need_inside
from pryv_tui.hosts.sandbox.making import (
    DNS_OPTIONS,
    NO_HOST,
    NOBODY,
    Made,
    MadeNetwork,
    Network,
    Surroundings,
    Wanted,
    labels_of,
    labels_of_net,
)

NO_NETWORK = "none"
"""Docker's network with only a loopback device: no bridge, no gateway, no embedded name server.

Source: docs.docker.com, "None network driver".
"""
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
        need_inside(wanted, self.made_networks() if wanted.joins else ())
        self._call(lambda api: api.create_container(**_asked(api, wanted)), wanted.name)
        # Engines before version 25 accept only one network when a container is made.
        for joined in wanted.joins[1:]:
            self._call(
                lambda api, to=joined: api.connect_container_to_network(  # type: ignore[misc]
                    wanted.name,
                    to.network,
                    aliases=list(to.aliases),
                    ipv4_address=to.address or None,
                ),
                wanted.name,
            )

    def make_network(self, network: Network) -> None:
        self._call(
            lambda api: api.create_network(
                network.name,
                driver="bridge",
                internal=True,
                check_duplicate=True,
                enable_ipv6=False,
                options=NO_HOST,
                ipam={"Driver": "default", "Config": [{"Subnet": network.subnet}]},
                labels=labels_of_net(network),
            ),
            network.name,
        )

    def made_networks(self) -> list[MadeNetwork]:
        listed = self._call(lambda api: api.networks(filters={"label": labels.DRILL}))
        return [
            MadeNetwork(
                name=str(one.get("Name")),
                drill=str(one["Labels"][labels.DRILL]),
                expires=str(one["Labels"].get(labels.EXPIRES, "")),
                folder=str(one["Labels"].get(labels.ROOT, "")),
            )
            for one in listed or ()
        ]

    def remove_network(self, name: str, drill: str) -> None:
        # By id: an engine can have two networks with the same name.
        for one in self._call(lambda api: api.networks(names=[name])) or ():
            if one.get("Name") != name:
                continue  # the engine also finds names that only contain this one
            if (one.get("Labels") or {}).get(labels.DRILL) != drill:
                raise PryvTuiError(
                    "not-isolated",
                    f"{name} is not a network of the drill {drill}, so it is not removed",
                )
            try:
                self._call(lambda api, i=str(one["Id"]): api.remove_network(i), name)  # type: ignore[misc]
            except PryvTuiError as error:
                if error.name != "container-missing":
                    raise

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
                "not-isolated",
                f"{name} is not a container of the drill {drill}, so it is not removed",
            )
        ident = str(facts["Id"])
        try:
            self._call(lambda api: api.remove_container(ident, force=True, v=True), name)
        except PryvTuiError as error:
            if error.name != "container-missing":
                raise

    def surroundings(self) -> Surroundings:
        listed = self._call(lambda api: api.networks()) or ()
        networks, gateways, subnets = {}, [], []
        for one in listed:
            own = (one.get("IPAM") or {}).get("Config") or ()
            subnets += [str(each["Subnet"]) for each in own if each.get("Subnet")]
            if labels.drill_of(one.get("Labels") or {}):
                continue
            facts = {key: one.get(key) for key in _NETWORK_FACTS}
            networks[str(one.get("Name"))] = json.dumps(facts, sort_keys=True)
            gateways += [str(each["Gateway"]) for each in own if each.get("Gateway")]
        return Surroundings(
            networks=networks,
            gateways=tuple(dict.fromkeys(gateways)),
            subnets=tuple(subnets),
        )


def _asked(api: Any, wanted: Wanted) -> dict[str, Any]:
    """The request for the engine. All settings that would weaken the isolation are left unset."""
    limits = wanted.limits
    first = wanted.joins[0] if wanted.joins else None
    more_host: dict[str, Any] = {}
    if first is not None:
        more_host = {
            "dns": [NOBODY],
            "dns_opt": list(DNS_OPTIONS),
            "extra_hosts": wanted.hosts,
            # Without NET_RAW no container can send from an address that it was not given.
            "cap_drop": ["NET_RAW"],
        }
    host = api.create_host_config(
        binds=[
            f"{m.source}:{m.destination}:{'ro' if m.read_only else 'rw'}" for m in wanted.mounts
        ],
        network_mode=first.network if first is not None else NO_NETWORK,
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
        **more_host,
    )
    asked = {
        "image": wanted.image,
        "name": wanted.name,
        "host_config": host,
        "environment": wanted.environment,
        "labels": labels_of(wanted),
    }
    more = {
        "networking_config": api.create_networking_config(
            {
                first.network: api.create_endpoint_config(
                    aliases=list(first.aliases), ipv4_address=first.address or None
                )
            }
        )
        if first is not None
        else None,
        "command": list(wanted.command) if wanted.command is not None else None,
        "entrypoint": list(wanted.entrypoint) if wanted.entrypoint is not None else None,
        "user": wanted.user or None,
        "working_dir": wanted.working_dir or None,
    }
    return {**asked, **{key: value for key, value in more.items() if value is not None}}
