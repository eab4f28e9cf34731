"""Drills that stand still: what there is to play, what is played, what was held."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pryv_tui.drills.findings import Usual
from pryv_tui.drills.playing.looks import kinds_said
from pryv_tui.drills.playing.page import Page
from pryv_tui.drills.scenarios.library import SHIPPED, Shelf, read, shelf
from pryv_tui.drills.story.state import state_of
from pryv_tui.drills.story.turns import came_to, choose, hint, not_executed
from pryv_tui.drills.waiting import Known
from pryv_tui.errors import PryvTuiError
from pryv_tui.incidents.events import Acted, AnyEvent, FactFound, FindingNoted, Noted
from pryv_tui.operations.audit.from_set import Audit
from pryv_tui.operations.drilling.facts import Check
from pryv_tui.operations.guards.line import GuardLine, warning
from pryv_tui.operations.settings.resolve import Settings
from pryv_tui.runs.record.history import RunRecord
from pryv_tui.tui.screens.drills.choose import Found
from pryv_tui.tui.screens.drills.held import Held
from tests.tui.stills import still_held

_ALONE = Audit(
    set="",
    not_checked=[],
    accounts={"register_only": ["zoe"], "core_only": []},
    attachments={"without_event": [], "missing": []},
    series={"without_account": []},
)
SAID = {
    "status": [
        "core: no role; 0 of 0 containers running",
        "register: register; 8 of 8 containers running",
        "FAILED: Core is gone: in the last backup, but not found here.",
    ],
    "audit-live": kinds_said(_ALONE),
}
"""What a look says, by its name."""
TO_DO = (
    "2 things are still to be done after earlier drills:",
    "  a1 of 20260105T020000Z-drill-0001: nobody knew where the key lies (berta, due 2026-01-10;"
    " shown by the next drill of a set)",
    "  a2 of 20260105T020000Z-drill-0001: the list of telephone numbers is two years old",
)
LONG = (
    "The telephone number of whoever may free the name of an account is written nowhere, and the"
    " one who knew it has left"
)


class StillDrill:
    """As a played drill is, of which nothing is done."""

    id = "20260115T120000Z-drill-0a1b"

    def __init__(
        self,
        name: str = "core-lost",
        *choices: str,
        hints: int = 0,
        walk_through: bool = False,
        watched: bool = False,
        doing: str = "",
        found: Sequence[FindingNoted] = (),
    ) -> None:
        """
        Args:
            choices: those that were taken.
            hints: how many were asked for at the decision that is open.
            watched: somebody else plays it.
            doing: what is being done, and does not end.
            found: what its debrief has found.
        """
        self.scenario = read(SHIPPED / f"{name}.toml")
        self._choices, self._hints, self._found = choices, hints, found
        self._walk_through, self._watched, self.doing = walk_through, watched, doing
        self._noted: list[str] = []
        self.goes_on = threading.Event()

    @property
    def has_a_platform(self) -> bool:
        return self.scenario.executes and not self._walk_through

    @contextlib.contextmanager
    def acting(self) -> Iterator[None]:
        if self._watched:
            raise PryvTuiError("busy", "somebody else plays it")
        yield

    def join(self, _role: str) -> None:
        return

    def note(self, text: str) -> str:
        self._noted.append(text)
        return "Written into the drill."

    def choose(self, _name: str) -> None:
        self.doing = "Restore the set 20260115T020000Z (core)"

    def finding(self, **_what: Any) -> None:
        still_held.can_not_write()

    def settle(self, tell: Any = None) -> Page:
        if self.doing:
            tell(self.doing)
            assert self.goes_on.wait(60)
            self.doing = ""
        return self.page()

    def page(self) -> Page:
        scenario = self.scenario
        events: list[AnyEvent] = []

        def settle() -> None:
            while (state := state_of(scenario, events)).pending:
                effect = state.pending[0]
                if effect.by == "you" and not self._walk_through:
                    said = SAID.get(effect.what, [])
                    events.append(Acted(what=effect.what, outcome="done", said=said))
                elif effect.final and not self._walk_through:
                    check = Check(name=effect.check, state="passed")
                    events.append(FactFound(check=check))
                    events.append(Acted(what=effect.what, outcome="passed"))
                else:
                    events.extend(not_executed(effect))
            events.extend(came_to(scenario, state_of(scenario, events)))

        settle()
        for choice in self._choices:
            events += choose(scenario, state_of(scenario, events), choice)
            settle()
        for _ in range(self._hints):
            events += hint(scenario, state_of(scenario, events))
        events += [Noted(text=text) for text in self._noted]
        events += self._found
        return Page(
            "20260115T115730Z-drill-0001",
            scenario,
            state_of(scenario, events),
            tuple(events),
            "2026-01-15T11:57:30.000Z",
            {"night": "20260115T020000Z"},
            "2026-01-15T11:59:00.000Z",
            1,
            self._walk_through,
        )


THIRD = ("declare", "status")
WELL = (*THIRD, "core-only", "audit")
BADLY = ("call-everybody", "assume", "everything", "leave")
FOUND = (
    FindingNoted(name="a1", text="The list of who is called was at hand", good=True),
    FindingNoted(
        name="a2", text=LONG, owner="berta", due="2099-02-14", retest="the next drill of a set"
    ),
)


class Stage:
    """What there is to be seen of drills; whoever walks the screens changes it."""

    def __init__(self, folder: Path) -> None:
        """
        Args:
            folder: for the records.
        """
        self.scenarios: list[Shelf] = shelf()
        self.held: Sequence[Known] = still_held.HELD
        self.open: StillDrill | None = None
        self.drill = StillDrill("core-lost", *THIRD, hints=1)
        self.to_do: tuple[str, ...] = ()
        self.sets = True
        self.busy: list[GuardLine] = []
        """What a drill of a set would wait for."""
        self.runs: dict[str, RunRecord] = {}
        """The runs that a drill in a sandbox may be: `running`, `complete`, `refused`."""
        self.run = "running"
        self.report = still_held.unsigned(folder)

    def look(self, _settings: Settings) -> Found:
        opened: Any = self.open
        return Found(self.scenarios, opened, self.held, self.to_do)

    def begin(self, *_given: Any, **_more: Any) -> StillDrill:
        return self.drill

    def start_run(self, *_given: Any, **_more: Any) -> RunRecord:
        return self.runs[self.run]

    def reminders(self, _settings: Settings) -> list[str]:
        return list(self.to_do)

    def read(self, *_given: Any) -> Held:
        return self.report


def usual(scenario: str = "") -> Usual:
    return Usual("anna", "2099-02-14", scenario or "the next drill of a set")


BUSY = [warning("load", "412 % of the processors were asked for in the last minute", "Wait")]

UNPLAYABLE = Shelf(
    "ours",
    Path("/etc/pryv-tui/scenarios/ours.toml"),
    "site",
    problem=PryvTuiError(
        "scenario",
        "/etc/pryv-tui/scenarios/ours.toml, line 31: the decision 'restore' leads to 'nowhere',"
        " which is neither a decision nor an end",
        "Name one that there is; docs/drills.md tells how a scenario is written.",
    ),
)
