"""Where everything of a practice platform lies, found from its folder alone.

Tools run as processes of their own and know no more than the folder's path, so this is what
engine, tools and platform share.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pryv_tui.practice import settings
from pryv_tui.practice.faults import Faults
from pryv_tui.practice.services import hosts_of
from pryv_tui.practice.state import EngineStore


@dataclass(frozen=True)
class Machine:
    """One machine's folders."""

    name: str
    folder: Path

    @property
    def root(self) -> Path:
        """`PRYV_CONF_ROOT` of this machine."""
        return self.folder / "root"

    @cached_property
    def engine(self) -> EngineStore:
        return EngineStore(self.folder)

    @property
    def log_folder(self) -> Path:
        """Where the engine keeps what containers print."""
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

    def machine_of(self, service: str) -> Machine | None:
        """The machine that has a container of this service now, or None."""
        for machine in self.machines.values():
            if f"pryvio_{service}" in machine.engine.read().containers:
                return machine
        return None

    def runs(self, service: str) -> bool:
        """Whether a container of this service runs anywhere on the platform."""
        name = f"pryvio_{service}"
        for machine in self.machines.values():
            record = machine.engine.read().containers.get(name)
            if record and record.state == "running":
                return True
        return False
