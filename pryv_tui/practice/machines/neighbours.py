"""Containers of a practice machine that differ from the templates: renamed ones, and foreign
ones."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from pryv_tui.errors import PryvTuiError
from pryv_tui.practice.home import Home, Machine
from pryv_tui.practice.machines import boot, console
from pryv_tui.practice.state import ContainerRecord, MountRecord, now

FOREIGN_IMAGE = "filebrowser/filebrowser:v2"


def rename(machine: Machine, name: str, new: str) -> None:
    """Rename a container, as `docker rename` does, and as compose 1.x does half-way through
    recreating a container.

    Raises:
        PryvTuiError: `container-missing`, or `usage`, the new name is in use.
    """
    with machine.engine.change() as engine:
        record = engine.containers.get(name)
        if record is None:
            raise PryvTuiError("container-missing", f"No such container: {name}")
        if new in engine.containers:
            raise PryvTuiError("usage", f"the name {new!r} is in use on {machine.name}")
        del engine.containers[name]
        record.name = new
        engine.containers[new] = record
        for number, process in enumerate(engine.processes):
            if process.container == name:
                engine.processes[number] = type(process)(
                    pid=process.pid, born=process.born, container=new, argv=process.argv
                )
    console.report(machine, new, "rename")


def add(home: Home, machine: Machine, name: str, folders: Sequence[str]) -> None:
    """Start a container that is not part of the platform, with folders of the root mounted.

    Args:
        folders: paths relative to the root: `pryv/core/data`, or `pryv/core/data:ro`; `.` is the
            root.

    Raises:
        PryvTuiError: `usage`, the name is in use, or a folder is outside the root.
    """
    mounts = []
    for word in folders:
        folder, _, mode = word.partition(":")
        source = Path(os.path.normpath(machine.root / folder))
        if not source.is_relative_to(machine.root) or mode not in ("", "ro", "rw"):
            raise PryvTuiError(
                "usage",
                f"{word!r} is not a folder of the root",
                "Name a folder of the root, such as pryv/core/data or pryv/core/data:ro, or . for"
                " all of it.",
            )
        mounts.append(
            MountRecord(
                source=str(source), destination=f"/srv/{source.name}", read_only=mode == "ro"
            )
        )
    record = ContainerRecord(
        name=name, service=name, image=FOREIGN_IMAGE, state="created", since=now(), mounts=mounts
    )
    with machine.engine.change() as engine:
        if name in engine.containers:
            raise PryvTuiError("usage", f"the name {name!r} is in use on {machine.name}")
        boot.start(home, machine, record)
        engine.containers[name] = record
    console.report(machine, name, "start")
