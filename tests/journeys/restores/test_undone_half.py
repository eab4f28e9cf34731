"""A restore that ended before everything was back, and was undone: its half-restored root does not
come back by undoing that undo, which nothing would call half-restored any more."""

from __future__ import annotations

from pathlib import Path

import pytest

from pryv_tui.runs.record.history import all_runs
from tests.journeys.restores.test_resume import Stopped
from tests.remedies.shell import commands_in, type_in

DOMAIN = "practice.pryv.example"


@pytest.mark.parametrize("by", ["undo", "recover --roll-back"])
def test_it_does_not_come_back_by_halves(tmp_path: Path, by: str) -> None:
    stopped = Stopped(tmp_path)
    here = ["--practice", str(stopped.platform.folder)]
    words = [by, stopped.failed.id] if by == "undo" else by.split()
    undone = type_in(*here, *words, "--confirm", DOMAIN)
    assert undone.exit in (0, 3), undone
    assert stopped.platform.contents() == stopped.lived
    assert "It may be half-restored: an undo does not bring it back" in undone.out
    undo = all_runs(stopped.site.state)[-1].id
    for told in (undone.out, type_in(*here, "status").out, type_in(*here, "release").err):
        assert not [one for one in commands_in(told) if f" undo {undo}" in one], told

    refused = type_in(*here, "undo", undo, "--confirm", DOMAIN)
    assert refused.exit == 4, refused
    assert f"the restore {stopped.failed.id} is not on record as completed" in refused.err
    assert stopped.platform.contents() == stopped.lived

    # As it says: the sets are listed, and the set is restored.
    (listed,) = [one for one in commands_in(refused.err) if one.endswith(" list")]
    assert stopped.failed.set in type_in(*listed.split()[1:]).out
    again = type_in(*here, "restore", stopped.failed.set, "--confirm", DOMAIN)
    assert again.exit in (0, 3), again
    assert stopped.platform.contents() == stopped.of_set
