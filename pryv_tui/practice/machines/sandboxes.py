"""The containers of drills on a practice machine; implements `hosts.sandbox.making.Maker`."""

from __future__ import annotations

import json

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.sandbox import labels
from pryv_tui.hosts.sandbox.inside import need_inside
from pryv_tui.hosts.sandbox.making import Made, MadeNetwork, Network, Surroundings, Wanted
from pryv_tui.practice.home import Home, Machine
from pryv_tui.practice.machines import console, execution
from pryv_tui.practice.services import SERVICES
from pryv_tui.practice.state import ContainerRecord, MountRecord, NetworkRecord, now

GATEWAY = "192.0.2.1"
"""An address reserved for documentation (RFC 5737), which nobody uses."""


class PracticeMaker:
    """The maker of a drill's containers: it writes them into `engine.json`, with only the drill's
    networks."""

    def __init__(self, home: Home, machine: Machine) -> None:
        self._home = home
        self._machine = machine

    def image(self, *names: str) -> str:
        """Return the id of the first image that exists. The images that exist are those of the
        platform's containers and of the release."""
        here = {service.image for service in SERVICES.values()}
        here |= {one.image for one in self._machine.engine.read().containers.values()}
        known = {_record(image).digest: image for image in sorted(here)}
        for name in names:
            if name in known:
                return name
            if name in here:
                return _record(name).digest
        return ""

    def make(self, wanted: Wanted) -> None:
        need_inside(wanted, self.made_networks() if wanted.joins else ())
        record = ContainerRecord(
            name=wanted.name,
            service=wanted.service,
            image=wanted.reference,
            state="created",
            since=now(),
            restart_policy="no",
            mounts=[
                MountRecord(source=m.source, destination=m.destination, read_only=m.read_only)
                for m in wanted.mounts
            ],
            labels={
                labels.DRILL: wanted.drill,
                labels.EXPIRES: wanted.expires,
                labels.SERVICE: wanted.service,
                labels.HOST: wanted.host,
                labels.ROOT: wanted.folder,
            },
            environment=dict(wanted.environment),
            sandbox=wanted.folder,
            network=False,
            joined={one.network: one.address for one in wanted.joins},
            hosts=dict(wanted.hosts),
            idle=wanted.idle,
        )
        with self._machine.engine.change() as engine:
            if wanted.name in engine.containers:
                raise PryvTuiError(
                    "step-failed", f"the container name {wanted.name} is already in use"
                )
            engine.containers[wanted.name] = record
        console.report(self._machine, wanted.name, "create")

    def made(self) -> list[Made]:
        return [
            Made(
                name=one.name,
                drill=one.labels[labels.DRILL],
                expires=one.labels.get(labels.EXPIRES, ""),
                folder=one.sandbox,
                state=one.state,
            )
            for one in self._machine.engine.read().containers.values()
            if labels.DRILL in one.labels
        ]

    def remove(self, name: str, drill: str) -> None:
        with self._machine.engine.change() as engine:
            found = engine.containers.get(name)
            if found is None:
                return
            if found.labels.get(labels.DRILL) != drill:
                raise PryvTuiError(
                    "not-isolated",
                    f"{name} is not a container of the drill {drill}, so it is not removed",
                )
            processes = [p for p in engine.processes if p.container == name]
            del engine.containers[name]
        for process in processes:
            execution.end(process)
        console.log_path(self._machine, name).unlink(missing_ok=True)
        console.report(self._machine, name, "destroy")

    def make_network(self, network: Network) -> None:
        with self._machine.engine.change() as engine:
            if any(one.subnet == network.subnet for one in engine.networks.values()):
                raise PryvTuiError(
                    "step-failed",
                    f"{network.name}: Pool overlaps with other one on this address space",
                )
            engine.networks[network.name] = NetworkRecord(
                name=network.name,
                subnet=network.subnet,
                labels={
                    labels.DRILL: network.drill,
                    labels.EXPIRES: network.expires,
                    labels.ROOT: network.folder,
                },
            )

    def made_networks(self) -> list[MadeNetwork]:
        return [
            MadeNetwork(
                name=one.name,
                drill=one.labels[labels.DRILL],
                expires=one.labels.get(labels.EXPIRES, ""),
                folder=one.labels.get(labels.ROOT, ""),
            )
            for one in self._machine.engine.read().networks.values()
        ]

    def remove_network(self, name: str, drill: str) -> None:
        with self._machine.engine.change() as engine:
            found = engine.networks.get(name)
            if found is None:
                return
            if found.labels.get(labels.DRILL) != drill:
                raise PryvTuiError(
                    "not-isolated",
                    f"{name} is not a network of the drill {drill}, so it is not removed",
                )
            if any(name in one.joined for one in engine.containers.values()):
                raise PryvTuiError("step-failed", f"network {name} has active endpoints")
            del engine.networks[name]

    def surroundings(self) -> Surroundings:
        networks = {
            name: json.dumps({"driver": "bridge", "internal": False, "name": name})
            for name in ("pryv_backend", "pryv_frontend")
        }
        own = self._machine.engine.read().networks.values()
        return Surroundings(
            networks=networks, gateways=(GATEWAY,), subnets=tuple(one.subnet for one in own)
        )


def _record(image: str) -> ContainerRecord:
    return ContainerRecord(name="", service="", image=image, state="created", since="")
