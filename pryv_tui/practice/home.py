"""The locations of all parts of a practice platform, found from its folder alone.

Tools run as separate processes and get only the folder's path, so the engine, the tools and the
platform all use this module.
"""

from __future__ import annotations

import shlex
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from pryv_tui.errors import PryvTuiError
from pryv_tui.practice import settings
from pryv_tui.practice.faults import Faults
from pryv_tui.practice.services import hosts_of
from pryv_tui.practice.state import ContainerRecord, EngineStore

if TYPE_CHECKING:
    from pryv_tui.practice.nursery import Nursery


class Machine(msgspec.Struct, frozen=True, dict=True):
    """The folders of one machine."""

    name: str
    folder: Path

    @property
    def root(self) -> Path:
        """`PRYV_CONF_ROOT` of this machine."""
        return self.folder / "root"

    @cached_property
    def engine(self) -> EngineStore:
        return EngineStore(self.folder)

    def own_containers(self) -> list[ContainerRecord]:
        """The containers of the platform and its neighbours, without those of drills."""
        return [one for one in self.engine.read().containers.values() if not one.sandbox]

    @property
    def log_folder(self) -> Path:
        """The folder of the engine's files with what containers print."""
        return self.folder / "engine"


class Home:
    """A practice platform's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.settings = settings.load(self.folder)
        self.faults = Faults(self.folder)
        self.machines = {
            name: Machine(name, self.folder / "hosts" / name)
            for name in hosts_of(self.settings.form)
        }

    @cached_property
    def nursery(self) -> Nursery:
        """Starts this platform's tools. A tool itself does not need it."""
        from pryv_tui.practice.nursery import Nursery

        return Nursery()

    def runs(self, service: str, *, on: Machine | None = None) -> bool:
        """Whether a container of this service is running (on this machine; without `on`, on
        any)."""
        return any(
            record.state == "running"
            for machine in ((on,) if on else self.machines.values())
            for record in machine.own_containers()
            if record.service == service
        )

    def home_of(self, role: str) -> Machine:
        """Return the machine that has a role."""
        return self.machines.get(role) or self.machines["single"]

    def not_now(self, why: str) -> PryvTuiError:
        """Return the error that the platform can't be used or read now: a run may be moving its
        files.

        Args:
            why: the end of a sentence that begins with "the practice platform".
        """
        look = shlex.join(["pryv-tui", "--practice", str(self.folder), "status"])
        return PryvTuiError(
            "practice",
            f"the practice platform {why}",
            f"If a run is using it, wait for its end: {look}",
        )
