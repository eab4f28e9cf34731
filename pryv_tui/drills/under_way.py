"""Sandbox drills without a record: requested, running, ended or dead. Most of them have no drill
journal yet, so they are found by their runs and sandboxes."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

import msgspec

from pryv_tui.drills.files import KIND
from pryv_tui.incidents.incident import Incident, incident_of
from pryv_tui.operations.commands import completed
from pryv_tui.operations.drilling.places import is_held, kept_here
from pryv_tui.operations.kind import Request
from pryv_tui.runs.record.history import RunRecord, RunState, read_run, runs_folder
from pryv_tui.runs.record.request import read_request


class UnderWay(NamedTuple):
    """A sandbox drill that has no record yet, or whose sandbox still exists."""

    drill: str
    run: RunRecord | None = None
    """The drill's run; None if it is no longer kept here."""
    left: bool = False
    """Whether its sandbox exists and no process is using it."""
    held: bool = False
    """Whether its sandbox exists and a process is using it."""

    @property
    def state(self) -> RunState:
        if self.run is not None and self.run.state in ("starting", "running"):
            return self.run.state
        return "running" if self.held else self.run.state if self.run is not None else "died"

    @property
    def goes_on(self) -> bool:
        return self.state in ("starting", "running")

    @property
    def words(self) -> str:
        """The drill's state in a sentence, with the next command."""
        if self.state == "starting":
            return (
                f"The drill {self.drill} was requested, but its process has not reported anything"
                f" yet. Follow it: pryv-tui attach {self.drill}"
            )
        if self.goes_on:
            return f"The drill {self.drill} is running. Follow it: pryv-tui attach {self.drill}"
        if self.left:
            return (
                f"The drill {self.drill} died, and its sandbox is still there. Remove the"
                " sandbox, and the drill gets its record: pryv-tui drill clean"
            )
        over = "is over" if self.state == "ended" else "died"
        listed = completed("pryv-tui drill list", self._given)
        return (
            f"The drill {self.drill} {over}, but has no record yet. It was started with other"
            f" settings than these; to record it: {listed}"
        )

    @property
    def _given(self) -> tuple[str, ...]:
        request = self._request
        return request.settings.given if request is not None else ()

    @property
    def _request(self) -> Request | None:
        return read_request(Path(self.run.folder)) if self.run is not None else None

    @property
    def incident(self) -> Incident:
        """The drill as an `Incident` for lists, made from its run."""
        if self.run is None:
            return incident_of(self.drill, "", ())
        request = self._request
        return msgspec.structs.replace(
            incident_of(self.drill, self.run.folder, ()),
            practice=request is not None and request.settings.practice is not None,
            domain=self.run.domain,
            opened=self.run.asked,
        )


def under_way(state: Path, known: Collection[str]) -> list[UnderWay]:
    """List the sandbox drills of a state folder that have no record, oldest first.

    Args:
        known: ids of drills that have a journal or a record. They are listed only if their sandbox
            still exists.
    """
    kept = {one.drill: is_held(state, one.drill) for one in kept_here(state)}
    found: dict[str, UnderWay] = {
        drill: UnderWay(drill, read_run(runs_folder(state) / drill), not held, held)
        for drill, held in kept.items()
    }
    try:
        folders = sorted(runs_folder(state).glob(f"*Z-{KIND}-*"))
    except OSError:
        folders = []
    for folder in folders:
        if folder.name in known or folder.name in found:
            continue
        # A run that was killed before its request was written did nothing: skip it.
        run = read_run(folder)
        if run is not None and run.kind == KIND:
            found[run.id] = UnderWay(run.id, run)
    return [found[drill] for drill in sorted(found)]
