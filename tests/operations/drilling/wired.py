"""Machines of a sandbox and who reaches whom among them: for the tests of that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pryv_tui.hosts.sandbox.making import Limits, Wanted
from pryv_tui.operations.drilling.asked import Asked
from pryv_tui.operations.drilling.spec import (
    Declared,
)
from pryv_tui.operations.drilling.wiring import (
    Machine,
    Wiring,
    wire,
)

DOMAIN = "pryv.example"
FILE = "pryv/pryv.yml"


def machine(
    name: str,
    roles: tuple[str, ...],
    *services: str,
    bodies: Mapping[str, Mapping[str, Any]] | None = None,
    asked: Mapping[str, Mapping[str, Asked]] | None = None,
    also: tuple[str, ...] = (),
) -> Machine:
    wanted = tuple(
        Wanted(
            name=f"pryvdrill_d1_{name}_{each}",
            drill="d1",
            expires="",
            host=name,
            service=each,
            image="sha256:1",
            folder="/s",
            limits=Limits(memory=1, cpus=1, pids=1),
        )
        for each in services
    )
    keys = {"nginx": "reverse_proxy"}
    declared = {
        each: Declared(FILE, (), (bodies or {}).get(each, {}), keys.get(each, each))
        for each in (*services, *also)
    }
    return Machine(name, roles, wanted, declared, asked or {})


def wired(*machines: Machine, taken: tuple[str, ...] = ()) -> Wiring:
    return wire(machines, DOMAIN, "d1", "", taken)
