"""Roots and sites that guards look at, and what they said: for the tests of guards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from pryv_tui.hosts.deployment import HostState
from pryv_tui.hosts.discovery import discover
from pryv_tui.operations.guards.line import GuardLine
from tests.hosts.machines import StillHost, machine


def root_in(folder: Path) -> Path:
    root = folder / "root"
    (root / "pryv/core/conf").mkdir(parents=True)
    (root / "pryv/core/conf/core.yml").write_text("x" * 100)
    return root


def core_on(where: Path, **more: Any) -> HostState:
    containers = machine("core", root=str(where))
    state = discover([StillHost("core", containers, root=where)]).hosts[0]
    return msgspec.structs.replace(state, **more)


def told(line: GuardLine) -> bool:
    """Whether a failing line says what is wrong and what to do."""
    return line.outcome != "ok" and bool(line.text.strip()) and bool(line.remedy.strip())
