"""Two terminals on one state folder: a run goes on in one, and is cancelled in the other, to its
end. Both say who did it and what is left, and so does the journal."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pryv_tui.runs.record.asked_to_end import NAME as ASKED
from pryv_tui.runs.record.events import CancelAsked, RunFinished
from pryv_tui.runs.record.history import RunRecord, all_runs
from pryv_tui.runs.record.journal import JournalReader
from tests.helpers.tmux import NEEDS, Terminal
from tests.helpers.tmux import terminals as terminals_in
from tests.helpers.waiting import until
from tests.journeys.program import Practice

pytestmark = NEEDS

HELD = """
import sys
from pryv_tui.__main__ import main
from pryv_tui.drills.of_a_set import set_to_drill
from pryv_tui.operations.settings.resolve import resolve_settings
from pryv_tui.operations.site import open_site
from pryv_tui.runs.start import start_run

moment = sys.argv.pop(1)
worker = (sys.executable, "-m", "tests.journeys.beside.held_at_a_begin", moment)
start_run.__kwdefaults__["worker"] = worker
if sys.argv[1] == "drill":
    # It has a worker of its own: it is started with this one, and followed.
    settings = resolve_settings(practice=sys.argv[-1], environment={})
    chosen = set_to_drill(open_site(settings), "latest").id
    run = start_run(settings, "drill", worker=worker, set_id=chosen).id
    sys.argv[1:4] = ["attach", run]
main()
"""
"""The program, whose worker waits as a step begins until it may go on."""

DOMAIN = "practice.pryv.example"
RUNS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "backup": ("dump-mongodb", ("backup",), "is not a set"),
    "restore": (
        "restore-mongodb",
        ("restore", "latest", "--confirm", DOMAIN),
        "The former content is in place",
    ),
    "undo": ("stop", ("undo", "latest", "--confirm", DOMAIN), "Nothing was changed"),
    "verify": ("check-set", ("verify", "latest"), "No file of the set was changed"),
    "drill": ("prove-isolation", ("drill", "run", "latest"), "no file of it is left"),
}
"""By kind of run: at which step it is held, how it is asked for, what is said to be left."""


@pytest.fixture
def terminals(tmp_path: Path) -> Iterator[tuple[Terminal, Terminal]]:
    with terminals_in(tmp_path) as make:
        yield make(), make()


def last(state: Path, kind: str) -> RunRecord:
    return until(lambda: next((r for r in reversed(all_runs(state)) if r.kind == kind), None))


@pytest.mark.parametrize("kind", RUNS)
def test_cancelled_from_the_other_terminal(
    tmp_path: Path, terminals: tuple[Terminal, Terminal], kind: str
) -> None:
    moment, words, left = RUNS[kind]
    practice = Practice.with_set(tmp_path / "p", users=2, attachments=2)
    state = tmp_path / "p-state"
    if kind == "undo":
        assert practice.restore().exit in (0, 3)
    before = practice.contents()
    here, there = terminals
    on = ("--practice", str(practice.folder))
    here.run(sys.executable, "-c", HELD, moment, *words, *on)
    here.tmux("resize-window", "-x", "120", "-y", "50")
    until(lambda: list(state.glob("runs/*/held")), lambda: here.screen)
    (held,) = state.glob("runs/*/held")
    run = held.parent.name
    there.run(sys.executable, "-m", "pryv_tui", "cancel", run, *on)
    there.tmux("resize-window", "-x", "120", "-y", "50")
    until(lambda: held.with_name(ASKED).exists(), lambda: there.screen)
    held.with_name("go").touch()
    there_told = there.sees("left with")
    here_told = here.sees("left with")
    tty = there.tmux("display-message", "-p", "#{pane_tty}").strip().removeprefix("/dev/")
    for told in (here_told, there_told):
        assert f"at {tty}" in told.partition("Cancel asked for by: ")[2].partition("\n")[0], told
        # The terminal breaks its lines anywhere.
        assert "".join(left.split()) in "".join(told.split()), told
    assert "left with 130" in here_told
    assert "left with 0" in there_told
    record = last(state, kind)
    assert (record.id, record.outcome) == (run, "cancelled")
    events = list(JournalReader(record.journal).read())
    (asked,) = [event for event in events if isinstance(event, CancelAsked)]
    (end,) = [event for event in events if isinstance(event, RunFinished)]
    assert asked.by is not None and asked.by.terminal == tty
    assert end.cancel_by == asked.by
    assert practice.contents() == before
    assert practice.run("recover").out.strip() == "Nothing was left half-done."
    shown = {one["id"]: one for one in json.loads(practice.run("runs", "--json").out)}
    assert shown[run]["cancel_by"]["terminal"] == tty
