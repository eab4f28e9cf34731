"""Plan the networks and host names of a sandbox, in which containers reach only each other. Pure.

Each container's hosts file has the names of the others: the service names on its machine, and the
names below the platform's domain, which lead to a machine's nginx (its front door). Every other
name in its configuration leads to the container itself (127.0.0.1), because nginx does not start if
it can't resolve a name. An IP address can't be redirected, so a service that uses one is not
started.

Each container has its own network namespace, because ports would collide in a shared one: core and
hfs both listen on 3000, and each machine of a cluster has an nginx.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from pryv_tui.hosts.sandbox.labels import network_name
from pryv_tui.hosts.sandbox.making import NOBODY, Joined, Network, Wanted
from pryv_tui.operations.drilling.asked import NAME, Asked
from pryv_tui.operations.drilling.spec import Declared, NotMade
from pryv_tui.platform.questions import FRONT_DOOR, names_of

_POOL = ipaddress.ip_network("198.18.0.0/15")
"""Addresses for network benchmarks (RFC 2544), so that no platform's machine has one of them."""
_FIRST = 10
"""Index of the first container's address in its network. Index 1 is not used, see `nobody`."""


class Machine(NamedTuple):
    """One machine of a set in a sandbox."""

    name: str
    roles: tuple[str, ...]
    wanted: tuple[Wanted, ...]
    declared: Mapping[str, Declared]
    asked: Mapping[str, Mapping[str, Asked]] = {}
    """By service and file, the hosts that the service's configuration refers to."""


class Wiring(NamedTuple):
    """A sandbox's networks, and its containers with their addresses and host names."""

    networks: tuple[Network, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    refused: tuple[NotMade, ...] = ()
    doors: Mapping[str, str] = {}
    """By name below the platform's domain, the address of the nginx that it leads to."""


def wire(
    machines: Sequence[Machine], domain: str, drill: str, expires: str, taken: Iterable[str] = ()
) -> Wiring:
    """Plan a sandbox's networks: one for each machine, and one between the machines of a cluster.

    Args:
        taken: the subnets that the engine already uses, in the form `172.17.0.0/16`.
    """
    free = _subnets(taken)
    networks = {
        one.name: Network(
            name=network_name(drill, one.name), drill=drill, expires=expires, subnet=next(free)
        )
        for one in machines
    }
    between = (
        Network(name=network_name(drill), drill=drill, expires=expires, subnet=next(free))
        if len(machines) > 1
        else None
    )
    own: dict[str, str] = {}
    across: dict[str, str] = {}
    for one in machines:
        for number, each in enumerate(one.wanted):
            own[each.name] = _address(networks[one.name], number)
    for number, each in enumerate(each for one in machines for each in one.wanted):
        across[each.name] = _address(between, number) if between else own[each.name]
    doors: dict[str, str] = {}
    refused: list[NotMade] = []
    names_at: dict[str, tuple[str, ...]] = {}
    cores = [one.name for one in machines if "core" in one.roles]
    for one in machines:
        number = cores.index(one.name) + 1 if one.name in cores else 1
        names = tuple(f"{n}.{domain}" for n in names_of(one.roles, one.name, number))
        door = next((each for each in one.wanted if each.service == FRONT_DOOR), None)
        if door is not None:
            doors |= dict.fromkeys(names, across[door.name])
            names_at[door.name] = names
        refused += _by_address(one)
    wanted = []
    for one in machines:
        services = _services(one)
        inside = {name: own[each] for each, names in services.items() for name in names}
        # On its own machine a front door is reached by its address on that machine's network.
        mine = {n: own[d] for d, names in names_at.items() for n in names if d in services}
        for each in one.wanted:
            nowhere = dict.fromkeys(sorted(_elsewhere(one, each)), NOBODY)
            hosts = {**nowhere, **doors, **mine, **inside}
            joins = [Joined(networks[one.name].name, own[each.name], services[each.name])]
            if between is not None:
                names = names_at.get(each.name, ())
                joins.append(Joined(between.name, across[each.name], names))
            wanted.append(msgspec.structs.replace(each, joins=tuple(joins), hosts=hosts))
    every = [*networks.values(), *([between] if between else [])]
    return Wiring(tuple(every), tuple(wanted), tuple(refused), doors)


def within(address: str, subnets: Iterable[str]) -> bool:
    """Whether an address is in a sandbox's networks, or a loopback address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return found.is_loopback or any(found in ipaddress.ip_network(one) for one in subnets)


def nobody(subnet: str) -> str:
    """Return the address that the machine would have in a network as its router. In a sandbox's
    network nothing has it."""
    return str(ipaddress.ip_network(subnet)[1])


def _subnets(taken: Iterable[str]) -> Iterator[str]:
    known = [ipaddress.ip_network(one, strict=False) for one in taken]
    return (
        str(one)
        for one in _POOL.subnets(new_prefix=24)
        if not any(one.overlaps(each) for each in known if each.version == 4)
    )


def _address(network: Network, number: int) -> str:
    return str(ipaddress.ip_network(network.subnet)[_FIRST + number])


def _services(machine: Machine) -> dict[str, tuple[str, ...]]:
    """Return by container the names by which the machine's other containers call it."""
    found = {}
    for one in machine.wanted:
        said = machine.declared.get(one.service)
        names = {one.service, one.service.replace("_", "-")}
        if said is not None:
            names |= {said.key, *_aliases(said)} - {""}
        found[one.name] = tuple(sorted(names))
    return found


def _aliases(said: Declared) -> set[str]:
    networks = said.body.get("networks")
    found: set[str] = set()
    for told in networks.values() if isinstance(networks, Mapping) else ():
        more = told.get("aliases") if isinstance(told, Mapping) else None
        found |= {str(one) for one in more} if isinstance(more, list) else set()
    return {one for one in found if NAME.fullmatch(one)}


def _elsewhere(machine: Machine, one: Wanted) -> set[str]:
    """Return all host names that a container's configuration and the compose files refer to.

    The caller lets those that no container of the sandbox has lead nowhere.
    """
    found: set[str] = set()
    for service, said in machine.declared.items():
        found |= {service, service.replace("_", "-"), said.key, *_aliases(said)}
    said_of = machine.declared.get(one.service)
    if said_of is not None:
        extra = said_of.body.get("extra_hosts")
        listed = extra if isinstance(extra, list | dict) else []
        found |= {re.split(r"[:=]", str(each), maxsplit=1)[0] for each in listed}
        links = said_of.body.get("links")
        for each in links if isinstance(links, list) else ():
            found |= set(str(each).split(":", 1))
    for asked in machine.asked.get(one.service, {}).values():
        found |= asked.names
    return {each for each in found if NAME.fullmatch(each)}


def _by_address(machine: Machine) -> Iterable[NotMade]:
    """Yield the services that can't be made because their configuration refers to an IP address, or
    to a name that can't be written into a hosts file."""
    for one in machine.wanted:
        for file, asked in machine.asked.get(one.service, {}).items():
            if asked.addresses:
                told = ", ".join(sorted(asked.addresses))
                why = f"{file} uses {told} by address, which a sandbox can't redirect to itself"
                yield NotMade(service=one.service, why=why)
            if asked.unfit:
                told = ", ".join(sorted(asked.unfit))
                why = f"{file} uses {told}, a name that a sandbox can't redirect to itself"
                yield NotMade(service=one.service, why=why)
