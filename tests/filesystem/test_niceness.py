"""A copy that gives way does so with all that it starts; then everything is as before."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from pryv_tui.filesystem.priority import NICE, io_priority, lowered_priority
from pryv_tui.operations.plans.backup import backup_plan
from pryv_tui.operations.steps.taking.copy_ahead import CopyAhead
from pryv_tui.operations.steps.taking.copy_root import CopyRoot
from tests.operations.kit import deployed

ASK = "import os; from pryv_tui.filesystem.priority import io_priority as p; print(os.nice(0), p())"


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    if os.geteuid() == 0:
        assert os.nice(0) < NICE


def child() -> list[str]:
    done = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_it_and_what_it_starts_give_way_meanwhile() -> None:
    before = (os.nice(0), io_priority())
    with lowered_priority():
        assert os.nice(0) == NICE
        assert child() == [str(NICE), str(io_priority())]
        if before[1] is not None:
            assert io_priority() == (2 << 13) | 7
    if os.geteuid() == 0:
        assert (os.nice(0), io_priority()) == before


def test_not_where_nobody_asked() -> None:
    before = (os.nice(0), io_priority())
    with lowered_priority(wanted=False):
        assert (os.nice(0), io_priority()) == before


def test_it_is_over_after_a_failure_too() -> None:
    before = io_priority()
    with pytest.raises(ValueError, match="x"), lowered_priority():
        raise ValueError("x")
    assert io_priority() == before


@pytest.mark.parametrize("nice", [False, True])
def test_the_long_copy_gives_way_and_what_is_in_the_gap_does_not(nice: bool) -> None:
    plan = backup_plan(
        deployed("core", "register"), vault="/v", set_id="ID", run_id="RUN", nice=nice
    )
    copies = [step for step in plan.steps if isinstance(step, CopyRoot)]
    assert [step.nice for step in copies] == [nice] * 2
    assert all(("ionice" in " ".join(step.command)) == nice for step in copies)
    ahead = [step for step in plan.steps if isinstance(step, CopyAhead)]
    assert ahead
    assert not any("ionice" in " ".join(step.command) for step in ahead)
