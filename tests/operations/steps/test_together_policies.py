"""Restart policies that are taken and set at once: each is owed before it is changed."""

from __future__ import annotations

import threading
from pathlib import Path

import msgspec
import pytest

from pryv_tui.errors import PryvTuiError
from pryv_tui.operations.context import RunContext
from pryv_tui.operations.steps.services.restart_policy import GiveRestarts, NoRestarts
from pryv_tui.sanitize import one_line
from tests.helpers.waiting import PATIENCE
from tests.hosts.machines import machine
from tests.operations.steps.at_once import Engine, ready

POLICIES = {c.name: "always" for c in machine("single-node")}


class Policies(Engine):
    """Says which restart policy each container has."""

    def __init__(self) -> None:
        super().__init__()
        self.away: set[str] = set()
        self.heeds = True
        for name in list(self._containers):
            self.say(name, "always")

    def say(self, name: str, policy: str) -> None:
        found = msgspec.structs.replace(self._containers[name], restart_policy=one_line(policy))
        self._containers[name] = found

    def set_restart_policy(self, container: str, policy: str) -> None:
        self.first(container)
        if container in self.away:
            raise PryvTuiError("container-missing", f"there is no container {container}")
        if self.heeds:
            self.say(container, policy)


def with_policies(folder: Path) -> tuple[Policies, RunContext]:
    _engine, ctx, _heard = ready(folder)
    engine = Policies()
    ctx.site.host("one").engine = engine  # type: ignore[misc, assignment]
    return engine, ctx


def policies_owed(ctx: RunContext) -> set[str]:
    return {one.what for one in ctx.outstanding if one.kind == "restart-policy"}


def test_policies_are_taken_at_once_and_each_is_owed_before(tmp_path: Path) -> None:
    engine, ctx = with_policies(tmp_path)
    barrier = threading.Barrier(len(POLICIES), timeout=PATIENCE)

    def first(name: str) -> None:
        assert name in policies_owed(ctx), "it is owed before it is asked for"
        barrier.wait()

    engine.first = first
    NoRestarts(host="one", policies=POLICIES).perform(ctx)
    assert {c.restart_policy for c in engine.containers()} == {"no"}
    assert policies_owed(ctx) == set(POLICIES)
    engine.first = lambda _name: None
    GiveRestarts(host="one", policies=POLICIES).perform(ctx)
    assert {c.restart_policy for c in engine.containers()} == {"always"}
    assert policies_owed(ctx) == set()


def test_a_policy_that_is_not_taken_is_seen(tmp_path: Path) -> None:
    engine, ctx = with_policies(tmp_path)
    engine.heeds = False
    with pytest.raises(PryvTuiError, match="would still be started by the engine itself"):
        NoRestarts(host="one", policies=POLICIES).perform(ctx)
    assert policies_owed(ctx) == set(POLICIES)


def test_of_policies_that_can_t_be_set_each_is_named_and_the_others_are_settled(
    tmp_path: Path,
) -> None:
    engine, ctx = with_policies(tmp_path)
    NoRestarts(host="one", policies=POLICIES).perform(ctx)
    fails = {"pryvio_hfs", "pryvio_mail"}

    def first(name: str) -> None:
        if name in fails:
            raise PryvTuiError("step-failed", f"{name} holds on")

    engine.first = first
    with pytest.raises(PryvTuiError) as caught:
        GiveRestarts(host="one", policies=POLICIES).perform(ctx)
    assert all(f"{name} holds on" in caught.value.what for name in fails)
    assert policies_owed(ctx) == fails


def test_one_that_was_removed_meanwhile_has_no_policy(tmp_path: Path) -> None:
    engine, ctx = with_policies(tmp_path)
    engine.away = {"pryvio_hfs"}
    del engine._containers["pryvio_hfs"]
    NoRestarts(host="one", policies=POLICIES).perform(ctx)
    assert "pryvio_hfs" not in policies_owed(ctx)
    GiveRestarts(host="one", policies=POLICIES).perform(ctx)
    assert policies_owed(ctx) == set()
