"""Drills that are under way, and the notes written into them: scenarios and sandbox drills."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pryv_tui.drills import files
from pryv_tui.drills.noting.written import keep, kept_words, let_in, without, write
from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents import files as incidents
from pryv_tui.incidents.acts import said_by
from pryv_tui.incidents.events import AnyEvent, Noted, Opened, Planned, RunNamed
from pryv_tui.incidents.files import read_events
from pryv_tui.incidents.incident import Incident
from pryv_tui.operations.kinds.drill import Drill
from pryv_tui.operations.settings.identity import platform_of
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.runs.record.history import RunRecord, read_run, runs_folder
from pryv_tui.runs.record.request import read_request
from pryv_tui.who import Who


class Takes(NamedTuple):
    """A drill that is under way and can take a note."""

    drill: str
    kind: str
    """`scenario`, `walk-through` or `sandbox drill`."""
    title: str = ""
    """The scenario's title; empty for a sandbox drill."""
    played: bool = False

    @property
    def words(self) -> str:
        """The drill's kind with its title, or with its id if it has no title."""
        return f"the {self.kind} {self.title!r}" if self.title else f"the {self.kind} {self.drill}"


def planned_of(folder: Path) -> Planned | None:
    """Return the `Planned` event of a drill's journal (kind, scenario, targets); None if there is
    none."""
    events, _problems = read_events(folder)
    return next((one for one in events if isinstance(one, Planned)), None)


def scenario_open(settings: Settings) -> Incident | None:
    """Return the newest open scenario or walk-through of this state folder; None if none is
    open."""
    found = None
    for one in files.all_drills(Path(settings.state)):
        planned = planned_of(Path(one.folder)) if one.open else None
        if planned is not None and planned.scenario:
            found = one
    return found


def take_notes(settings: Settings) -> list[Takes]:
    """List the drills that can take a note: first the open scenario or walk-through of this state
    folder, then the sandbox drills of this platform, newest first.

    Raises:
        PryvTuiError: `step-failed`, the drills can't be read.
    """
    current = scenario_open(settings)
    planned = planned_of(Path(current.folder)) if current is not None else None
    found = []
    if current is not None and planned is not None:
        kind = planned.exercise if planned.exercise == "walk-through" else "scenario"
        found.append(Takes(current.id, kind, planned.title, played=True))
    found += [Takes(run.id, "sandbox drill") for run, _request in sandbox_drills(settings)]
    return found


def sandbox_drills(settings: Settings) -> Iterator[tuple[RunRecord, Drill]]:
    """Yield the running sandbox drills of this platform, each with its request, newest first."""
    state, mine = Path(settings.state), platform_of(settings)
    try:
        folders = sorted(runs_folder(state).glob(f"*Z-{files.KIND}-*"), reverse=True)
    except OSError:
        return
    for folder in folders:
        run = read_run(folder)
        if run is None or run.state not in ("starting", "running"):
            continue
        request = read_request(folder)
        if isinstance(request, Drill) and platform_of(request.settings) == mine:
            yield run, request


def open_for(settings: Settings, drill: str, run: RunRecord, *more: AnyEvent) -> Incident:
    """Create the journal of a drill that has only a run so far. The journal gets no targets, since
    none were written down before the drill began. The caller holds `incidents.files.locked`.

    Args:
        settings: the settings of the run's request.

    Raises:
        PryvTuiError: `step-failed` or `disk-full`: no journal was created.
    """
    opened = Opened(
        kind=files.KIND,
        platform=platform_of(settings),
        domain=run.domain,
        practice=settings.practice is not None,
        text="",
        by=run.by or Who(),
    )
    named = RunNamed(run=run.id, by=run.by or Who())
    events = [opened, named, *more]
    return incidents.create(Path(settings.state), events, home=files.FOLDER, name=drill)


def note_into(settings: Settings, where: Takes, text: str) -> str:
    """Write a note into a drill that is under way. Return a message for the operator that says that
    it is written, and what was removed from it.

    Raises:
        PryvTuiError: `usage`, the note is empty or too long; `refused`, the drill is over and its
            record can't change; what writing raises.
    """
    noted = Noted(text=said_by(text))
    let_in(settings, where.drill)
    if where.played:
        made = write(settings, where.drill, [noted])
    else:
        made = _into_a_run(settings, where, noted)
    told = kept_words(settings, where.drill, _last(made).text, later="until recorded")
    said = "Written into the drill" + ("." if where.played else f" {where.drill}.")
    return " ".join(filter(None, [said, told]))


def noted_in_json(settings: Settings, where: Takes) -> dict[str, Any]:
    """Return the last note in a drill's journal as JSON for programs (docs/formats.md)."""
    last = _last(files.resolve_drill(Path(settings.state), where.drill))
    return {"drill": where.drill, "kind": where.kind, "time": last.time, "text": last.text}


def _last(drill: Incident) -> Noted:
    """Return the last note in the drill's journal; an empty note if there is none."""
    events, _problems = read_events(Path(drill.folder))
    return next((one for one in reversed(events) if isinstance(one, Noted)), Noted(text=""))


def _into_a_run(settings: Settings, where: Takes, noted: Noted) -> Incident:
    state = Path(settings.state)
    going = {run.id: (run, request) for run, request in sandbox_drills(settings)}
    if where.drill not in going:
        raise over(where.drill)
    run, request = going[where.drill]
    made = without(settings, where.drill, [noted])
    with incidents.locked(state, files.FOLDER):
        folder = files.folder_of(state, where.drill)
        if (folder / files.RECORD).exists():
            raise over(where.drill)
        keep(state, where.drill, made)
        if read_events(folder) == ([], []):
            return open_for(request.settings, where.drill, run, *made.events)
        return incidents.append(state, where.drill, made.events, home=files.FOLDER)


def over(drill: str) -> PryvTuiError:
    """Return the error for a note on a drill that is over."""
    return PryvTuiError(
        "refused",
        f"the drill {drill} is over, so no note can be added to its record",
        f"Write down what was found: pryv-tui drill actions add {drill} TEXT",
    )
