"""What was and can be done to the platform that stands still, where it is one to practise on."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from pryv_tui.practice.acts import acts
from pryv_tui.practice.simulated import Simulated, Told
from pryv_tui.tui.screens.practice import Look
from pryv_tui.who import Who

ANNA = Who(user="anna", terminal="pts/0", how="terminal")


def look(folder: Path) -> Look:
    """One fault is set, of those who stop nothing else."""
    platform: Any = SimpleNamespace(
        folder=folder,
        form="single-node",
        pace=30,
        roles=("core", "register", "static-web"),
        faults=SimpleNamespace(list=lambda: ("mongodump-short",), tripped=lambda _name: False),
        may_grow=lambda **_amounts: None,
        holds=lambda role: role != "static-web",
    )
    told = Told(
        (
            Simulated(time="2026-01-15T11:40:00.000Z", event="pace", counts={"seconds": 30},
                      who=ANNA),
            Simulated(time="2026-01-15T11:50:12.000Z", event="lost", what="static-web", who=ANNA),
            Simulated(time="2026-01-15T11:52:30.000Z", event="fault_set", what="mongodump-short",
                      who=ANNA),
        )
    )  # fmt: skip
    return Look(acts(platform), told)
