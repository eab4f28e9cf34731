"""What a stopped restore had already done, so that it is not done twice."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pryv_tui.clock import moment_of
from pryv_tui.hosts.deployment import HostState
from pryv_tui.operations.plan import StepView
from pryv_tui.operations.root.marker import read_marker
from pryv_tui.platform.roles import DATABASE_SERVICES
from pryv_tui.runs.record.events import RunStarted, StepFinished, StepStarted
from pryv_tui.runs.record.history import RunRecord
from pryv_tui.runs.record.journal import JournalReader

_COPIES = ("copy-back", "keep-copied")
"""Kinds of the steps after which a root's files are those of the set."""
_RESTORES = ("restore-offline", "restore", "keep")
"""Kinds of the steps after which a store's content is that of the set."""
_STARTS = "start"
_DATABASES = "databases"
"""The phase of a start step that starts databases only."""


def copied_back(record: RunRecord, state: HostState) -> bool:
    """Whether a stopped restore's files in a root are still those of its set.

    They are, if all of this is true: the journal says that the copy ended (by then every file was
    hashed and on the disk) and that only databases were started since; the engine confirms that no
    other container has run since; and the root's mark is that run's. If in doubt, the files are
    copied again.
    """
    if not state.root or not state.reachable:
        return False
    marker = read_marker(Path(state.root))
    if marker is None or marker.undoes or marker.run != record.id:
        return False
    copied: datetime | None = None
    here: dict[str, StepView] = {}
    for event in JournalReader(record.journal).read():
        if isinstance(event, RunStarted):
            here = _on(state.name, event)
        elif isinstance(event, StepStarted | StepFinished) and (view := here.get(event.step)):
            if isinstance(event, StepStarted):
                if view.kind == _STARTS and view.phase != _DATABASES:
                    return False
            elif event.outcome == "done" and view.kind in _COPIES:
                copied = moment_of(event.time)
    return copied is not None and not any(
        container.running or _since(container.since, copied)
        for container in (
            *(c for c in state.containers if c.service not in DATABASE_SERVICES),
            *(other.container for other in state.others if other.in_the_way),
        )
    )


def stores_back(record: RunRecord, host: str) -> frozenset[str]:
    """Return the stores whose content a stopped restore had brought back on a machine.

    Call this only if the restore's files are kept (`copied_back`): then only databases have run
    since. Their content is still compared with the set before anything else uses it. A store is
    left out if its tool or its comparison began and did not end, or if it was kept before and the
    databases did not start.
    """
    back: dict[str, bool] = {}
    here: dict[str, StepView] = {}
    for event in JournalReader(record.journal).read():
        if isinstance(event, RunStarted):
            here = _on(host, event)
            back |= {view.store: True for view in here.values() if view.kind == "keep"}
        elif isinstance(event, StepStarted | StepFinished) and (view := here.get(event.step)):
            done = isinstance(event, StepFinished) and event.outcome == "done"
            if view.kind in _RESTORES:
                back[view.store] = done
            databases = (view.kind, view.phase) == (_STARTS, _DATABASES)
            if databases and isinstance(event, StepFinished) and not done:
                back.clear()
    return frozenset(store for store, done in back.items() if done)


def _on(host: str, event: RunStarted) -> dict[str, StepView]:
    """Return the steps of a plan on one machine, by their ids."""
    return {view.step: view for view in event.plan if view.host == host}


def _since(text: str, moment: datetime) -> bool:
    """Whether a container may have changed its state after a moment; True if its time can't be
    read."""
    if not text:
        return False  # it never ran
    found = moment_of(text)
    if "." not in text:  # whole seconds only, so the same second is in doubt
        moment = moment.replace(microsecond=0)
    return found is None or found >= moment
