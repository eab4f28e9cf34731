"""A scenario drill that somebody plays: its journal, who acts in it, and its end.

How far the drill has come is computed from the journal alone (`story.state`). After a lost
terminal, anybody can open the drill and continue at the last confirmed decision. One person acts at
a time; others watch.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from pryv_tui.clock import timestamp
from pryv_tui.drills import files, findings
from pryv_tui.drills.noting.comparing import names_of_a_site
from pryv_tui.drills.noting.stories import need_nobody, of_a_story
from pryv_tui.drills.noting.under_way import Takes, note_into, planned_of, scenario_open
from pryv_tui.drills.noting.written import kept_words, write
from pryv_tui.drills.playing import checks, deeds
from pryv_tui.drills.playing.ground import Ground
from pryv_tui.drills.playing.page import Page
from pryv_tui.drills.record.closing import close_drill
from pryv_tui.drills.scenarios.library import Chosen, chosen, file_hash, named
from pryv_tui.drills.scenarios.model import Scenario
from pryv_tui.drills.story import turns
from pryv_tui.drills.story.state import Effect, state_of
from pryv_tui.errors import PryvTuiError
from pryv_tui.filesystem.durable import open_own
from pryv_tui.incidents.acts import said_by
from pryv_tui.incidents.events import (
    Acted,
    AnyEvent,
    CameTo,
    Closed,
    FactFound,
    Joined,
    Noted,
    Planned,
    StoryFile,
)
from pryv_tui.incidents.files import read_events
from pryv_tui.incidents.incident import Incident
from pryv_tui.operations.drilling.facts import Phase
from pryv_tui.operations.settings.resolve import Settings

Mode = Literal["scenario", "walk-through"]
Role = Literal["operator", "observer", "facilitator"]
_LOCK = ".playing"


class Drill:
    """A drill that is being played, watched, or is over."""

    def __init__(self, settings: Settings, incident: Incident, found: Chosen) -> None:
        self.settings = settings
        self.id = incident.id
        self.folder = Path(incident.folder)
        self.scenario = scenario = found.scenario
        self.ground = Ground(self.folder)
        planned = _planned(self.folder)
        self._file = found.sha256
        self.walk_through = planned.exercise == "walk-through"
        self.seed = int(planned.seed or scenario.seed)

    @property
    def has_a_platform(self) -> bool:
        """Whether the drill has its own practice platform, and is not played in words only."""
        return self.scenario.executes and not self.walk_through

    def page(self) -> Page:
        """Return the present state of the drill, computed from its journal.

        Raises:
            PryvTuiError: `scenario`, the journal does not fit the scenario's present version.
        """
        events, _problems = read_events(self.folder)
        acted = [one for one in events if isinstance(one, Acted)]
        told = [one for one in events if not isinstance(one, Noted | Joined | StoryFile)]
        return Page(
            self.id,
            self.scenario,
            state_of(self.scenario, events),
            tuple(events),
            events[0].time if events else "",
            {one.named: one.made for one in acted if one.named and one.made},
            told[-1].time if told else "",
            self.seed,
            self.walk_through,
        )

    def acting(self) -> contextlib.AbstractContextManager[None]:
        """Hold the lock that lets one person at a time act in this drill.

        Raises:
            PryvTuiError: `busy`, somebody else holds the lock.
        """
        return acting_in(self.folder)

    def join(self, role: Role) -> None:
        """Write into the journal that the present user takes part."""
        self._write([Joined(role=role)])

    def note(self, text: str) -> str:
        """Write an observation. Return a message that says that it is written, and what was left
        out of it.

        Raises:
            PryvTuiError: `usage`, the text is empty or too long.
        """
        return note_into(self.settings, self.takes, text)

    @property
    def takes(self) -> Takes:
        """This drill, as a target for notes."""
        kind = "walk-through" if self.walk_through else "scenario"
        return Takes(self.id, kind, self.scenario.title, played=True)

    def choose(self, choice: str) -> None:
        """Write down which option of the open decision was chosen; `settle` then performs its
        acts."""
        page = self.page()
        written = turns.choose(self.scenario, page.state, choice)
        phase = Phase(name=page.state.at, began=page.ready, ended=timestamp(), of="decision")
        self._write([FactFound(phase=phase), *written])

    def finding(
        self, text: str, *, good: bool, owner: str = "", due: str = "", retest: str = ""
    ) -> str:
        """Write down a finding of the debrief (see `findings.note`). Return what was left out of
        it, in words, or an empty text.

        Raises:
            PryvTuiError: `usage`, the text is empty or too long, or `due` is not a date.
        """
        made = findings.note(
            self.settings, self.id, said_by(text), good=good, owner=owner, due=due, retest=retest
        )
        return kept_words(self.settings, self.id, made.text, made.owner, made.retest)

    def hint(self) -> None:
        """Write down that the player asked for the next hint; write nothing if no hint is left."""
        self._write(turns.hint(self.scenario, self.page().state))

    def settle(self, tell: deeds.Tell = lambda _words: None) -> Page:
        """Perform all pending effects, up to the next page, and return that page."""
        note_file(self.settings, self.folder, self._file)
        while (page := self.page()).state.pending:
            effect = page.state.pending[0]
            began = timestamp()
            found = (
                turns.not_executed(effect)
                if self.walk_through
                else self._perform(effect, page, tell)
            )
            of: Literal["machine", "sandbox"] = "sandbox"
            if effect.by == "you" or effect.final:
                of = "machine"
            phase = Phase(name=effect.what, began=began, ended=timestamp(), of=of)
            self._write([*found, FactFound(phase=phase)])
        self._write(turns.came_to(self.scenario, page.state))
        return self.page()

    def _perform(self, effect: Effect, page: Page, tell: deeds.Tell) -> list[AnyEvent]:
        if self.scenario.executes and not self.ground.made():
            tell("Make the practice platform on which this is played")
            self.ground.make(self.scenario, self.seed)
        if effect.act is None:
            wanted = self.scenario.check(effect.check)
            check = checks.make(wanted, self.ground, page.sets, page.state.choices)
            said = list(filter(None, (check.found, check.why)))
            acted = Acted(
                what=effect.check, outcome=check.state, expected=list(effect.expect), said=said
            )
            return [acted, *([FactFound(check=check)] if effect.final else [])]
        known = {one.run for one in page.events if isinstance(one, Acted)}
        begun = [one.id for one in self.ground.runs() if one.id not in known]
        came = deeds.do(effect.act, self.ground, page.sets, tell, again=begun[-1] if begun else "")
        return [
            Acted(
                what=effect.what,
                outcome=came.outcome,
                expected=list(effect.expect),
                said=came.said,
                run=came.run,
                named=effect.act.name,
                made=came.made,
            )
        ]

    def close(self, text: str = "") -> files.Filed:
        """End the drill, even if the story has not come to its end: see `close_in`."""
        return close_in(self.settings, self.folder, text)

    def _write(self, events: Sequence[AnyEvent]) -> None:
        if events:
            write(self.settings, self.id, events)

    @property
    def over(self) -> bool:
        return any(isinstance(one, CameTo) for one in self.page().events)


@contextlib.contextmanager
def acting_in(folder: Path) -> Iterator[None]:
    """Hold the lock that lets one person at a time act in the drill of a folder.

    Raises:
        PryvTuiError: `busy`, somebody else holds the lock.
    """
    descriptor = open_own(folder / _LOCK, os.O_RDWR | os.O_CREAT)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise PryvTuiError(
                "busy",
                f"somebody else is playing the drill {folder.name}",
                "Watch it: pryv-tui drill watch",
            ) from error
        yield
    finally:
        os.close(descriptor)


def note_file(settings: Settings, folder: Path, sha256: str) -> None:
    """Write into a drill's journal that its scenario's file has changed; write nothing if its hash
    is the last one in the journal.

    Args:
        sha256: hash of the file as it is now; empty if the file can't be read.
    """
    events, _problems = read_events(folder)
    known = [one.sha256 for one in events if isinstance(one, Planned | StoryFile)]
    # A journal of an earlier program may not have the file's hash.
    if known and known[0] and known[-1] != sha256:
        write(settings, folder.name, [StoryFile(sha256=sha256)])


def close_in(settings: Settings, folder: Path, text: str = "") -> files.Filed:
    """End a drill, finished or not: remove its platform, then write its record. Only the hash of
    the scenario's file is needed, so a drill can be ended even if that file is missing or
    changed.

    Raises:
        PryvTuiError, OSError: a part of this failed; it can be called again.
    """
    drill, ground = folder.name, Ground(folder)
    if _planned(folder).exercise != "walk-through":
        began = timestamp()
        if ground.place.exists():
            ground.end_runs()
            ground.keep_runs()
        gone = ground.clear()
        phase = Phase(name="teardown", began=began, ended=timestamp(), of="sandbox")
        write(settings, drill, [*(FactFound(disposal=one) for one in gone), FactFound(phase=phase)])
    events, _problems = read_events(folder)
    if not any(isinstance(one, Closed) for one in events):
        note_file(settings, folder, file_hash(_planned(folder).scenario, _own(settings)))
        write(settings, drill, [Closed(text=text)])
    return close_drill(settings, drill)


def need_scenario(settings: Settings, name: str) -> None:
    """Check that a scenario can be played, before a person is asked for input.

    Raises:
        PryvTuiError: `scenario`, there is none of this name, or its file is wrong; `not-private`,
            somebody else can write to the file.
    """
    named(name, _own(settings))


def begin(
    settings: Settings, name: str, *, mode: Mode = "scenario", seed: int | None = None
) -> Drill:
    """Begin to play a scenario; the first `settle` makes its platform.

    Raises:
        PryvTuiError: what `need_scenario` raises; `refused`, another drill is open; what writing
            raises.
    """
    found = chosen(name, _own(settings))
    scenario = found.scenario
    current = opened(settings)
    if current is not None:
        raise PryvTuiError(
            "refused",
            f"the drill {current.id} is open: first play it to its end, or break it off",
            "Continue it: pryv-tui drill run --scenario"
            f" {_planned(Path(current.folder)).scenario}; or break it off: pryv-tui drill stop",
        )
    compared = None if found.shipped else names_of_a_site(settings)
    if compared is not None:
        need_nobody(found, compared)
    planned = Planned(
        exercise=mode,
        objectives=list(scenario.objectives),
        scope=[f"{scenario.title}, {_ground_of(scenario, mode)}"],
        criteria=[one.says for one in scenario.checks],
        scenario=scenario.name,
        title=scenario.title,
        version=str(scenario.version),
        sha256=found.sha256,
        seed=str(scenario.seed if seed is None else seed),
        faults=[act.fault or act.do for one in scenario.happenings for act in one.act]
        + [f"{act.do} {act.role}".strip() for act in scenario.before if act.do in _LOSSES],
    )
    if compared is not None:
        planned = of_a_story(planned, compared)
    made = files.begin(settings, planned, text=planned.title)
    return Drill(settings, made, found)


def _ground_of(scenario: Scenario, mode: Mode) -> str:
    """Where a story is played: on a practice platform, in words only, or talked through."""
    if mode == "walk-through":
        return "talked through"
    if not scenario.executes:
        return "told in words alone"
    return f"on a practice platform ({scenario.platform.form})"


_LOSSES = ("lose", "drop-events", "damage-file", "half-account")


def opened(settings: Settings) -> Incident | None:
    """Return the scenario drill that is open in this state folder; None if none is open."""
    return scenario_open(settings)


def open_drill(settings: Settings, incident: Incident) -> Drill:
    """Open a drill that was begun earlier.

    Raises:
        PryvTuiError: what `need_scenario` raises, for the scenario of the drill; `refused`, its
            file was changed since the drill began, and an id in it is also an account's name.
    """
    planned = _planned(Path(incident.folder))
    found = chosen(planned.scenario, _own(settings))
    if not found.shipped and found.sha256 != planned.sha256:
        need_nobody(found, names_of_a_site(settings))
    return Drill(settings, incident, found)


def _own(settings: Settings) -> Path | None:
    return Path(settings.scenarios) if settings.scenarios else None


def _planned(folder: Path) -> Planned:
    found = planned_of(folder)
    return found if found is not None else Planned(exercise="scenario")
