"""Who reaches whom in a sandbox, and by which names: its own containers, and nobody else. Pure.

A container reaches what it asks for by a name in its hosts file, as on the platform: the names of
its machine's services, and those before the domain that lead to a machine's front door. All other
names that its configuration asks for lead to the container itself, where nobody answers: an nginx
that can't find one of them does not even start. An address can't be made to lead inside: who asks
by one is not brought up.

Each container has its own network namespace: core and hfs both listen on port 3000, and each
machine of a cluster has an nginx, so that they can't share one.
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
"""For tests of networks alone (RFC 2544): no platform has its machines there."""
_FIRST = 10
"""The first container's place in a network; the first address of all is nobody's."""


class Machine(NamedTuple):
    """One machine of a set in a sandbox."""

    name: str
    roles: tuple[str, ...]
    wanted: tuple[Wanted, ...]
    declared: Mapping[str, Declared]
    asked: Mapping[str, Mapping[str, Asked]] = {}
    """By service and file, who its configuration asks for."""


class Wiring(NamedTuple):
    """A sandbox's networks, and its containers as they are on them."""

    networks: tuple[Network, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    refused: tuple[NotMade, ...] = ()
    doors: Mapping[str, str] = {}
    """Names of the platform, and the address of the front door that each leads to."""


def wire(
    machines: Sequence[Machine], domain: str, drill: str, expires: str, taken: Iterable[str] = ()
) -> Wiring:
    """The networks of a sandbox: one for each machine, and one between several.

    Args:
        taken: networks that the engine has, in the form `172.17.0.0/16`.
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
        # A machine's own door is reached where its other containers are too.
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
    """Whether an address is a sandbox's own, or the container itself."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return found.is_loopback or any(found in ipaddress.ip_network(one) for one in subnets)


def nobody(subnet: str) -> str:
    """The address at which a network would have the machine, if it had one."""
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
    """By container, what its machine's other containers call it."""
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
    """Names that mean somebody, and that nobody in the sandbox may have."""
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
    """Services that ask for somebody by an address."""
    for one in machine.wanted:
        for file, asked in machine.asked.get(one.service, {}).items():
            if asked.addresses:
                told = ", ".join(sorted(asked.addresses))
                why = f"{file} asks for {told} by address, which no sandbox can lead inside"
                yield NotMade(service=one.service, why=why)
            if asked.unfit:
                told = ", ".join(sorted(asked.unfit))
                why = f"{file} asks for {told}, a name that no sandbox can lead inside"
                yield NotMade(service=one.service, why=why)
