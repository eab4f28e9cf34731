"""When a warning was accepted is known to less than a second: what happened before it in the same
second is not taken to come after it."""

from __future__ import annotations

import json
from pathlib import Path

from pryv_tui.clock import moment_of, timestamp
from pryv_tui.incidents.events import Lost, Opened, Serving
from pryv_tui.incidents.opening import with_accepted
from pryv_tui.incidents.reckoning import reckon
from pryv_tui.operations.acceptance import NAME, Acceptable, accept, read_accepted, withdraw
from tests.incidents.scripted import incident


def test_a_loss_and_its_acceptance_in_one_second_keep_their_order(tmp_path: Path) -> None:
    what = Acceptable(key="missing/register", about="x", text="Register is gone.")
    before = timestamp()
    while timestamp() == before:
        """The next millisecond has to come."""
    said = accept(tmp_path, what)
    while (after := timestamp()) == said.time:
        """And once more."""
    assert before < said.time < after
    # What was lost just before counts as serving from then on, exactly.
    lost = Lost(time=before, role="register", since=before, source="files")
    seen = Serving(time=after, role="register")
    (serving,) = [
        one
        for one in with_accepted([seen], {"register": said}, open_now=True)
        if isinstance(one, Serving)
    ]
    assert serving.since == said.time and serving.accepted == what.key
    opened = Opened(time=before, platform="here", domain="a.b")
    times = reckon(incident(opened, lost, serving), (), after)
    down = times.down["register"]
    assert down.exact and not down.at_most and times.serving == said.time


def test_accepted_withdrawn_and_accepted_again_in_one_second_counts(tmp_path: Path) -> None:
    what = Acceptable(key="k", about="x", text="t")
    for _ in range(3):
        accept(tmp_path, what)
        withdraw(tmp_path, "k")
    last = accept(tmp_path, what, why="now")
    (found,) = read_accepted(tmp_path).known()
    assert (found.why, found.time) == ("now", last.time)
    lines = (tmp_path / NAME).read_text().splitlines()
    times = [json.loads(one)["time"] for one in lines]
    assert times == sorted(times) and all(moment_of(one) is not None for one in times)
