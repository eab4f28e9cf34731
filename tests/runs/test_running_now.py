"""How many of the containers that a run stopped run at its end: as the engine tells it, or not."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.hosts.engine import Container
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.debts import Owed
from pryv_tui.operations.plan import Lack, Plan
from pryv_tui.operations.steps.bringing_back.put_back_root import PutBackRoot
from pryv_tui.runs.worker import closing
from pryv_tui.runs.worker.closing import as_of, running_now, stopped_now
from tests.hosts.machines import StillHost, machine
from tests.operations.kit import context


def stopped(folder: Path, states: dict[str, str]) -> RunContext:
    """A run that stopped the containers of a core; in which state these are now."""
    containers = [
        msgspec.structs.replace(each, state=states.get(each.name, "exited"))
        for each in machine("core")
    ]
    ctx, _heard = context(folder, StillHost("core", containers))
    for each in containers:
        ctx.facts.owed.append(Owed(kind="start", host="core", what=each.name))
    return ctx


def now_of(ctx: RunContext) -> str:
    return running_now(ctx, stopped_now(ctx))


def test_some_run(tmp_path: Path) -> None:
    many = len(machine("core"))
    ctx = stopped(tmp_path, {"pryvio_mongodb": "running", "pryvio_mfa": "restarting"})
    assert now_of(ctx) == f"1 of {many} runs"


def test_none_runs_or_none_was_stopped(tmp_path: Path) -> None:
    assert now_of(stopped(tmp_path, {})) == ""
    ctx, _heard = context(tmp_path, StillHost("core", machine("core")))
    assert now_of(ctx) == ""


def test_an_engine_that_does_not_tell_is_no_word_that_all_are_down(tmp_path: Path) -> None:
    ctx = stopped(tmp_path, {})

    def away() -> list[Container]:
        raise PryvTuiError("engine-unreachable", "no answer")

    (host,) = ctx.site.hosts
    host.engine.containers = away  # type: ignore[method-assign]
    assert "it is not known how many of" in now_of(ctx)
    assert (now := stopped_now(ctx)) is not None and now.run is None and now.number


@pytest.mark.parametrize(
    ("roles", "lost", "moment"),
    [(("core",), (), "T"), (("register",), ("core",), "T"), ((), ("core",), "")],
)
def test_of_an_undo_that_leaves_no_role_nothing_is_said_to_be_data(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    roles: tuple[str, ...],
    lost: tuple[str, ...],
    moment: str,
) -> None:
    monkeypatch.setattr(closing, "_moved", lambda *_given: "T")
    ctx, _heard = context(tmp_path, StillHost("core", machine("core")))
    back = PutBackRoot(id="b", host="core", root="/r", aside="/r/a", undone_run="R", kept="/r/k")
    lacks = tuple(Lack(host="core", role=role) for role in lost)
    plan = Plan(kind="undo", roles=roles, steps=(back,), domain="d", lacks=lacks)
    assert as_of(plan, ctx, failed=False) == moment
