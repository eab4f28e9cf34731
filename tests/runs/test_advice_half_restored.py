"""What is said after a restore stopped for a container that ended: nothing that is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.plan import Plan, PlanKind
from pryv_tui.runs.record.events import RunFinished
from pryv_tui.runs.worker.last_word import last_word
from tests.operations.kit import context, telling

STOPPED = PryvTuiError("container-stopped", "pryvio_influxdb is not running")


def said(tmp_path: Path, kind: PlanKind, *, aside: bool) -> RunFinished:
    ctx, _heard = context(tmp_path, telling("core", "core", lambda _argv: (0, "", "")))
    if aside:
        ctx.owe(Owed(kind="aside", host="core", what=str(tmp_path), where=str(tmp_path / "aside")))
    plan = Plan(kind=kind, roles=("core",), steps=(), domain="pryv.example", set_id="SET")
    return last_word(plan, ctx, STOPPED, None, [])


def test_on_a_half_restored_root_nobody_is_told_to_start_it(tmp_path: Path) -> None:
    end = said(tmp_path, "restore", aside=True)
    assert "pryvio_influxdb is not running" in end.what
    assert STOPPED.remedy not in end.next
    assert any("undo" in line for line in end.next)
    assert any("restore SET --confirm pryv.example" in line for line in end.next)


@pytest.mark.parametrize("kind", ["backup", "restore"])
def test_where_nothing_is_half_done_it_may_be_started(tmp_path: Path, kind: PlanKind) -> None:
    assert STOPPED.remedy in said(tmp_path, kind, aside=False).next
