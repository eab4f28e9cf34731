"""A restore stopped half-way, and then its state folder was lost or its journal damaged: the
platform comes back whole all the same, from what lies in the root."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pryv_tui.operations.root.marker import read_marker
from pryv_tui.runs.left import Choice, left_behind
from pryv_tui.runs.record.history import all_runs
from pryv_tui.runs.recovery import first_look, start_recovery
from tests.journeys.restores.test_resume import Stopped


def lose(stopped: Stopped) -> None:
    shutil.rmtree(stopped.settings.state)


def garble(stopped: Stopped) -> None:
    """One byte of each line of each file of the run."""
    for path in Path(stopped.failed.folder).iterdir():
        if path.suffix in (".json", ".jsonl"):
            lines = path.read_bytes().splitlines(keepends=True)
            path.write_bytes(b"".join(line[:9] + b"\xe9" + line[10:] for line in lines))


@pytest.mark.parametrize("spoil", [lose, garble])
@pytest.mark.parametrize("choice", ["finish", "roll-back"])
def test_it_is_brought_to_its_end_or_rolled_back(
    tmp_path: Path, choice: Choice, spoil: object
) -> None:
    stopped = Stopped(tmp_path)
    spoil(stopped)  # type: ignore[operator]
    site = stopped.site
    (left,) = left_behind(site, site.discover())
    assert left.run == stopped.failed.id
    assert set(left.choices) == {"finish", "roll-back"}
    assert any(left.text in item.text for item in first_look(site).overview.attention)
    outcome = stopped.outcome(start_recovery(site, left, choice))
    assert outcome in ("complete", "warnings")
    assert read_marker(stopped.root) is None
    assert stopped.platform.contents() == (stopped.of_set if choice == "finish" else stopped.lived)
    site = stopped.site
    assert left_behind(site, site.discover()) == []
    containers = site.discover().hosts[0].containers
    assert all(container.running for container in containers), "the platform is not left down"
    assert all_runs(site.state)[-1].state == "ended"
